import Domain
import Foundation
import Testing

@testable import Languages

/// The plural rules against Debian's copy of the CLDR data (package unicode-cldr-core).
struct PluralTests {
    private static let file = "/usr/share/unicode/cldr/common/supplemental/plurals.xml"

    @Test(
        "Every whole number that CLDR gives as a sample has CLDR's category",
        arguments: [
            "en", "az", "ru", "ar", "fr", "pl", "ga", "ka", "hy", "uk", "tr", "fa", "zh",
        ])
    func samples(language: String) throws {
        let samples = try Self.samples(of: language)
        #expect(!samples.isEmpty)
        let rules = PluralRules(language: language)
        for (category, numbers) in samples {
            for number in numbers {
                let found = rules.categories[rules.form(of: number)].rawValue
                #expect(found == category, "\(language) \(number)")
            }
        }
    }

    @Test(
        "Each language has as many forms as CLDR says",
        arguments: [
            ("en", 2), ("az", 2), ("ru", 4), ("ar", 6), ("fr", 3), ("zh", 1),
        ])
    func forms(language: String, count: Int) {
        #expect(PluralRules(language: language).categories.count == count)
    }

    /// `@integer 2~4, 22~24, 1000000` of each rule of a language.
    private static func samples(of language: String) throws -> [String: [Int]] {
        let xml = try String(contentsOfFile: file, encoding: .utf8)
        for block in xml.matches(
            of: /<pluralRules locales="([^"]*)">(.*?)<\/pluralRules>/.dotMatchesNewlines())
        where block.output.1.split(separator: " ").contains(Substring(language)) {
            var samples: [String: [Int]] = [:]
            for rule in block.output.2.matches(
                of: /<pluralRule count="([a-z]+)">(.*?)<\/pluralRule>/)
            {
                let text = rule.output.2.split(separator: "@integer").dropFirst().first ?? ""
                let list = text.split(separator: "@decimal").first ?? ""
                samples[String(rule.output.1)] = numbers(String(list))
            }
            return samples
        }
        return [:]
    }

    private static func numbers(_ list: String) -> [Int] {
        list.split(separator: ",").flatMap { item -> [Int] in
            let ends = item.trimmed.split(separator: "~").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last else { return [] }
            return Array(first...last)
        }
    }
}

struct TranslationTests {
    @Test(
        "English, Azerbaijani, Russian, Arabic and French are spoken, and Arabic runs right to left"
    )
    func languages() throws {
        let languages = try Languages()
        #expect(languages.tags.starts(with: ["en"]))
        #expect(Set(languages.tags).isSuperset(of: ["en", "az", "ru", "ar", "fr"]))
        #expect(languages["ar"]?.direction == .rtl && languages["az"]?.direction == .ltr)
        #expect(languages["az"]?.name == "Azərbaycanca")
    }

    @Test("No translation has a gap or is of an English that has changed since")
    func gaps() throws {
        for texts in try Languages().all {
            for gap in texts.gaps { Issue.record("\(texts.language): \(gap)") }
        }
    }

    @Test("Every translation has the places of its English, in each of its forms")
    func places() throws {
        let languages = try Languages()
        for texts in languages.all {
            for key in texts.keys {
                let wanted = Set(languages.fallback.places(key))
                #expect(Set(texts.places(key)) == wanted, "\(texts.language) \(key)")
            }
        }
    }

    @Test("Numbers, dates and countries are written as each language writes them")
    func formats() throws {
        let languages = try Languages()
        let day = try #require(PartialDate("2017-09-22"))
        let month = try #require(PartialDate("2017-09"))
        let expected = [
            ("az", "12.483", "22 sentyabr 2017", "Gürcüstan"),
            ("ru", "12\u{a0}483", "22 сентября 2017", "Грузия"),
            ("ar", "12,483", "22 سبتمبر 2017", "جورجيا"),
            ("fr", "12\u{202f}483", "22 septembre 2017", "Géorgie"),
        ]
        for (tag, number, date, country) in expected {
            let texts = try #require(languages[tag])
            #expect(texts.number(12_483) == number)
            #expect(texts.date(day) == date)
            #expect(texts.country("GE") == country)
            #expect(!texts.date(month).contains("22"))
        }
        #expect(languages["ru"]?.date(month) == "сентябрь 2017")
        let names = try #require(languages["az"]).countries.map(\.name)
        let (e, a) = (names.firstIndex(of: "Ermənistan"), names.firstIndex(of: "Əfqanıstan"))
        #expect(try #require(e) < #require(a))
    }

    @Test(
        "A plural has its own words at 0, 1, 2, 3, 11, 100 and a million",
        arguments: ["ru", "ar", "fr"])
    func plurals(language: String) throws {
        let texts = try #require(try Languages()[language])
        let numbers = [0, 1, 2, 3, 5, 11, 21, 100, 1_000_000]
        let forms = numbers.map { number in
            texts.plural("error.retry", number).replacing(texts.number(number), with: "#")
        }
        #expect(Set(forms).count >= 2)
        #expect(forms.allSatisfy { !$0.contains("{") })
    }
}
