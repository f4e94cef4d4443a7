/// A tree whose hashes lie in tiles: its root, and proofs about it (RFC 6962, section 2.1).
package struct MerkleTree {
    /// How many leaves it has.
    package let size: Int
    /// The hashes of a tile of this tree, as many as its width says; throws if it cannot be had.
    private let hashes: (Tile) throws -> [TreeHash]

    /// What the tiles do not fit together to.
    package enum Problem: Error, Hashable {
        case wrongWidth(Tile)
    }

    package init(size: Int, hashes: @escaping (Tile) throws -> [TreeHash]) {
        self.size = size
        self.hashes = hashes
    }

    package func root() throws -> TreeHash {
        size == 0 ? .empty : try hash(of: 0..<size)
    }

    /// From the leaf's sibling up to the child of the root; `index` is below `size`.
    package func inclusionProof(of index: Int) throws -> [TreeHash] {
        try path(to: index, in: 0..<size)
    }

    /// That the tree of `older` leaves is the beginning of this one; empty for 0 and for `size`.
    package func consistencyProof(from older: Int) throws -> [TreeHash] {
        guard older > 0, older < size else { return [] }
        return try consistency(of: older, in: 0..<size, isWhole: true)
    }

    private func path(to index: Int, in range: Range<Int>) throws -> [TreeHash] {
        guard range.count > 1 else { return [] }
        let (left, right) = halves(of: range)
        return left.contains(index)
            ? try path(to: index, in: left) + [hash(of: right)]
            : try path(to: index, in: right) + [hash(of: left)]
    }

    private func consistency(
        of older: Int, in range: Range<Int>, isWhole: Bool
    ) throws -> [TreeHash] {
        if older == range.upperBound { return isWhole ? [] : [try hash(of: range)] }
        let (left, right) = halves(of: range)
        return older <= left.upperBound
            ? try consistency(of: older, in: left, isWhole: isWhole) + [hash(of: right)]
            : try consistency(of: older, in: right, isWhole: false) + [hash(of: left)]
    }

    /// `k` of the RFC is the largest power of two below the count.
    private func halves(of range: Range<Int>) -> (Range<Int>, Range<Int>) {
        let middle = range.lowerBound + largestPowerOfTwo(below: range.count)
        return (range.lowerBound..<middle, middle..<range.upperBound)
    }

    private func hash(of range: Range<Int>) throws -> TreeHash {
        let count = range.count
        guard count & (count - 1) == 0 else {
            let (left, right) = halves(of: range)
            return TreeHash(try hash(of: left), try hash(of: right))
        }
        // A perfect subtree lies within one tile.
        let level = count.trailingZeroBitCount / 8
        let first = range.lowerBound >> (8 * level)
        let number = first / Tile.fullWidth
        let width = min(Tile.fullWidth, (size >> (8 * level)) - number * Tile.fullWidth)
        let tile = Tile(.hashes(level: level), number: number, width: width)
        let found = try hashes(tile)
        guard found.count == width else { throw Problem.wrongWidth(tile) }
        let start = first % Tile.fullWidth
        return fold(found[start..<start + (count >> (8 * level))])
    }
}

/// The root of a perfect subtree whose leaves these are, a power of two.
func fold(_ hashes: some Collection<TreeHash>) -> TreeHash {
    var range = CompactRange()
    for hash in hashes { range.append(hash) }
    return range.root
}

private func largestPowerOfTwo(below number: Int) -> Int {
    1 << (Int.bitWidth - 1 - (number - 1).leadingZeroBitCount)
}

/// The last tile of each level: all that an append needs of a tree.
package struct TreeEdge: Sendable {
    package private(set) var size: Int
    /// The hashes of the partial tile of each level, possibly none; from level 0.
    private var levels: [[TreeHash]]

    /// A tree without leaves.
    package init() {
        size = 0
        levels = []
    }

    /// Nil unless these are the hashes of the partial tiles of a tree of this size, by level; a
    /// level without a partial tile has none.
    package init?(size: Int, partial: (Int) throws -> [TreeHash]) rethrows {
        self.size = size
        levels = []
        for level in 0..<Tile.levels where size >> (8 * level) > 0 {
            let hashes = try partial(level)
            guard hashes.count == (size >> (8 * level)) % Tile.fullWidth else { return nil }
            levels.append(hashes)
        }
    }

    package var root: TreeHash {
        var range = CompactRange()
        for (level, hashes) in levels.enumerated().reversed() {
            for hash in hashes { range.append(hash, height: 8 * level) }
        }
        return range.root
    }

    /// Adds leaves and returns every tile of hashes that is new or longer for it.
    package mutating func append(_ leaves: [TreeHash]) -> [(tile: Tile, hashes: [TreeHash])] {
        let before = size
        var changed: [(Tile, [TreeHash])] = []
        for leaf in leaves {
            size += 1
            changed += append(leaf, level: 0)
        }
        changed += partialTiles(since: before)
        return changed
    }

    /// The partial tiles that a tree of `older` leaves, fewer than these, did not have.
    func partialTiles(since older: Int = 0) -> [(tile: Tile, hashes: [TreeHash])] {
        levels.enumerated().compactMap { level, hashes in
            guard !hashes.isEmpty, size >> (8 * level) > older >> (8 * level) else { return nil }
            let number = (size >> (8 * level)) / Tile.fullWidth
            return (Tile(.hashes(level: level), number: number, width: hashes.count), hashes)
        }
    }

    /// Returns the tiles that became full.
    private mutating func append(_ hash: TreeHash, level: Int) -> [(Tile, [TreeHash])] {
        if level == levels.count { levels.append([]) }
        levels[level].append(hash)
        guard levels[level].count == Tile.fullWidth else { return [] }
        let full = levels[level]
        levels[level] = []
        let number = (size >> (8 * level)) / Tile.fullWidth - 1
        return [(Tile(.hashes(level: level), number: number), full)]
            + append(fold(full), level: level + 1)
    }
}
