import Foundation
import Testing

@testable import Domain

/// Regions against Debian's copy of the CLDR data (package unicode-cldr-core).
struct RegionTests {
    private static let file = "/usr/share/unicode/cldr/common/supplemental/supplementalData.xml"

    @Test(
        "Every country is in the subregion of M49 that CLDR has it in, and only Antarctica in none")
    func containment() throws {
        let xml = try String(contentsOfFile: Self.file, encoding: .utf8)
        var expected: [String: String] = [:]
        for group in xml.matches(of: /<group type="(\d{3})" contains="([^"]+)"\/>/) {
            for country in group.output.2.split(separator: " ") where country.utf8.count == 2 {
                expected[String(country)] = String(group.output.1)
            }
        }
        #expect(expected.count > 200)
        for country in Country.codes {
            #expect(Region(country: country)?.code == expected[country], "\(country)")
        }
        #expect(Country.codes.filter { Region(country: $0) == nil } == ["AQ"])
        #expect(Region.all.count == 22)
        #expect(Region(country: "ZZ") == nil && Region(code: "001") == nil)
    }
}

struct RegionTableTests {
    private func table(
        _ counts: [String?: Int], hiding: Set<String> = []
    ) -> [String: Int]? {
        RegionTable(counts: counts, hiding: hiding).map {
            Dictionary(uniqueKeysWithValues: $0.rows.map { ($0.code, $0.count) })
        }
    }

    @Test("Regions from ten upwards are shown, and what is smaller is one cell")
    func joined() {
        #expect(table(["DE": 30, "FR": 20, "GE": 9, "KZ": 8, nil: 7]) == ["155": 50, "other": 24])
        #expect(table(["DE": 10, "GE": 40]) == ["155": 10, "145": 40])
    }

