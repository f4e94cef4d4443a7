import Authoring
import Testing

/// What action.yaml must be like; each story breaks one rule.
struct ActionRuleTests {
    @Test func `A claim without a source is refused at its line`() {
        let sample = Sample().with("asOf: 2017-10-02\n    source: report", "asOf: 2017-10-02")
        expect(sample, refusedAt: "action.yaml:27", saying: "\"source\" is missing in this claim")
    }

    @Test func `A source that is not there is refused, with the one that was meant`() {
        let sample = Sample().with(
            "asOf: 2017-10-02\n    source: report", "asOf: 2017-10-02\n    source: reprot")
        expect(sample, refusedAt: "action.yaml:32", saying: "did you mean \"report\"?")
    }

    @Test(arguments: [
        ("The raids.", "The {claim:nobody} raids.", 35),
        ("All are free.", "All {claim:nobody} are free.", 39),
    ])
    func `A claim cited on the timeline must be there`(old: String, new: String, line: Int) {
        let sample = Sample().with(old, new)
        expect(sample, refusedAt: "action.yaml:\(line)", saying: "\"nobody\" is cited but not")
    }

    @Test func `A citation deep in a folded text is refused at its own line`() {
        let text = "text:\n      en: >-\n        All are\n        free, {claim:nobody}."
        let sample = Sample().with("text: All are free.", text)
        expect(sample, refusedAt: "action.yaml:42", saying: "\"nobody\"")
    }

    @Test(arguments: [
        ("case: UA 1/2017\n", "\"case\" is missing in action.yaml"),
        ("kind: urgent-action\n", "\"kind\" is missing"),
        ("country: AZ\n", "\"country\" is missing"),
        ("risk: ordinary\n", "\"risk\" is missing"),
        ("goals: [10, 20]\n", "\"goals\" is missing"),
    ])
    func `A missing key is refused where it should stand`(line: String, message: String) {
        expect(Sample().with(line, ""), refusedAt: "action.yaml:1", saying: message)
    }

    @Test(arguments: [
        ("    name: Ilham Aliyev\n", 7, "\"name\" is missing in this target"),
        ("    office: {en: President, ar: الرئيس}\n", 7, "\"office\" is missing"),
        ("    publisher: A publisher\n", 11, "\"publisher\" is missing in this source"),
        ("    title: A report\n", 11, "\"title\" is missing"),
        ("    date: 2017-09\n", 11, "\"date\" is missing"),
        ("    label: Taken\n", 17, "\"label\" is missing in this figure"),
        ("    value: 83\n", 27, "\"value\" is missing in this claim"),
        ("    who: The ministry\n", 27, "\"who\" is missing"),
        ("    asOf: 2017-10-02\n", 27, "\"asOf\" is missing"),
        ("  text: All are free.\n", 38, "\"text\" is missing in the outcome"),
        ("  - date: 2017-09-22\n    text:", 34, "\"date\" is missing in this event"),
    ])
    func `A missing part of a part is refused at the part`(
        text: String, line: Int, message: String
    ) {
        let sample = Sample().with(text, text.hasSuffix("text:") ? "  - text:" : "")
        expect(sample, refusedAt: "action.yaml:\(line)", saying: message)
    }

    @Test(arguments: [
        ("kind: urgent-action", "kind: petition", 2, "must be urgent-action"),
        ("country: AZ", "country: Aze", 3, "two capital letters"),
        ("country: AZ", "country: az", 3, "two capital letters"),
        ("risk: ordinary", "risk: none", 4, "one of: ordinary, high"),
        ("risk: ordinary", "risk: high", 4, "high risk is not built yet"),
        ("risk: ordinary", "risk: ordinary\nmessage: true", 5, "yes or no"),
        ("goals: [10, 20]", "goals: []", 5, "give 1 to 100"),
        ("goals: [10, 20]", "goals: 10", 5, "must be a list of goals"),
        ("goals: [10, 20]", "goals: [20, 10]", 5, "must rise"),
        ("goals: [10, 20]", "goals: [10, 10]", 5, "must rise"),
        ("goals: [10, 20]", "goals: [0, 10]", 5, "a whole number from 1"),
        ("goals: [10, 20]", "goals: [\"1,000\"]", 5, "in digits only"),
        ("goals: [10, 20]", "goals: [9999999999]", 5, "to 1000000000"),
        ("goals: [10, 20]", "goals: [10]\nopens: soon", 6, "a date such as 2017-09-22"),
        ("goals: [10, 20]", "goals: [10]\ncloses: 2017-02-30", 6, "a date such as"),
        ("goals: [10, 20]", "goals: [10]\ncloses:", 6, "is empty"),
        ("id: president", "id: President", 7, "an id of a-z"),
        ("name: Ilham Aliyev", "name: [Ilham]", 8, "must have the keys"),
        ("name: Ilham Aliyev", "name: \"  \"", 8, "is empty"),
        ("name: Ilham Aliyev", "name: X\n    language: Azeri", 9, "a language tag"),
        ("name: Ilham Aliyev", "name: X\n    post: A street", 9, "must be a list of lines"),
        ("name: Ilham Aliyev", "name: X\n    email: x@y", 9, "an e-mail address"),
        ("name: Ilham Aliyev", "name: X\n    email: x@y.example?bcc=z@z.example", 9, "an e-mail"),
        ("https://report.example/1", "ftp://report.example/1", 15, "begins with https://"),
        ("https://report.example/1", "javascript:alert(1)", 15, "begins with https://"),
        ("https://report.example/1", "https:///1", 15, "begins with https://"),
        ("date: 2017-09\n", "date: 22 September\n", 14, "a date such as"),
        ("figure: taken\n    value: 83", "figure: held\n    value: 83", 28, "no figure has"),
        ("value: 83", "value: -1", 29, "a whole number from 0"),
        ("value: 83", "value: about 83", 29, "a whole number from 0"),
        ("qualifier: more than", "qualifier: over", 23, "at least, more than"),
        ("value: 83", "value: 83\n    supersededBy: nobody", 30, "no claim has the id"),
    ])
    func `A value of the wrong kind is refused with what it must be`(
        old: String, new: String, line: Int, message: String
    ) {
        expect(Sample().with(old, new), refusedAt: "action.yaml:\(line)", saying: message)
    }

