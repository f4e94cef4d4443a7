/// A date as exactly as a source gives it: a day, a month, a season or a year.
///
/// Written as in ISO 8601-2 (EDTF): `2017-09-22`, `2017-09`, `2017-23` (autumn; 21 spring,
/// 22 summer, 24 winter), `2017`.
package enum PartialDate: Hashable, Sendable {
    case day(Day)
    case month(year: Int, month: Int)
    case season(year: Int, season: Season)
    case year(Int)

    package enum Season: Int, Sendable {
        case spring = 21
        case summer, autumn, winter
    }

    /// Nil for anything that is none of the four forms.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = parts.first, first.utf8.count == 4, let year = Int(first), year > 0,
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        switch parts.count {
        case 1:
            self = .year(year)
        case 2:
            guard parts[1].utf8.count == 2, let second = Int(parts[1]) else { return nil }
            if (1...12).contains(second) {
                self = .month(year: year, month: second)
            } else if let season = Season(rawValue: second) {
                self = .season(year: year, season: season)
            } else {
                return nil
            }
        default:
            guard let day = Day(text) else { return nil }
            self = .day(day)
        }
    }
}

extension PartialDate {
    /// The first day that it may be; winter is taken for that at the end of its year.
    package var firstDay: Day {
        switch self {
        case .day(let day): day
        case .month(let year, let month): Day(year: year, month: month, day: 1)
        case .season(let year, let season):
            Day(year: year, month: 3 * (season.rawValue - 20), day: 1)
        case .year(let year): Day(year: year, month: 1, day: 1)
        }
    }
}

extension PartialDate: CustomStringConvertible {
    package var description: String {
        switch self {
        case .day(let day): day.description
        case .month(let year, let month): "\(padded(year, 4))-\(padded(month, 2))"
        case .season(let year, let season): "\(padded(year, 4))-\(season.rawValue)"
        case .year(let year): padded(year, 4)
        }
    }
}

extension PartialDate: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let date = PartialDate(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not a date: \(text)")
        }
        self = date
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