    @Test("One small region takes a larger one with it: alone it could be computed")
    func subtraction() {
        #expect(table(["DE": 30, "GE": 3]) == nil)
        #expect(table(["DE": 30, "PL": 20, "GE": 3]) == ["155": 30, "other": 23])
        #expect(
            table(["DE": 30, "PL": 20, "SE": 11, "GE": 3])
                == ["155": 30, "151": 20, "other": 14])
        #expect(
            table(["DE": 90, "PL": 20, "GE": 6, nil: 40]) == ["155": 90, "151": 20, "other": 46])
    }

    @Test("Few small regions together take a larger one with them, too")
    func few() {
        #expect(table(["DE": 30, "PL": 20, "GE": 3, "KZ": 4]) == ["155": 30, "other": 27])
        #expect(table(["DE": 30, "GE": 3, "KZ": 4]) == nil)
    }

    @Test("The target's own country is in no region, however many live there")
    func ownCountry() {
        #expect(
            table(["AZ": 500, "GE": 60, "DE": 40, "KZ": 12, nil: 2], hiding: ["AZ"])
                == ["145": 60, "155": 40, "143": 12, "other": 502])
        #expect(table(["AZ": 500, "GE": 60], hiding: ["AZ"]) == nil)
    }

    @Test("Few people make no table at all")
    func none() {
        #expect(table([:]) == nil)
        #expect(table(["DE": 9]) == nil)
        #expect(table([nil: 1_000]) == nil)
        #expect(table(["DE": 10]) == ["155": 10])
    }

    @Test("The cells of any table add up, are no smaller than ten, and hide two parts or none")
    func properties() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            var counts: [String?: Int] = [nil: Int.random(in: 0...30, using: &generator)]
            for country in Country.codes.shuffled(using: &generator).prefix(.random(in: 0...40)) {
                let most = [3, 12, 40, 400].randomElement(using: &generator) ?? 3
                counts[country] = Int.random(in: 0...most, using: &generator)
            }
            let hidden = Set(["AZ", "DE", "US"].prefix(.random(in: 0...3)))
            guard let table = RegionTable(counts: counts, hiding: hidden) else { continue }
            #expect(table.total == counts.values.reduce(0, +), "\(counts)")
            #expect(table.rows.allSatisfy { $0.count >= 10 }, "\(counts)")
            let parts = hiddenParts(counts, hidden, table)
            #expect(parts.reduce(0, +) == table.others && parts.count != 1, "\(counts)")
        }
    }

    /// What stands in the cell of the others, part by part.
    private func hiddenParts(
        _ counts: [String?: Int], _ hidden: Set<String>, _ table: RegionTable
    ) -> [Int] {
        let shown = Set(table.cells.map(\.region))
        var parts: [String: Int] = [:]
        for (country, count) in counts where count > 0 {
            let region = country.flatMap { hidden.contains($0) ? nil : Region(country: $0) }
            if let region, shown.contains(region) { continue }
            let isOwn = country.map(hidden.contains) ?? false
            parts[isOwn ? country ?? "" : region?.code ?? "", default: 0] += count
        }
        return Array(parts.values)
    }

    @Test("Whoever knows the rules and all that is shown can compute no hidden region")
    func inference() {
        // Small enough to try all: three regions, one hidden country, four the smallest cell.
        let (most, smallest) = (12, 4)
        var worlds: [[Int]: [[Int]]] = [:]
        for own in 0...most {
            for first in 0...most {
                for second in 0...most {
                    for third in 0...most {
                        let counts = [own, first, second, third]
                        worlds[view(counts, smallest), default: []].append(counts)
                    }
                }
            }
        }
        #expect(worlds.count > 1_000)
        // Of more others there are possibilities that were not made; of none shown, no table.
        for (view, possible) in worlds
        where (1...most).contains(view[1]) && view[1] < view[0] {
            for place in 0...3 where place == 0 || view[place + 1] < 0 {
                let values = Set(possible.map { $0[place] })
                let range = (values.max() ?? 0) - (values.min() ?? 0)
                #expect(range >= smallest - 2, "\(view) gives away \(values) at \(place)")
            }
        }
    }

    /// All that the public sees: the total, the others, and each region or -1 for one not shown.
    private func view(_ counts: [Int], _ smallest: Int) -> [Int] {
        let order = (1...3).filter { counts[$0] > 0 }.sorted {
            (counts[$1], $0) < (counts[$0], $1)
        }
        let shown = order.prefix(
            RegionTable.shown(
                order.map { counts[$0] }, beside: [counts[0]], smallest: smallest))
        let sum = counts.reduce(0, +)
        let others = sum - shown.reduce(0) { $0 + counts[$1] }
        return [sum, others] + (1...3).map { shown.contains($0) ? counts[$0] : -1 }
    }

    @Test("Two tables that differ by a few people are told apart from two that do not")
    func difference() throws {
        let first = try #require(RegionTable(rows: [["155", "40"], ["other", "30"]]))
        let same = try #require(RegionTable(rows: [["155", "40"], ["other", "30"]]))
        let few = try #require(RegionTable(rows: [["155", "41"], ["other", "50"]]))
        let many = try #require(
            RegionTable(rows: [["155", "55"], ["151", "12"], ["other", "40"]]))
        #expect(!first.differsByFew(from: same))
        #expect(first.differsByFew(from: few) && few.differsByFew(from: first))
        #expect(!first.differsByFew(from: many))
    }

    @Test("A region that only one table has is compared with the others of the other")
    func differenceOfRest() throws {
        let first = try #require(RegionTable(rows: [["155", "40"], ["other", "30"]]))
        let few = try #require(
            RegionTable(rows: [["155", "40"], ["151", "12"], ["other", "20"]]))
        let none = try #require(
            RegionTable(rows: [["155", "40"], ["151", "12"], ["other", "18"]]))
        #expect(first.differsByFew(from: few) && few.differsByFew(from: first))
        #expect(!first.differsByFew(from: none) && !none.differsByFew(from: first))
    }

    @Test(
        "A written table with a small cell, a strange region or one twice is refused",
        arguments: [
            [["155", "9"]], [["155", "40"], ["other", "9"]], [["001", "40"]], [["other", "40"]],
            [["155", "40"], ["155", "40"]], [["155", "4x"]], [["155"]], [["155", "-40"]], [],
            [["155", "40"], ["other", "40"], ["other", "40"]],
        ])
    func refused(rows: [[String]]) { #expect(RegionTable(rows: rows) == nil) }
}

