import Domain
import Testing

struct LetterSamenessTests {
    private let model = """
        Your Excellency,
        I write to you about the people whom police in Baku have detained.
        I respectfully ask you to have everyone released at once.
        Yours respectfully,
        """

    private func percent(_ words: String) -> Int {
        let lines = model.split(separator: "\n")
        let letter = [String(lines[0]), words] + lines.dropFirst().map(String.init)
        return LetterSameness.ownPercent(of: letter.joined(separator: "\n"), model: model)
    }

    @Test("The model as it is has no word of its writer's")
    func untouched() {
        #expect(LetterSameness.ownPercent(of: model, model: model) == 0)
        #expect(percent("") == 0)
    }

    @Test("Own words are own, as many as there are")
    func own() {
        // Twenty-seven words of the model, and these four.
        #expect(percent("Mothers everywhere are waiting.") == 12)
        #expect(LetterSameness.ownPercent(of: "Nothing of it at all", model: model) == 100)
    }

    @Test("Who sends the model's words as their own has written nothing")
    func copied() {
        #expect(percent("I RESPECTFULLY ask you to have everyone released, at once!") == 0)
        #expect(percent(model) == 0)
    }

    @Test("Case, punctuation and another spelling of the same letters change nothing")
    func spelling() {
        let composed = "Les d\u{e9}tenus de la prison"
        let marked = "les DE\u{301}TENUS, de la \u{2026} prison."
        #expect(LetterSameness.ownPercent(of: marked, model: composed) == 0)
    }

    @Test(
        "Every script has words",
        arguments: ["أكتب إليكم بشأن المحتجزين", "我写信给您", "Я пишу вам о людях"])
    func scripts(text: String) {
        #expect(LetterSameness.ownPercent(of: text, model: model) == 100)
        #expect(LetterSameness.ownPercent(of: text, model: text) == 0)
    }

    @Test("A letter without a word has none of its own", arguments: ["", " \n", "...", "\u{301}"])
    func empty(text: String) {
        #expect(LetterSameness.ownPercent(of: text, model: model) == 0)
        #expect(LetterSameness.ownPercent(of: text, model: "") == 0)
    }

    @Test("Short texts are compared as a whole")
    func short() {
        #expect(LetterSameness.ownPercent(of: "Free them", model: "free them!") == 0)
        #expect(LetterSameness.ownPercent(of: "Free them", model: "free us") == 100)
    }

    @Test("One own word in a very long letter is not rounded away")
    func oneWord() {
        let long = (1...500).map { "w\($0)" }.joined(separator: " ")
        #expect(LetterSameness.ownPercent(of: long + " mine", model: long) == 1)
    }
}

struct LetterFormTests {
    private static let text = LocalText(["en": "x"])
    private static let content = ActionContent(
        slug: "a", caseNumber: "1", kind: "urgent-action", country: "AZ", allowsMessage: false,
        goals: [10], opens: nil, closes: nil, notice: nil,
        targets: [target("one", "az"), target("two", "xx")], sources: [], figures: [], claims: [],
        events: [], outcome: nil,
        translations: ["en", "az"].map {
            Translation(
                language: $0, direction: .ltr, title: "t", summary: "s", demand: "d", call: "c",
                brief: [], body: "b", letter: "l")
        })

    private static func target(_ id: String, _ language: String) -> Target {
        Target(
            id: id, name: text, office: text, salutation: nil, language: language, post: nil,
            emails: [])
    }

    private func draft(_ change: (inout LetterForm) -> Void) throws -> LetterDraft {
        var form = LetterForm()
        change(&form)
        return try LetterDraft(form, content: Self.content)
    }

    private func problems(_ change: (inout LetterForm) -> Void) -> [LetterProblem] {
        do {
            _ = try draft(change)
            return []
        } catch let error as LetterProblems { return error.problems } catch { return [] }
    }

    @Test("An empty form is the model letter to the first target in its language, by nobody")
    func empty() throws {
        let draft = try draft { _ in }
        #expect(draft.kind == .appeal && draft.target?.id == "one" && draft.language == "az")
        #expect(draft.name.isEmpty && draft.address.isEmpty && draft.words.isEmpty)
        #expect(draft.country == nil && draft.paper == nil)
    }

    @Test("A target whose language the action does not have is written to in the first one")
    func fallback() throws {
        #expect(try draft { $0.target = "two" }.language == "en")
        #expect(try draft { $0.language = "en" }.language == "en")
    }

    @Test("All that is not offered is said at once")
    func choices() {
        let found = problems {
            $0.kind = "solidarity"
            $0.target = "three"
            $0.language = "fr"
            $0.country = "Azerbaijan"
            $0.paper = "a3"
        }
        #expect(
            found == ["kind", "language", "country", "paper"].map { LetterProblem.choice($0) })
        #expect(problems { $0.target = "three" } == [.choice("target")])
    }

    @Test("Words, name and address have a limit, and just below it they fit")
    func limits() throws {
        let fits = try draft {
            $0.words = String(repeating: "ə", count: 1_000)
            $0.name = String(repeating: "n", count: 200)
            $0.address = "1\r\n2\r\n\r\n3\n4\n5"
        }
        #expect(fits.words.utf8.count == 2_000 && fits.address == ["1", "2", "3", "4", "5"])
        let found = problems {
            $0.words = String(repeating: "ə", count: 1_001)
            $0.name = String(repeating: "n", count: 201)
            $0.address = "1\n2\n3\n4\n5\n6"
        }
        #expect(found == [.nameTooLong, .addressTooLong, .wordsTooLong])
        #expect(
            problems { $0.address = String(repeating: "a", count: 401) } == [.addressTooLong])
    }

    @Test("Lines of the writer's own words are kept, and nothing that turns the text around")
    func lines() throws {
        let draft = try draft { $0.words = " One\r\n\r\nTwo\u{202e}\u{7}\tthree " }
        #expect(draft.words == "One\n\nTwo  three")
    }

    @Test("To be sent, a letter needs a name, an address for the code and a known wish")
    func order() throws {
        var form = LetterForm()
        form.reply = "all"
        form.email = "leyla"
        let said = #expect(throws: LetterProblems.self) { try LetterOrder(form) }
        #expect(said?.problems == [.nameMissing, .email(.noAt), .choice("reply")])
        form.name = "Leyla"
        form.email = "leyla@gmial.com"
        form.reply = "me"
        let typo = #expect(throws: LetterProblems.self) { try LetterOrder(form) }
        #expect(typo?.problems == [.emailLooksMistyped(suggestion: "leyla@gmail.com")])
        form.asked = "leyla@gmial.com"
        let order = try LetterOrder(form)
        #expect(order.wantsReply && order.email.text == "leyla@gmial.com")
        form.reply = ""
        #expect(try !LetterOrder(form).wantsReply)
    }
}
