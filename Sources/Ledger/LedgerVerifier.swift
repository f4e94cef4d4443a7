import Domain

/// Recomputes an action's log from its files, without any I/O, and collects what does not fit.
///
/// Give it every part in order, then the tiles above, then call `finish`; the checks of
/// `LedgerVerifier+Beside.swift` come after that.
package struct LedgerVerifier: Sendable {
    package let checkpoint: Checkpoint
    /// What the entries add up to, as far as they keep the rules.
    package private(set) var state = LedgerState(checksCodes: true)
    /// At most `mostProblems`, in the order in which they were found.
    package private(set) var problems: [LedgerProblem] = []

    /// The entries whose `a` is the hash of a statement, and the one asked for.
    private(set) var kept: [Int: LedgerEntry] = [:]
    /// The roots at the sizes asked for, as far as the log goes.
    private(set) var roots: [Int: TreeHash] = [0: .empty]
    /// The text of entry 0, once it was checked.
    var opening: String?
    /// Entries with a statement whose text was not there; nil before it was looked for.
    package internal(set) var missingTexts: Int?

    private let sizes: [Int]
    private let wantedEntry: Int?
    private var size = 0
    private var range = CompactRange()
    private var tileRoots: [TreeHash] = []
    private var keepsRules = true

    package static let mostProblems = 20

    /// `rootsAt` are the sizes of the checkpoints that will be compared, `entryAt` the index of a
    /// receipt.
    package init(_ checkpoint: Checkpoint, rootsAt sizes: [Int] = [], entryAt index: Int? = nil) {
        self.checkpoint = checkpoint
        self.sizes = sizes
        wantedEntry = index
    }

    package mutating func append(_ part: LedgerPart) {
        if let problem = part.problem { report(problem) }
        for (index, entry) in part.entries.enumerated() { take(entry, at: size + index) }
        noteRoots(within: part.leaves)
        if let root = part.root {
            range.append(root, height: 8)
            tileRoots.append(root)
        } else {
            for leaf in part.leaves { range.append(leaf) }
        }
        size += part.leaves.count
    }

    private mutating func take(_ entry: LedgerEntry, at index: Int) {
        if entry.kind.hasStatement || index == wantedEntry { kept[index] = entry }
        guard keepsRules else { return }
        do {
            try state.append(entry)
        } catch {
            report(.violation(error))
            keepsRules = false
        }
    }

    private mutating func noteRoots(within leaves: [TreeHash]) {
        for wanted in sizes where wanted > size && wanted <= size + leaves.count {
            var partial = range
            for leaf in leaves[..<(wanted - size)] { partial.append(leaf) }
            roots[wanted] = partial.root
        }
    }

    /// The tiles above level 0 with the hashes that they must have.
    package func upperTiles() -> [(tile: Tile, hashes: [TreeHash])] {
        var tiles: [(Tile, [TreeHash])] = []
        var (level, hashes) = (1, tileRoots)
        while !hashes.isEmpty {
            var above: [TreeHash] = []
            for start in stride(from: 0, to: hashes.count, by: Tile.fullWidth) {
                let part = Array(hashes[start..<min(start + Tile.fullWidth, hashes.count)])
                let tile = Tile(
                    .hashes(level: level), number: start / Tile.fullWidth, width: part.count)
                tiles.append((tile, part))
                if tile.isFull { above.append(fold(part)) }
            }
            (level, hashes) = (level + 1, above)
        }
        return tiles
    }

    /// `hashes` are those that `upperTiles` gave for the tile.
    package mutating func check(_ bytes: [UInt8], of tile: Tile, against hashes: [TreeHash]) {
        do {
            try checkLength(bytes, of: tile)
            guard let place = firstDifference(bytes, hashes) else { return }
            report(.wrongHash(file: tile.path, index: tile.number * Tile.fullWidth + place))
        } catch {
            report(error)
        }
    }

    /// Call when all parts are in.
    package mutating func finish() {
        guard size == checkpoint.size, range.root == checkpoint.root else {
            return report(.wrongRoot)
        }
    }

    package mutating func report(_ problem: LedgerProblem) {
        if problems.count < Self.mostProblems { problems.append(problem) }
    }
}
