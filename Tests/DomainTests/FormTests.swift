import Domain
import Testing

struct FormTests {
    private func draft(
        name: String = "Ada", email: String = "ada@example.org", allowsMessage: Bool = false,
        change: (inout SignatureForm) -> Void = { _ in }
    ) throws(FormProblems) -> SignatureDraft {
        var form = SignatureForm()
        form.name = name
        form.email = email
        change(&form)
        return try SignatureDraft(form, allowsMessage: allowsMessage)
    }

    private func problems(
        name: String = "Ada", email: String = "ada@example.org", allowsMessage: Bool = false,
        change: (inout SignatureForm) -> Void = { _ in }
    ) -> [FormProblem] {
        do throws(FormProblems) {
            _ = try draft(name: name, email: email, allowsMessage: allowsMessage, change: change)
            return []
        } catch {
            return error.problems
        }
    }

    @Test(
        "Names in any script, of one word or many, are taken as they are",
        arguments: [
            "Suharto", "Ö. ʻAlí-Ŭan", "O'Neill", "Leyla Məmmədova", "أمل", "Նարեկ", "ნინო", "李雷",
            "María José de la Cruz y Borbón", "🕊️", "X", "İlham ığşıə",
        ])
    func names(name: String) throws {
        #expect(try draft(name: name).name == name)
    }

    @Test("A name has 1 to 200 graphemes and at most 600 bytes")
    func nameLimits() {
        #expect(problems(name: "  \n ") == [.nameMissing])
        #expect(problems(name: String(repeating: "a", count: 200)).isEmpty)
        #expect(problems(name: String(repeating: "a", count: 201)) == [.nameTooLong])
        #expect(problems(name: String(repeating: "🕊", count: 151)) == [.nameTooLong])
        let marks = "a" + String(repeating: "\u{301}", count: 10_000)
        #expect(problems(name: marks) == [.nameTooLong])
    }

    @Test("A name loses line ends and the marks that turn directions, and is composed")
    func cleaned() throws {
        #expect(try draft(name: " A\u{202e}da\r\nLove\u{301}\u{2066} \t").name == "Ada Lov\u{e9}")
    }

    @Test("All that is wrong is said at once, in the form's order")
    func allProblems() {
        let found = problems(name: "", email: "x", allowsMessage: true) {
            $0.country = "ZZ"
            $0.show = "everyone"
            $0.message = String(repeating: "ə", count: 1_001)
        }
        #expect(
            found == [.nameMissing, .email(.noAt), .countryUnknown, .showUnknown, .messageTooLong])
    }

    @Test("A likely typing mistake is pointed out once, and then taken as it is")
    func typo() throws {
        #expect(
            problems(email: "ada@gmial.com")
                == [.emailLooksMistyped(suggestion: "ada@gmail.com")])
        #expect(problems(email: "ada@gmial.com") { $0.asked = "ada@gmial.com" }.isEmpty)
        #expect(!problems(email: "ada@gmial.com") { $0.asked = "bob@gmial.com" }.isEmpty)
    }

    @Test("The name is shown to nobody unless that was chosen, and messages need a place")
    func defaults() throws {
        let plain = try draft(allowsMessage: false) { $0.message = "hello" }
        #expect(plain.show == .count && !plain.wantsUpdates && plain.message == nil)
        let full = try draft(allowsMessage: true) {
            $0.show = "target"
            $0.updates = "yes"
            $0.message = "one\r\ntwo"
            $0.country = "AZ"
        }
        #expect(full.show == .target && full.wantsUpdates && full.country == "AZ")
        #expect(full.message == "one\ntwo")
    }

    @Test("A pledge holds the address only if updates were asked for, and survives as JSON")
    func pledge() throws {
        let day = try #require(Day("2017-09-23"))
        for updates in ["", "yes"] {
            let draft = try draft(name: "Ә/\"ə") { $0.updates = updates }
            let pledge = Pledge(draft: draft, lang: "en", version: "v", consent: "c", day: day)
            #expect((pledge.email != nil) == (updates == "yes"))
            #expect(try Pledge(json: pledge.json()) == pledge)
        }
    }

    @Test("The JSON of a pledge has its keys in order, and escapes what JSON must and no more")
    func pledgeJSON() throws {
        let day = try #require(Day("2017-09-23"))
        let draft = try draft(name: "Ә \"Q\" \\ /", allowsMessage: true) {
            $0.message = "one\ntwo\t\u{e9}"
        }
        var pledge = Pledge(draft: draft, lang: "en", version: "v", consent: "c", day: day)
        #expect(
            String(decoding: pledge.json(), as: UTF8.self) == #"""
                {"consent":"c","day":"2017-09-23","lang":"en","message":"one\ntwo é",\#
                "name":"Ә \"Q\" \\ /","show":"count","version":"v"}
                """#)
        // No form brings such bytes, and they would still come back.
        pledge.name = String(String.UnicodeScalarView((0...0x7f).compactMap { Unicode.Scalar($0) }))
        #expect(try Pledge(json: pledge.json()) == pledge)
    }
}
