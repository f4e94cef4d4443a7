/// How many signatures came from which part of the world, with nothing in it that could point at
/// few people.
///
/// Shown are regions with at least `smallest` signatures. All other signatures are one cell,
/// `others`: those of smaller regions, of people who did not say where they live, and all from a
/// `hidden` country, however many they are. So that no part of `others` can be computed, it has at
/// least two parts and `smallest` signatures; the smallest shown regions join it until that holds.
/// A region without signatures is not listed, so that nobody sees how many are in `others`.
///
/// Whoever knows these rules cannot compute a part either. That was tried out, for all small tables
/// (`RegionTableTests`), as were stricter rules: one that asks how much the largest part covers
/// gives parts away, since it tells how large they can be at most.
package struct RegionTable: Hashable, Sendable {
    /// Largest first, then by code.
    package let cells: [Cell]
    /// 0 if there are none.
    package let others: Int

    package struct Cell: Hashable, Sendable {
        package let region: Region
        package let count: Int

        package init(region: Region, count: Int) {
            self.region = region
            self.count = count
        }
    }

    package static let smallest = 10

    package var total: Int { cells.reduce(others) { $0 + $1.count } }

    /// What may be shown of `counts`, by ISO 3166-1 alpha-2, nil for people who did not say.
    ///
    /// Nil if that is nothing but the total.
    package init?(counts: [String?: Int], hiding hidden: Set<String>) {
        var regions: [Region: Int] = [:]
        var hiddenParts: [Int] = []
        var unknown = 0
        for (country, count) in counts where count > 0 {
            if let country, hidden.contains(country) {
                hiddenParts.append(count)
            } else if let region = country.flatMap(Region.init(country:)) {
                regions[region, default: 0] += count
            } else {
                unknown += count
            }
        }
        let sorted = regions.map { Cell(region: $0, count: $1) }.sorted {
            ($1.count, $0.region.code) < ($0.count, $1.region.code)
        }
        let shown = Self.shown(sorted.map(\.count), beside: hiddenParts + [unknown])
        guard shown > 0 else { return nil }
        cells = Array(sorted.prefix(shown))
        others =
            sorted.dropFirst(shown).reduce(0) { $0 + $1.count }
            + hiddenParts.reduce(unknown, +)
    }

    /// How many of the counts, largest first, may be shown when `hidden` stand in the cell of the
    /// others.
    static func shown(
        _ counts: [Int], beside hidden: [Int], smallest: Int = RegionTable.smallest
    ) -> Int {
        var parts = hidden.filter { $0 > 0 } + counts.filter { $0 < smallest }
        var shown = counts.prefix { $0 >= smallest }.count
        func isCovered() -> Bool {
            parts.isEmpty || (parts.count >= 2 && parts.reduce(0, +) >= smallest)
        }
        while !isCovered(), shown > 0 {
            shown -= 1
            parts.append(counts[shown])
        }
        return shown
    }

    /// A table that was written down; nil if it breaks a rule that can be seen in it.
    package init?(cells: [Cell], others: Int) {
        guard !cells.isEmpty, Set(cells.map(\.region)).count == cells.count,
            cells.allSatisfy({ (Self.smallest...Self.largest).contains($0.count) }),
            others == 0 || (Self.smallest...Self.largest).contains(others)
        else { return nil }
        self.cells = cells
        self.others = others
    }

    /// More than there are people, and small enough to be added up.
    private static let largest = Int(UInt32.max)

    /// Whether somebody who has both tables sees that few people came or went between them.
    package func differsByFew(from other: RegionTable) -> Bool {
        func count(_ table: RegionTable, _ region: Region) -> Int? {
            table.cells.first { $0.region == region }?.count
        }
        // What is a cell in one table alone is among the others in the other.
        func rest(of table: RegionTable, beside other: RegionTable) -> Int {
            table.cells.filter { count(other, $0.region) == nil }
                .reduce(table.others) { $0 + $1.count }
        }
        let both = cells.compactMap { cell in count(other, cell.region).map { cell.count - $0 } }
        let rest = rest(of: self, beside: other) - rest(of: other, beside: self)
        return (both + [others - other.others, rest]).contains {
            $0 != 0 && abs($0) < Self.smallest
        }
    }
}
