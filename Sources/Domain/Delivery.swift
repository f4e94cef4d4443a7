/// Something handed over to a target, as the ledger says it for ever: a statement that names
/// nobody but the target.
///
/// ```
/// outcry delivery 1
/// <slug>
/// <day>
/// <target>
/// number|regions|names|collective
/// <number>
/// <size>
/// <SHA-256 of what is handed over, 64 hexadecimal digits>
/// ```
package struct DeliveryStatement: Hashable, Sendable {
    package let slug: String
    /// When it was put on record.
    package let day: Day
    /// `Target.id`.
    package let target: String
    package let what: What
    /// The signatures in it, which are those that the first `size` entries of the ledger count.
    package let number: Int
    package let size: Int
    /// 64 hexadecimal digits.
    package let hash: String
    /// Its entry's; nil before it has one.
    package var index: Int?

    /// What of the supporters is in it, least first.
    package enum What: String, Sendable, CaseIterable {
        case number, regions, names
        /// A letter of all together, without names.
        case collective
    }

    package init(
        slug: String, day: Day, target: String, what: What, number: Int, size: Int, hash: String
    ) {
        self.slug = slug
        self.day = day
        self.target = target
        self.what = what
        self.number = number
        self.size = size
        self.hash = hash
    }

    /// Nil for a text that does not say so.
    package init?(statement: String) {
        guard let lines = statementLines(statement, headed: Self.head, count: 7),
            let day = Day(lines[1]), let what = What(rawValue: lines[3]),
            let number = Int(lines[4]), let size = Int(lines[5]), isHash(lines[6])
        else { return nil }
        self.init(
            slug: lines[0], day: day, target: lines[2], what: what, number: number, size: size,
            hash: lines[6])
    }

    package var statement: String {
        "\(Self.head)\n\(slug)\n\(day)\n\(target)\n\(what.rawValue)\n\(number)\n\(size)\n\(hash)\n"
    }

    private static let head = "outcry delivery 1"
}

/// What became of a delivery at the target's door, as the ledger says it for ever.
///
/// ```
/// outcry delivered 1
/// <slug>
/// <day>
/// <target>
/// received|refused
/// <hash of the delivery>
/// <who received or refused it, or nothing>
/// <a note, or nothing>
/// ```
package struct DeliveryReceipt: Hashable, Sendable {
    package let slug: String
    /// When it was handed over.
    package let day: Day
    /// `Target.id`.
    package let target: String
    package let result: Result
    /// Of the delivery that it is about, 64 hexadecimal digits.
    package let hash: String
    /// Who received or refused it; empty for nobody named.
    package let by: String
    /// Empty for nothing.
    package let note: String
    /// Its entry's; nil before it has one.
    package var index: Int?

    package enum Result: String, Sendable, CaseIterable { case received, refused }

    /// The longest note and the longest name, in bytes.
    package static let limit = 300

    package init(
        slug: String, day: Day, target: String, result: Result, hash: String, by: String,
        note: String
    ) {
        self.slug = slug
        self.day = day
        self.target = target
        self.result = result
        self.hash = hash
        self.by = by
        self.note = note
    }

    /// Nil for a text that does not say so.
    package init?(statement: String) {
        guard let lines = statementLines(statement, headed: Self.head, count: 7),
            let day = Day(lines[1]), let result = Result(rawValue: lines[3]), isHash(lines[4])
        else { return nil }
        self.init(
            slug: lines[0], day: day, target: lines[2], result: result, hash: lines[4],
            by: lines[5], note: lines[6])
    }

    package var statement: String {
        "\(Self.head)\n\(slug)\n\(day)\n\(target)\n\(result.rawValue)\n\(hash)\n\(by)\n\(note)\n"
    }

    private static let head = "outcry delivered 1"
}