struct DeliveryStatementTests {
    private let hash = String(repeating: "0f", count: 32)

    @Test("What is said of a delivery is read back, with its place in the ledger")
    func roundTrip() throws {
        let day = Day(year: 2017, month: 10, day: 3)
        let delivery = DeliveryStatement(
            slug: "baku-2017", day: day, target: "president", what: .names, number: 12_483,
            size: 12_501, hash: hash)
        let receipt = DeliveryReceipt(
            slug: "baku-2017", day: day, target: "president", result: .refused, hash: hash,
            by: "Guard at the gate", note: "")
        let table = try #require(RegionTable(rows: [["155", "40"], ["other", "30"]]))
        let regions = RegionStatement(slug: "baku-2017", day: day, size: 99, table: table)
        let record = DeliveryRecord([
            (0, "outcry open 2\nbaku-2017\n"), (7, delivery.statement), (8, receipt.statement),
            (9, regions.statement), (10, "outcry delivery 1\nand no more\n"),
        ])
        #expect(record.deliveries.map(\.index) == [7] && record.regions.map(\.index) == [9])
        #expect(record.receipts.first?.by == "Guard at the gate")
        #expect(record.receipts.first.flatMap(record.delivery)?.number == 12_483)
        #expect(record.regions.first?.table == table)
        #expect(record.receipts.first?.statement == receipt.statement)
        #expect(record.regions.first?.statement == regions.statement)
    }

    @Test("A delivery with regions is found until its own table is published")
    func unpublished() throws {
        let day = Day(year: 2017, month: 10, day: 3)
        let table = try #require(RegionTable(rows: [["155", "40"], ["other", "30"]]))
        func delivery(_ what: DeliveryStatement.What, size: Int) -> (index: Int, text: String) {
            let delivery = DeliveryStatement(
                slug: "baku-2017", day: day, target: "president", what: what, number: 70,
                size: size, hash: hash)
            return (size + 1, delivery.statement)
        }
        func found(_ statements: (index: Int, text: String)..., size: Int = 99) -> Int? {
            DeliveryRecord(statements).deliveryWithUnpublishedRegions(besides: size)?.size
        }
        let published = RegionStatement(slug: "baku-2017", day: day, size: 80, table: table)
        #expect(found(delivery(.number, size: 80), delivery(.names, size: 81)) == nil)
        #expect(found(delivery(.regions, size: 80)) == 80)
        #expect(found(delivery(.collective, size: 80)) == 80, "it may have had some")
        #expect(found(delivery(.regions, size: 80), (82, published.statement)) == nil)
        #expect(found(delivery(.regions, size: 81), (82, published.statement)) == 81)
        #expect(found(delivery(.regions, size: 80), size: 80) == nil, "it is the same table")
    }

    @Test(
        "A text that is almost such a statement is none",
        arguments: ["\n", "Outcry delivery 1\n", "outcry delivery 2\n"])
    func others(head: String) {
        let rest = "slug\n2017-10-03\npresident\nnames\n1\n2\n\(hash)\n"
        #expect(DeliveryStatement(statement: "outcry delivery 1\n" + rest) != nil)
        #expect(DeliveryStatement(statement: head + rest) == nil)
        #expect(DeliveryStatement(statement: "outcry delivery 1\n" + rest.dropLast()) == nil)
        #expect(DeliveryStatement(statement: "outcry delivery 1\n" + rest.uppercased()) == nil)
        #expect(DeliveryStatement(statement: "outcry delivery 1\n" + rest + "\n") == nil)
    }
}
