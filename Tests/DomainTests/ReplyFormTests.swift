import Domain
import Testing

struct ReplyFormTests {
    private func reply(_ change: (inout ReplyForm) -> Void) throws(ReplyProblems) -> Reply {
        var form = ReplyForm()
        form.text = "Dear Sir"
        change(&form)
        return try Reply(form, lang: "en", day: Day(number: 20_000))
    }

    private func problems(_ change: (inout ReplyForm) -> Void) -> [ReplyProblem] {
        do throws(ReplyProblems) {
            _ = try reply(change)
            return []
        } catch {
            return error.problems
        }
    }

    @Test("The text alone is enough; what is left out is not there")
    func least() throws {
        let reply = try reply { _ in }
        #expect(reply.date == nil && reply.from == nil && reply.note == nil && reply.trap == nil)
        let json = #"{"day":"2024-10-04","lang":"en","text":"Dear Sir"}"#
        #expect(String(decoding: reply.json(), as: UTF8.self) == json)
        #expect(try Reply(json: json.utf8) == reply)
    }

    @Test("Lines stay lines, and marks that turn the direction go")
    func cleaned() throws {
        let reply = try reply {
            $0.text = " a\r\nb\u{202e}\u{0}c\t "
            $0.from = "x\ny"
            $0.date = " 2017-10 "
        }
        #expect(reply.text == "a\nb c" && reply.from == "x y")
        #expect(reply.date == .month(year: 2017, month: 10))
    }

    @Test("Everything that is wrong is said at once, in the form's order")
    func wrong() {
        #expect(problems { $0.text = "\u{202e} \n" } == [.textMissing])
        let all = problems {
            $0.text = String(repeating: "ж", count: 3_001)
            $0.date = "yesterday"
            $0.from = String(repeating: "x", count: 301)
            $0.note = String(repeating: "x", count: 1_001)
        }
        #expect(all == [.textTooLong, .dateUnknown, .fromTooLong, .noteTooLong])
        #expect(problems { $0.text = String(repeating: "ж", count: 3_000) } == [])
    }
}
