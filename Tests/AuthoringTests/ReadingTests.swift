import Authoring
import Domain
import Testing

/// What a folder without a mistake becomes.
struct ReadingTests {
    @Test func `A right folder is read in full`() throws {
        let action = try Sample().parsed()
        #expect(action.slug == "sample-1")
        #expect(action.caseNumber == "UA 1/2017")
        #expect(action.kind == "urgent-action")
        #expect(action.country == "AZ")
        #expect(action.allowsMessage == false)
        #expect(action.goals == [10, 20])
        #expect(action.opens == nil)
        #expect(action.targets.map { $0.name.in("en") } == ["Ilham Aliyev"])
        #expect(action.targets[0].office.in("ar") == "الرئيس")
        #expect(action.sources.map(\.date) == [.month(year: 2017, month: 9)])
        #expect(action.sources[0].url == "https://report.example/1")
        #expect(action.claims.map(\.id) == ["taken", "fewer"])
        #expect(action.claims.map(\.value) == [100, 83])
        #expect(action.claims.map(\.qualifier) == [.moreThan, .exactly])
        #expect(action.events.map(\.date.description) == ["2017-09-22"])
        #expect(action.outcome?.text.in("en") == "All are free.")
        #expect(action.outcome?.next == nil)
    }

    @Test func `A translation holds front matter, body and letter`() throws {
        let translation = try #require(try Sample().parsed().translation("en"))
        #expect(translation.title == "A title")
        #expect(translation.summary == "A summary with {claim:taken} people.")
        #expect(translation.demand == "Let them go.")
        #expect(translation.call == "Add your name.")
        #expect(translation.brief == [.init(when: "Then", text: "They took {claim:taken} people.")])
        #expect(
            translation.body
                == "## What happened\n\nThey took {claim:taken} people.\n\n> One sentence.")
        #expect(translation.letter == "Your Excellency, let {claim:taken} people go.")
    }

    @Test func `English comes first, the others by name, each in its direction`() throws {
        let text = try #require(Sample().texts["en.md"])
        let action = try Sample().adding("zh.md", text).adding("az.md", text).parsed()
        #expect(action.translations.map(\.language) == ["en", "ar", "az", "zh"])
        #expect(action.translations.map(\.direction) == [.ltr, .rtl, .ltr, .ltr])
    }

    @Test func `A translation may name its direction itself`() throws {
        let sample = Sample().with(in: "en.md", "call:", "direction: rtl\ncall:")
        #expect(try sample.parsed().translation("en")?.direction == .rtl)
    }

    @Test func `A plain string stands for every language`() throws {
        let who = try Sample().parsed().claims[0].who.byLanguage
        #expect(who == ["en": "Amnesty International", "ar": "Amnesty International"])
    }

    @Test func `Every value is its text: no date, number or truth is guessed`() throws {
        let sample = Sample().with("name: Ilham Aliyev", "name: 2017-09-22")
            .with("publisher: A publisher", "publisher: yes").with("A report", "0x10")
        let action = try sample.parsed()
        #expect(action.targets[0].name.in("en") == "2017-09-22")
        #expect(action.sources[0].publisher == "yes")
        #expect(action.sources[0].title == "0x10")
    }

    @Test func `Figures, claims, events, outcome and brief may be absent`() throws {
        let yaml = """
            case: UA 1/2017
            kind: urgent-action
            country: AZ
            risk: ordinary
            goals: [10]
            targets: [{id: president, name: Ilham Aliyev, office: President}]
            sources: [{id: report, publisher: A, title: B, date: 2017}]
            """
        let text = "---\ntitle: T\nsummary: S\ndemand: D\ncall: C\n---\nBody\n# letter\nLetter"
        let files = [
            ActionFile(path: "action.yaml", bytes: Array(yaml.utf8)),
            ActionFile(path: "pt-BR.md", bytes: Array(text.utf8)),
        ]
        let action = try parseAction(slug: "small", files: files)
        #expect(action.figures.isEmpty && action.claims.isEmpty && action.events.isEmpty)
        #expect(action.outcome == nil)
        #expect(action.translations.map(\.language) == ["pt-BR"])
        #expect(action.translations.map(\.brief) == [[]])
        #expect(action.targets[0].office.byLanguage == ["pt-BR": "President"])
    }

    @Test func `Messages are allowed only where the folder says so`() throws {
        #expect(try Sample().with("goals:", "message: yes\ngoals:").parsed().allowsMessage)
        #expect(try !Sample().with("goals:", "message: no\ngoals:").parsed().allowsMessage)
    }

    @Test func `A claim may have no number if it says "some"`() throws {
        let sample = Sample().with("value: 83", "qualifier: some")
        let claim = try #require(try sample.parsed().claims.last)
        #expect(claim.value == nil)
        #expect(claim.qualifier.rawValue == "some")
    }

    @Test func `An old claim names the one that replaced it`() throws {
        let sample = Sample().with("value: 100", "value: 100\n    supersededBy: fewer")
        #expect(try sample.parsed().claims.map(\.supersededBy) == ["fewer", nil])
    }

    @Test func `A tab between words stays`() throws {
        let sample = Sample().with(in: "en.md", "> One sentence.", "> One\tsentence.")
        #expect(try sample.parsed().translation("en")?.body.hasSuffix("One\tsentence.") == true)
    }

    @Test func `Lines that end as on Windows are read like others`() throws {
        var sample = Sample()
        sample.texts = sample.texts.mapValues { $0.replacing("\n", with: "\r\n") }
        #expect(try sample.parsed() == Sample().parsed())
    }

    @Test func `An ampersand within a text stays, masked from the parser or not`() throws {
        let sample = Sample().with("A publisher", "A & B &c").with("A report", "\"&c \u{e000}\"")
        let action = try sample.parsed()
        #expect(action.sources[0].publisher == "A & B &c")
        #expect(action.sources[0].title == "&c \u{e000}")
    }

    @Test func `The name of a version depends on names, contents and nothing else`() {
        let files = [
            ActionFile(path: "en.md", bytes: [1, 2]), ActionFile(path: "az.md", bytes: []),
        ]
        let expected: [UInt8] =
            [0, 0, 0, 5] + Array("az.md".utf8) + [0, 0, 0, 0]
            + [0, 0, 0, 5] + Array("en.md".utf8) + [0, 0, 0, 2, 1, 2]
        #expect(versionBytes(of: files) == expected)
        #expect(versionBytes(of: files.reversed()) == expected)
        #expect(versionBytes(of: []).isEmpty)
    }
}
