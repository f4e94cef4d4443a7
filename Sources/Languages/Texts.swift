package import Domain
import Foundation
import Synchronization

/// The interface of the product in one language: its sentences, numbers, dates and names.
package struct Texts: Sendable {
    /// BCP 47.
    package let language: String
    /// The language's name in itself.
    package let name: String
    package let direction: Direction
    /// Countries and territories, sorted as the language sorts.
    package let countries: [(code: String, name: String)]
    private let template: Catalogue
    private let translation: Catalogue?
    private let plurals: PluralRules
    private let locale: Locale
    private let dates = KnownDates()
    /// Every text in all its forms, cut once at its places.
    private let sentences: [String: Sentence]

    private struct Sentence {
        var forms: [[TextPiece]]
        var isTranslated: Bool
    }

    /// `translation` is nil for English, which is the template itself.
    init(
        language: String, name: String, direction: Direction, template: Catalogue,
        translation: Catalogue? = nil
    ) {
        self.language = language
        self.name = name
        self.direction = direction
        self.template = template
        self.translation = translation
        plurals = PluralRules(language: language)
        // Digits are Western everywhere: a number is to be compared across languages.
        let locale = Locale(identifier: "\(language)-u-nu-latn")
        self.locale = locale
        let (template, translation, plurals) = (self.template, self.translation, self.plurals)
        sentences = Dictionary(
            uniqueKeysWithValues: template.entries.map { key, source in
                let own = translation.flatMap { Self.translated(key, $0, source, plurals) }
                let forms = own ?? [source.english, source.englishPlural].compactMap { $0 }
                return (key, Sentence(forms: forms.map(cut), isTranslated: own != nil))
            })
        countries = Country.codes
            .map { ($0, locale.localizedString(forRegionCode: $0) ?? $0) }
            .sorted { $0.1.compare($1.1, locale: locale) == .orderedAscending }
    }

    /// The keys whose translation is missing, or of an English that has changed since; those texts
    /// are shown in English.
    package var gaps: [String] {
        guard translation != nil else { return [] }
        return template.entries.keys.filter { translated($0) == nil }.sorted()
    }

    /// Every key there is.
    package var keys: Set<String> { Set(template.entries.keys) }

    /// The text of `key` with its `{name}` places filled in; the key itself if there is none.
    package func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String {
        fill(pieces(key), values)
    }

    /// The form of `key` that goes with `count`; `{number}` is the count as the language writes it.
    package func plural(
        _ key: String, _ count: Int, _ values: [String: String] = [:]
    ) -> String {
        var values = values
        values["number"] = number(count)
        return fill(pieces(plural: key, count), values)
    }

    /// The forms of `key` by their CLDR category (`one`, `few`, `other`), for those who count on;
    /// `number` stands where the count does.
    package func pluralForms(_ key: String, number: String) -> [String: String] {
        guard let sentence = sentences[key] else { return ["other": key] }
        let names =
            sentence.isTranslated ? plurals.categories.map(\.rawValue) : ["one", "other"]
        return Dictionary(
            zip(names, sentence.forms.map { fill($0, ["number": number]) }),
            uniquingKeysWith: { $1 })
    }

    /// The text cut at its places, for those who fill them with more than text.
    package func pieces(_ key: String) -> [TextPiece] {
        sentences[key]?.forms.first ?? [.text(key)]
    }

    /// The form for `count`, cut at its places.
    package func pieces(plural key: String, _ count: Int) -> [TextPiece] {
        guard let sentence = sentences[key], !sentence.forms.isEmpty else { return [.text(key)] }
        let form = sentence.isTranslated ? plurals.form(of: count) : (count == 1 ? 0 : 1)
        return sentence.forms[min(form, sentence.forms.count - 1)]
    }

    /// The names of the places in a text, in any of its forms.
    func places(_ key: String) -> [String] {
        (sentences[key]?.forms ?? []).joined().compactMap {
            if case .place(let name) = $0 { name } else { nil }
        }
    }

    /// The forms of a translation that is whole and of today's English; nil otherwise.
    private func translated(_ key: String) -> [String]? {
        guard let source = template.entries[key] else { return nil }
        return translation.flatMap { Self.translated(key, $0, source, plurals) }
    }

    private static func translated(
        _ key: String, _ translation: Catalogue, _ source: Catalogue.Entry, _ plurals: PluralRules
    ) -> [String]? {
        guard let entry = translation.entries[key], entry.english == source.english,
            entry.englishPlural == source.englishPlural
        else { return nil }
        let expected = source.englishPlural == nil ? 1 : plurals.categories.count
        guard entry.translations.count == expected, entry.translations.allSatisfy({ !$0.isEmpty })
        else { return nil }
        return entry.translations
    }

    private func fill(_ pieces: [TextPiece], _ values: [String: String]) -> String {
        var filled = ""
        for piece in pieces {
            switch piece {
            case .text(let text): filled += text
            case .place(let name): filled += values[name] ?? "{\(name)}"
            }
        }
        return filled
    }

    /// What stands between the thousands; empty for nothing.
    package var group: String {
        let sign = number(1_000_000).unicodeScalars.first { !("0"..."9").contains($0) }
        return sign.map { String(Character($0)) } ?? ""
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
            return format(
                Day(year: year, month: month, day: 1),
                "\(standaloneMonth: .wide) \(year: .padded(4))")
        case .season(let year, let season):
            return self("date.\(season)", ["year": String(year)])
        case .year(let year):
            return String(year)
        }
    }

    /// `22 September 2017`
    package func date(_ day: Day) -> String { dates.of(day) { format($0) } }

    private func format(_ day: Day) -> String {
        // French counts the first of a month and writes the other days as they are; CLDR has no
        // pattern for that.
        if language == "fr", day.calendar.day == 1 {
            return format(day, "1er \(month: .wide) \(year: .padded(4))")
        }
        return format(day, "\(day: .defaultDigits) \(month: .wide) \(year: .padded(4))")
    }

    private func format(_ day: Day, _ pattern: Date.FormatString) -> String {
        let style = Date.VerbatimFormatStyle(
            format: pattern, locale: locale, timeZone: .gmt,
            calendar: Calendar(identifier: .gregorian))
        return Date(timeIntervalSince1970: Double(day.number) * 86_400).formatted(style)
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

/// The days that were written lately: most pages and mails name today or tomorrow.
private final class KnownDates: Sendable {
    private let written = Mutex<[Day: String]>([:])

    func of(_ day: Day, write: (Day) -> String) -> String {
        if let known = written.withLock({ $0[day] }) { return known }
        let text = write(day)
        written.withLock { written in
            if written.count >= 100 { written = [:] }
            written[day] = text
        }
        return text
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
