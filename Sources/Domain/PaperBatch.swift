extension LedgerEntry {
    /// `b` of an entry about signatures on paper.
    ///
    /// ```
    /// zeros(24) | count(8)               a batch of them
    /// zeros(16) | batch(8) | zeros(8)    takes back the batch that is the entry at that index
    /// ```
    package enum Paper: Hashable, Sendable {
        /// 32 bits: more than there are people, and their sum cannot overflow.
        case counted(UInt32)
        /// An index that is not 0, which opens the ledger.
        case takenBack(batch: Int)

        package init?(_ b: ArraySlice<UInt8>) {
            let bytes = Array(b)
            guard bytes.count == 32, bytes[..<16].allSatisfy({ $0 == 0 }),
                let batch = Int(exactly: UInt64(bytes: bytes[16..<24])),
                let count = UInt32(exactly: UInt64(bytes: bytes[24...])),
                batch == 0 || count == 0
            else { return nil }
            self = batch == 0 ? .counted(count) : .takenBack(batch: batch)
        }

        package var bytes: [UInt8] {
            switch self {
            case .counted(let count): LedgerEntry.number(UInt64(count))
            case .takenBack(let batch):
                Array(LedgerEntry.number(UInt64(batch)).dropFirst(8))
                    + [UInt8](repeating: 0, count: 8)
            }
        }
    }
}

/// Signatures on paper that somebody counted by hand, as the ledger says it for ever.
package struct PaperBatch: Hashable, Sendable {
    package let slug: String
    package let count: Int
    /// When they were counted.
    package let day: Day
    /// The organisation that counted them.
    package let by: String
    /// Empty for nothing.
    package let note: String

    /// More at once is a slip of the hand.
    package static let most = 1_000_000
    /// The longest note, in bytes.
    package static let noteLimit = 200

    package init(slug: String, count: Int, day: Day, by: String, note: String) {
        self.slug = slug
        self.count = count
        self.day = day
        self.by = by
        self.note = note
    }

    /// Nil for a text that does not say so.
    package init?(statement: String) {
        let lines = statement.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 7, lines[0] == Self.head, let count = Int(lines[2]),
            let day = Day(lines[3]), lines[6].isEmpty
        else { return nil }
        self.init(
            slug: String(lines[1]), count: count, day: day, by: String(lines[4]),
            note: String(lines[5]))
    }

    package var statement: String { "\(Self.head)\n\(slug)\n\(count)\n\(day)\n\(by)\n\(note)\n" }

    /// What takes this batch back, which is the entry at `index`.
    package func takenBack(index: Int, on day: Day, note: String) -> String {
        "\(Self.backHead)\n\(slug)\n\(index)\n\(count)\n\(day)\n\(note)\n"
    }

    /// The entry that a statement takes back; nil for a text that does not say so.
    package static func takenBack(by statement: String) -> Int? {
        let lines = statement.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.count == 7 && lines[0] == backHead ? Int(lines[2]) : nil
    }

    private static let head = "outcry paper 1"
    private static let backHead = "outcry paper back 1"
}