    @Test func `A wrong kind of thing in place of keys is refused`() {
        let sample = Sample().with("label: Taken", "label: Taken\n  - more")
        expect(sample, refusedAt: "action.yaml:19", saying: "must have the keys id, label")
        #expect(Sample().adding("action.yaml", "- a list").problems.count == 1)
        #expect(Sample().adding("action.yaml", "# nothing\n").problems.count == 1)
    }

    @Test func `An unknown key is refused with the one that was meant, or with all`() {
        expect(
            Sample().with("asOf: 2017-10-02", "asof: 2017-10-02\n    asOf: 2017-10-02"),
            refusedAt: "action.yaml:31", saying: "did you mean \"asOf\"?")
        expect(
            Sample().with("goals:", "colour: violet\ngoals:"),
            refusedAt: "action.yaml:5", saying: "choose one of: case, index, kind, country, risk")
    }

    @Test func `Of many words, only as many are named as one reads`() {
        let name = String(repeating: "long-", count: 100)
        let claims = (1...30).map {
            "  - {id: \(name)\($0), figure: taken, value: 1, who: A, asOf: 2017, source: report}\n"
        }
        let problems = Sample().with("events:\n", claims.joined() + "events:\n")
            .with(in: "en.md", "{claim:taken}", "{claim:unheard-of}").problems
        #expect(!problems.isEmpty)
        #expect(problems.allSatisfy { $0.hasSuffix(", ...") && $0.count < 1_200 })
    }

    @Test(arguments: [
        ("country: AZ", "country: AZ\ncountry: GE", "\"country\" stands more than once"),
        ("label: Taken", "label: Taken\n    label: Held", "\"label\" stands more than once"),
    ])
    func `A key that stands twice is refused`(old: String, new: String, message: String) {
        let problems = Sample().with(old, new).problems
        #expect(problems.count == 1)
        #expect(problems.first?.contains(message) == true)
    }

    @Test func `An id that stands twice is refused`() {
        expect(
            Sample().with("id: fewer", "id: taken"),
            refusedAt: "action.yaml:27", saying: "\"taken\" stands twice among the claims")
    }

    @Test func `Claims that replace each other in a circle are refused`() {
        let sample = Sample().with("value: 100", "value: 100\n    supersededBy: fewer")
            .with("value: 83", "value: 83\n    supersededBy: taken")
        #expect(sample.problems.count == 2)
        #expect(sample.problems.allSatisfy { $0.contains("replace itself in the end") })
        #expect(sample.problems.first?.hasPrefix("action.yaml:23: ") == true)
    }

    @Test func `A claim is replaced only by one about the same figure`() {
        let sample = Sample().with("label: Taken", "label: Taken\n  - id: held\n    label: Held")
            .with("figure: taken\n    value: 83", "figure: held\n    value: 83")
            .with("value: 100", "value: 100\n    supersededBy: fewer")
        expect(sample, refusedAt: "action.yaml:25", saying: "is about another figure")
    }

    @Test func `Events stand oldest first, as far as their dates tell`() {
        func then(_ date: String) -> Sample {
            Sample().with("outcome:", "  - {date: \(date), text: X, source: report}\noutcome:")
        }
        for date in ["2017-09-21", "2017-08", "2016", "2016-24"] {
            let message = "\(date) is earlier than 2017-09-22 above it; put the oldest event first"
            expect(then(date), refusedAt: "action.yaml:37", saying: message)
        }
        let third = then("2017-09-25").with(
            "outcome:", "  - {date: 2017-09-24, text: X, source: report}\noutcome:")
        expect(third, refusedAt: "action.yaml:38", saying: "2017-09-24 is earlier than 2017-09-25")
        for date in ["2017-09-22", "2017-09", "2017-23", "2017", "2017-09-23", "2018-01"] {
            #expect(then(date).problems.isEmpty)
        }
    }

    @Test func `A text for a language without a file is refused`() {
        expect(
            Sample().with("office: {en: President,", "office: {en: President, az: Prezident,"),
            refusedAt: "action.yaml:9", saying: "add the .md file of the language")
    }

    @Test func `A text must be there in the language that others fall back to`() {
        expect(
            Sample().with("{en: President, ar: الرئيس}", "{ar: الرئيس}"),
            refusedAt: "action.yaml:9", saying: "\"en\" is missing in \"office\"")
        #expect(Sample().with("{en: President, ar: الرئيس}", "{en: President}").problems.isEmpty)
        let arabic = Sample().with("{en: President, ar: الرئيس}", "{ar: الرئيس}").without("en.md")
        #expect(arabic.problems.isEmpty)
    }

    @Test func `A mark is refused where it would be printed as it stands`() {
        expect(
            Sample().with("label: Taken", "label: \"Taken {claim:taken}\""),
            refusedAt: "action.yaml:18", saying: "cannot be printed here")
    }

    @Test func `All problems are told at once, in the order of the files`() {
        let sample = Sample().with("country: AZ", "country: Aze").with("goals:", "gaols:")
            .with(in: "en.md", "title: A title\n", "")
        let places = sample.problems.map { $0.split(separator: " ")[0] }
        #expect(places == ["action.yaml:1:", "action.yaml:3:", "action.yaml:5:", "en.md:2:"])
    }
}
