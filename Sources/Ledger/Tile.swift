package import Domain

/// The coordinates of one of the static files that a log is served as (C2SP tlog-tiles).
///
/// A tile is up to 256 hashes of one level; at level 0 these are leaves, above it the roots of
/// full tiles of the level below. An entry bundle is the entries under a tile of level 0.
package struct Tile: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// 0 ... 7: sizes are 64-bit integers.
        case hashes(level: Int)
        case entries
    }

    package let content: Content
    /// Its place in its level, from 0.
    package let number: Int
    /// How many hashes or entries it has, 1 ... 256; a partial tile has fewer than 256.
    package let width: Int

    package static let fullWidth = 256
    static let levels = 8

    package init(_ content: Content, number: Int, width: Int = Tile.fullWidth) {
        self.content = content
        self.number = number
        self.width = width
    }

    package var isFull: Bool { width == Self.fullWidth }

    /// How long its bytes are.
    package var byteCount: Int {
        switch content {
        case .hashes: width * TreeHash.size
        case .entries: width * Bundle.entrySize
        }
    }

    /// `tile/<L>/<N>[.p/<W>]` or `tile/entries/<N>[.p/<W>]`.
    package var path: String { isFull ? fullPath : "\(fullPath).p/\(width)" }

    /// The path of the full tile in the same place.
    package var fullPath: String {
        let level =
            switch content {
            case .hashes(let level): String(level)
            case .entries: "entries"
            }
        return "tile/\(level)/\(Self.elements(of: number))"
    }

    /// 1234067 is `x001/x234/067`.
    private static func elements(of number: Int) -> String {
        let digits = String(number % 1_000)
        let last = String(repeating: "0", count: 3 - digits.utf8.count) + digits
        return number < 1_000
            ? last
            : elements(of: number / 1_000).split(separator: "/")
                .map { $0.hasPrefix("x") ? $0 : "x" + $0 }.joined(separator: "/") + "/" + last
    }

    /// Nil for everything but the one path of a tile: no other spelling is read.
    package init?(path: some StringProtocol) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.count <= 10, parts[0] == "tile" else { return nil }
        var width = Self.fullWidth
        if parts[parts.count - 2].hasSuffix(".p") {
            guard let given = Int(parts.removeLast()), (1..<Self.fullWidth).contains(given) else {
                return nil
            }
            width = given
            parts[parts.count - 1] = parts[parts.count - 1].dropLast(2)
        }
        let content: Content
        if parts[1] == "entries" {
            content = .entries
        } else {
            guard let level = Int(parts[1]), (0..<Self.levels).contains(level) else { return nil }
            content = .hashes(level: level)
        }
        let digits = parts[2...].map { $0.hasPrefix("x") ? $0.dropFirst() : $0[...] }.joined()
        guard digits.utf8.count <= 18, let number = Int(digits), number >= 0 else { return nil }
        self.init(content, number: number, width: width)
        guard self.path == path else { return nil }
    }

    /// Whether a tree of `size` has all that is in it.
    package func isCovered(bySize size: Int) -> Bool {
        let there =
            switch content {
            case .hashes(let level): size >> (8 * level)
            case .entries: size
            }
        return width <= there && number <= (there - width) / Self.fullWidth
    }

    /// The tiles and bundles that a tree of `size` has and one of `older` did not, those of
    /// level 0 first.
    package static func new(in size: Int, since older: Int = 0) -> [Tile] {
        var tiles: [Tile] = []
        for level in 0..<levels {
            let (before, now) = (older >> (8 * level), size >> (8 * level))
            guard now > 0 else { break }
            guard now > before else { continue }
            for number in (before / fullWidth)...((now - 1) / fullWidth) {
                let width = min(fullWidth, now - number * fullWidth)
                tiles.append(Tile(.hashes(level: level), number: number, width: width))
                if level == 0 { tiles.append(Tile(.entries, number: number, width: width)) }
            }
        }
        return tiles
    }
}

/// Entries one after the other, each after its length in two bytes.
package enum Bundle {
    static let entrySize = LedgerEntry.size + 2

    package static func bytes(_ entries: [LedgerEntry]) -> [UInt8] {
        entries.flatMap { [0, UInt8(LedgerEntry.size)] + $0.bytes }
    }

    /// Nil if anything in it is no entry.
    package static func entries(_ bytes: [UInt8]) -> [LedgerEntry]? {
        guard bytes.count % entrySize == 0 else { return nil }
        var entries: [LedgerEntry] = []
        entries.reserveCapacity(bytes.count / entrySize)
        for start in stride(from: 0, to: bytes.count, by: entrySize) {
            guard bytes[start] == 0, bytes[start + 1] == LedgerEntry.size,
                let entry = LedgerEntry(bytes: bytes[start + 2..<start + entrySize])
            else { return nil }
            entries.append(entry)
        }
        return entries
    }
}
