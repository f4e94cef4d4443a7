import Domain
import Foundation
import Testing

@testable import Languages

struct TextTests {
    private let texts: Texts

    init() throws { texts = try Languages().fallback }

    @Test("Every text that the pages name is in the catalogue")
    func everyKeyExists() throws {
        let used = try keysInCode()
        #expect(used.count > 100)
        for key in used where !texts.keys.contains(key) { Issue.record("\(key) is missing") }
    }

    @Test("Every text in the catalogue is named by a page")
    func everyKeyIsUsed() throws {
        let used = try keysInCode()
        // Names that are put together: of a state, an error, a season, a part of a page.
        let made = /^(state|error|date|count|privacy|accessibility|settings)\.|^days\.(open|other)$/
        for key in texts.keys where !used.contains(key) && !key.contains(made) {
            Issue.record("\(key) is used nowhere")
        }
    }

    @Test("Every state and every error has its texts")
    func states() throws {
        for state in ActionState.allCases {
            #expect(texts.keys.contains("state.\(state.rawValue)"))
            if state != .open { #expect(texts.keys.contains("state.\(state.rawValue).instead")) }
        }
        for name in [
            "notfound", "badform", "toolarge", "crosssite", "link", "ticket", "ended", "changed",
            "busy", "internal",
        ] {
            #expect(texts.keys.contains("error.\(name).title"))
            #expect(texts.keys.contains("error.\(name).text"))
        }
    }

    @Test("Numbers, dates and plurals are written as English writes them")
    func formats() throws {
        #expect(texts.number(12_483) == "12,483")
        #expect(texts.date(try #require(PartialDate("2017-09-22"))) == "22 September 2017")
        #expect(texts.date(try #require(PartialDate("2017-09"))) == "September 2017")
        #expect(texts.date(try #require(PartialDate("2017-23"))) == "autumn 2017")
        #expect(texts.date(try #require(PartialDate("2017"))) == "2017")
        #expect(texts.plural("action.signed", 1) == "1 has signed")
        #expect(texts.plural("action.signed", 1_000) == "1,000 have signed")
        #expect(texts.country("AZ") == "Azerbaijan")
        #expect(texts.countries.count == Country.codes.count)
        #expect(texts.countries.first?.name == "Afghanistan")
    }

    @Test("The best language is the one most wished for that there is")
    func negotiation() throws {
        let languages = try Languages()
        let wishes: [(String?, String)] = [
            (nil, "en"), ("", "en"), ("xx", "en"), ("*", "en"), ("q=;;,,", "en"), ("az;q=0", "en"),
            ("az", "az"), ("en-GB;q=0.1, ru", "ru"), ("xx, ar-EG;q=0.5, fr;q=0.4", "ar"),
            ("AZ-latn", "az"),
        ]
        for (wish, best) in wishes {
            #expect(languages.best(for: wish).language == best, "\(wish ?? "none")")
        }
    }

    private let sources = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources")

    /// What pages name, and what commands write in many languages.
    private func keysInCode() throws -> Set<String> {
        let inCommands = try names(in: "outcry").filter(texts.keys.contains)
        return try names(in: "Web").union(inCommands)
    }

    /// Everything in a module that looks like a key.
    private func names(in module: String) throws -> Set<String> {
        let sources = sources.appending(path: module)
        let names =
            FileManager.default.enumerator(atPath: sources.path)?
            .compactMap { $0 as? String } ?? []
        var keys: Set<String> = []
        let prefixes = Set(
            texts.keys.compactMap { $0.split(separator: ".").first.map(String.init) })
        for name in names where name.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appending(path: name), encoding: .utf8)
            for match in text.matches(of: /"([a-z]+(\.[a-z]+)+)"/) {
                let key = String(match.output.1)
                guard let first = key.split(separator: ".").first.map(String.init),
                    prefixes.contains(first),
                    ![".css", ".ico", ".ics", ".js", ".pdf", ".zip"].contains(where: key.hasSuffix)
                else { continue }
                keys.insert(key)
            }
        }
        return keys
    }
}

struct CatalogueTests {
    @Test("A catalogue is read with its plurals, escapes and continued lines")
    func reading() throws {
        let po = """
            msgid ""
            msgstr ""
            "Language: en\\n"

            #. A comment
            msgctxt "a"
            msgid "one "
            "\\"two\\"\\n"
            msgstr ""

            msgctxt "b"
            msgid "one"
            msgid_plural "many"
            msgstr[0] "x"
            msgstr[1] "y"
            """
        let entries = try Catalogue(po: po, file: "t").entries
        #expect(entries.count == 2)
        #expect(entries["a"]?.english == "one \"two\"\n")
        #expect(entries["b"]?.englishPlural == "many")
        #expect(entries["b"]?.translations == ["x", "y"])
    }

    @Test(
        "A line that is none of PO's is named",
        arguments: [
            "msgctxt \"a\"\nmsgid \"x\nmsgstr \"\"", "hello", "msgctxt \"a\"\nmsgwhat \"x\"",
        ])
    func broken(po: String) {
        #expect(throws: CatalogueError.self) { try Catalogue(po: po, file: "t") }
    }

    @Test("A key that stands twice is refused")
    func twice() {
        let entry = "msgctxt \"a\"\nmsgid \"x\"\nmsgstr \"\"\n\n"
        #expect(throws: CatalogueError.self) { try Catalogue(po: entry + entry, file: "t") }
    }

    @Test("French counts the first of a month, and only the first")
    func french() throws {
        let french = try #require(try Languages()["fr"])
        #expect(french.date(Day(year: 2017, month: 10, day: 1)) == "1er octobre 2017")
        #expect(french.date(Day(year: 2017, month: 10, day: 21)) == "21 octobre 2017")
    }

    @Test("The forms that script counts on with are those of the page")
    func forms() throws {
        let languages = try Languages()
        #expect(
            languages["ru"]?.pluralForms("action.signed", number: "#").keys.sorted() == [
                "few", "many", "one", "other",
            ])
        #expect(languages["ar"]?.pluralForms("action.signed", number: "#").count == 6)
        #expect(
            languages.fallback.pluralForms("action.signed", number: "#").keys.sorted() == [
                "one", "other",
            ])
    }
}