/// A table of regions that was published, as the ledger says it for ever.
///
/// ```
/// outcry regions 1
/// <slug>
/// <day>
/// <size>
/// <code> <count>       for each region
/// other <count>        if there are others
/// ```
package struct RegionStatement: Hashable, Sendable {
    package let slug: String
    package let day: Day
    /// How many entries of the ledger it was counted in.
    package let size: Int
    package let table: RegionTable
    /// Its entry's; nil before it has one.
    package var index: Int?

    package init(slug: String, day: Day, size: Int, table: RegionTable) {
        self.slug = slug
        self.day = day
        self.size = size
        self.table = table
    }

    /// Nil for a text that does not say so, or breaks a rule of these tables.
    package init?(statement: String) {
        guard let lines = statementLines(statement, headed: Self.head, count: nil),
            lines.count >= 4, let day = Day(lines[1]), let size = Int(lines[2]),
            let table = RegionTable(
                rows: lines[3...].map { $0.split(separator: " ").map(String.init) })
        else { return nil }
        self.init(slug: lines[0], day: day, size: size, table: table)
    }

    package var statement: String {
        let rows = table.rows.map { "\($0.code) \($0.count)\n" }.joined()
        return "\(Self.head)\n\(slug)\n\(day)\n\(size)\n\(rows)"
    }

    private static let head = "outcry regions 1"
}

extension RegionTable {
    /// What the cell of the others is called in files.
    package static let otherCode = "other"

    /// As files have it, the others last if there are any.
    package var rows: [(code: String, count: Int)] {
        cells.map { ($0.region.code, $0.count) } + (others > 0 ? [(Self.otherCode, others)] : [])
    }

    /// Nil unless each row is a code and a count, and all together may be shown.
    package init?(rows: [[String]]) {
        var cells: [Cell] = []
        var others = 0
        for row in rows {
            guard row.count == 2, let count = Int(row[1]) else { return nil }
            if row[0] == Self.otherCode, others == 0 {
                others = count
            } else if let region = Region(code: row[0]) {
                cells.append(Cell(region: region, count: count))
            } else {
                return nil
            }
        }
        self.init(cells: cells, others: others)
    }
}

/// What a ledger says about deliveries, in its order.
package struct DeliveryRecord: Hashable, Sendable {
    package private(set) var deliveries: [DeliveryStatement] = []
    package private(set) var receipts: [DeliveryReceipt] = []
    package private(set) var regions: [RegionStatement] = []

    package init() {}

    /// Takes what is about deliveries from all statements of a ledger.
    package init(_ statements: some Sequence<(index: Int, text: String)>) {
        for (index, text) in statements {
            if var delivery = DeliveryStatement(statement: text) {
                delivery.index = index
                deliveries.append(delivery)
            } else if var receipt = DeliveryReceipt(statement: text) {
                receipt.index = index
                receipts.append(receipt)
            } else if var table = RegionStatement(statement: text) {
                table.index = index
                regions.append(table)
            }
        }
    }

    package var isEmpty: Bool { deliveries.isEmpty && receipts.isEmpty && regions.isEmpty }

    /// Changes whenever there is more.
    package var edition: String { "\(deliveries.count).\(receipts.count).\(regions.count)" }

    /// The first delivery of another size that had regions, or as a letter of all may have had some,
    /// and whose table was not published; beside it a table could show what became of few people.
    package func deliveryWithUnpublishedRegions(besides size: Int) -> DeliveryStatement? {
        deliveries.first { delivery in
            [.regions, .collective].contains(delivery.what) && delivery.size != size
                && !regions.contains { $0.size == delivery.size }
        }
    }

    /// What a receipt is about; nil if that was never put on record.
    package func delivery(of receipt: DeliveryReceipt) -> DeliveryStatement? {
        deliveries.last { $0.hash == receipt.hash && $0.target == receipt.target }
    }
}

/// Whether this is a SHA-256 as statements have it.
package func isHash(_ text: some StringProtocol) -> Bool {
    text.utf8.count == 64
        && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}

/// The lines behind the head of a statement; nil if it has another head, another number of lines
/// or no line feed at its end.
private func statementLines(_ text: String, headed head: String, count: Int?) -> [String]? {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.first == head, lines.count >= 2, lines.removeLast().isEmpty else { return nil }
    lines.removeFirst()
    return count == nil || lines.count == count ? lines : nil
}
