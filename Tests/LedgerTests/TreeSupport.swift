import Ledger

/// A tree that keeps each tile that it ever had, as a server publishes them.
struct GrowingTree {
    private(set) var leaves: [TreeHash] = []
    private(set) var edge = TreeEdge()
    private(set) var tiles: [Tile: [TreeHash]] = [:]
    /// By the full tile in the same place.
    private var widest: [Tile: [TreeHash]] = [:]

    struct NoSuchTile: Error {}

    init(size: Int = 0) { grow(to: size) }

    /// Returns the tiles that are new or longer.
    @discardableResult
    mutating func grow(to size: Int) -> [Tile] {
        let new = (leaves.count..<size).map { TreeHash(leaf: Array("leaf \($0)".utf8)) }
        leaves += new
        let changed = edge.append(new)
        for (tile, hashes) in changed {
            tiles[tile] = hashes
            widest[Tile(tile.content, number: tile.number)] = hashes
        }
        return changed.map(\.tile)
    }

    /// The tree of the first `size` leaves; where its partial tile was never there, from a wider
    /// one.
    func tree(_ size: Int) -> MerkleTree {
        MerkleTree(size: size) { tile in
            if let hashes = tiles[tile] { return hashes }
            guard let hashes = widest[Tile(tile.content, number: tile.number)] else {
                throw NoSuchTile()
            }
            return Array(hashes.prefix(tile.width))
        }
    }
}

/// RFC 6962, section 2.1, word for word.
func plainRoot(_ leaves: ArraySlice<TreeHash>) -> TreeHash {
    guard leaves.count > 1 else { return leaves.first ?? .empty }
    var half = 1
    while half * 2 < leaves.count { half *= 2 }
    return TreeHash(plainRoot(leaves.prefix(half)), plainRoot(leaves.dropFirst(half)))
}

extension [TreeHash] {
    /// With one bit of one hash turned.
    func turned(_ place: Int, byte: Int) -> [TreeHash] {
        var hashes = self
        hashes[place] = hashes[place].turned(byte)
        return hashes
    }
}

extension TreeHash {
    func turned(_ byte: Int) -> TreeHash {
        var bytes = bytes
        bytes[byte] ^= 1
        return TreeHash(bytes) ?? .empty
    }
}
