package import Domain

/// The entries of one bundle with the hashes of their tile: the work of a verifier that any
/// thread can do.
package struct LedgerPart: Sendable {
    package let entries: [LedgerEntry]
    package let leaves: [TreeHash]
    /// The root of a full tile.
    let root: TreeHash?
    /// The first hash of the tile that is not its entry's.
    let problem: LedgerProblem?

    /// Throws for a bundle or a tile of wrong length, and for bytes that are no entry.
    package init(
        number: Int, size: Int, bundle: [UInt8], tile: [UInt8]
    ) throws(LedgerProblem) {
        let (bundleName, tileName) = Self.tiles(number: number, size: size)
        try checkLength(bundle, of: bundleName)
        try checkLength(tile, of: tileName)
        guard let entries = Bundle.entries(bundle) else {
            let broken = stride(from: 0, to: bundle.count, by: Bundle.entrySize).first {
                Bundle.entries(Array(bundle[$0..<$0 + Bundle.entrySize])) == nil
            }
            throw .noEntry(
                file: bundleName.path,
                index: number * Tile.fullWidth + (broken ?? 0) / Bundle.entrySize)
        }
        self.entries = entries
        leaves = entries.map { TreeHash(leaf: $0.bytes) }
        root = bundleName.isFull ? fold(leaves) : nil
        problem = firstDifference(tile, leaves).map {
            .wrongHash(file: tileName.path, index: number * Tile.fullWidth + $0)
        }
    }

    /// The files that a part is made of.
    package static func tiles(number: Int, size: Int) -> (bundle: Tile, tile: Tile) {
        let width = min(Tile.fullWidth, size - number * Tile.fullWidth)
        return (
            Tile(.entries, number: number, width: width),
            Tile(.hashes(level: 0), number: number, width: width)
        )
    }

    /// How many parts a log has.
    package static func count(size: Int) -> Int {
        size / Tile.fullWidth + (size % Tile.fullWidth == 0 ? 0 : 1)
    }
}

func checkLength(_ bytes: [UInt8], of tile: Tile) throws(LedgerProblem) {
    guard bytes.count == tile.byteCount else {
        throw .wrongLength(file: tile.path, bytes: bytes.count, expected: tile.byteCount)
    }
}

/// The place of the first hash that the bytes of a tile have otherwise.
func firstDifference(_ tile: [UInt8], _ hashes: [TreeHash]) -> Int? {
    hashes.withUnsafeBytes { expected in
        tile.withUnsafeBytes { found in
            found.elementsEqual(expected)
                ? nil : zip(found, expected).enumerated().first { $1.0 != $1.1 }
        }
    }.map { $0.offset / TreeHash.size }
}
