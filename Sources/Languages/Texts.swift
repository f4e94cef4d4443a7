package import Domain
import Foundation

/// The interface of the product in one language: its sentences, numbers, dates and names.
package struct Texts: Sendable {
    /// BCP 47.
    package let language: String
    /// The language's name in itself.
    package let name: String
    package let direction: Direction
    private let catalogue: Catalogue
    private let locale: Locale
    /// Countries and territories, sorted as the language sorts.
    package let countries: [(code: String, name: String)]

    init(language: String, name: String, direction: Direction, catalogue: Catalogue) {
        self.language = language
        self.name = name
        self.direction = direction
        self.catalogue = catalogue
        let locale = Locale(identifier: language)
        self.locale = locale
        countries = Country.codes
            .map { ($0, locale.localizedString(forRegionCode: $0) ?? $0) }
            .sorted { $0.1.compare($1.1, locale: locale) == .orderedAscending }
    }

    /// Every key there is.
    package var keys: Set<String> { Set(catalogue.entries.keys) }

    /// The text of `key` with its `{name}` places filled in; the key itself if there is none.
    package func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String {
        fill(sentence(key), values)
    }

    /// The form of `key` that goes with `count`; `{number}` is the count as the language writes it.
    package func plural(
        _ key: String, _ count: Int, _ values: [String: String] = [:]
    ) -> String {
        var values = values
        values["number"] = number(count)
        return fill(pluralForm(key, count), values)
    }

    /// The text cut at its places, for those who fill them with more than text.
    package func pieces(_ key: String) -> [TextPiece] { cut(sentence(key)) }

    /// The form for `count`, cut at its places.
    package func pieces(plural key: String, _ count: Int) -> [TextPiece] {
        cut(pluralForm(key, count))
    }

    private func sentence(_ key: String) -> String {
        guard let entry = catalogue.entries[key] else { return key }
        return entry.translations.first.flatMap { $0.isEmpty ? nil : $0 } ?? entry.english
    }

    private func pluralForm(_ key: String, _ count: Int) -> String {
        guard let entry = catalogue.entries[key] else { return key }
        return count == 1 ? entry.english : entry.englishPlural ?? entry.english
    }

    private func fill(_ text: String, _ values: [String: String]) -> String {
        cut(text).map { piece in
            switch piece {
            case .text(let text): text
            case .place(let name): values[name] ?? "{\(name)}"
            }
        }.joined()
    }

    /// `12,483`
    package func number(_ number: Int) -> String {
        number.formatted(.number.locale(locale))
    }

    /// `22 September 2017`, or as much of it as is known.
    package func date(_ date: PartialDate) -> String {
        switch date {
        case .day(let day):
            return self.date(day)
        case .month(let year, let month):
            return format(Day(year: year, month: month, day: 1), "MMMM yyyy")
        case .season(let year, let season):
            return self("date.\(season)", ["year": String(year)])
        case .year(let year):
            return String(year)
        }
    }

    /// `22 September 2017`
    package func date(_ day: Day) -> String { format(day, "d MMMM yyyy") }

    private func format(_ day: Day, _ pattern: String) -> String {
        let formatter = DateFormatter()
        formatter.locale = locale
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = pattern
        return formatter.string(from: Date(timeIntervalSince1970: Double(day.number) * 86_400))
    }

    /// The name of another language in this one, or its tag.
    package func languageName(_ tag: String) -> String {
        locale.localizedString(forLanguageCode: tag) ?? tag
    }

    /// The country's name, or the code if it has none.
    package func country(_ code: String) -> String {
        locale.localizedString(forRegionCode: code) ?? code
    }
}

/// A piece of a sentence: words, or a place for something.
package enum TextPiece: Hashable, Sendable {
    case text(String)
    case place(String)
}

private func cut(_ text: String) -> [TextPiece] {
    var pieces: [TextPiece] = []
    var rest = text[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
        if open > rest.startIndex { pieces.append(.text(String(rest[..<open]))) }
        pieces.append(.place(String(rest[rest.index(after: open)..<close])))
        rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    return pieces
}
