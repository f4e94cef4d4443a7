import Domain
import Storage
import TestSupport
import Testing
import Unsealing

@Suite("A supporter hands in what a target answered")
struct ReplyTests {
    private let path = "/en/actions/baku-2017/replies"

    private func rows(_ site: Installation) async throws -> [ReplyRow] {
        try await site.store.read { transaction in
            guard let action = try transaction.action(slug: "baku-2017") else { return [] }
            return try transaction.replies(of: action.id, after: nil, limit: 10_000)
        }
    }

    private func replies(_ site: Installation) async throws -> [Reply] {
        let opener = Opener(books: site.books)
        return try await rows(site).map {
            try opener.open($0.sealed, action: $0.action, reply: $0.id)
        }
    }

    @Test(
        "It is sealed to the keepers, and the answer is the same for every reply",
        arguments: [1, 2])
    func handedIn(keepers: Int) async throws {
        let site = try await Installation(keepers: keepers)
        #expect(try await site.browser.get("\(path)/new").text.contains("name=\"reply\""))
        let answer = try await site.browser.post(
            path,
            [
                "reply": "Dear Sir\nNo.", "date": "2017-10-02", "from": "Office", "note": "Ha",
                "website": "",
            ])
        #expect(answer.status == 303 && answer.location == "\(path)/thanks")
        let bot = try await site.browser.post(path, ["reply": "x", "website": "http://x"])
        #expect(bot.location == answer.location)
        let thanks = try await site.browser.get("\(path)/thanks")
        #expect(thanks.status == 200 && thanks.text.contains("Thank you"))
        let kept = try await replies(site)
        let mine = try #require(kept.first { $0.from == "Office" })
        #expect(mine.text == "Dear Sir\nNo." && mine.note == "Ha" && mine.lang == "en")
        #expect(mine.date?.description == "2017-10-02" && mine.trap == nil)
        #expect(kept.first { $0.text == "x" }?.trap == "yes")
        #expect(Set(try await rows(site).map(\.sealed.count)).count == 1)
    }

    @Test(
        "The longest reply in any script gets through; what is longer is told so, and kept on the page"
    )
    func limits() async throws {
        let site = try await Installation()
        let longest = String(repeating: "ж", count: 3_000)
        #expect(try await site.browser.post(path, ["reply": longest]).status == 303)
        let long = try await site.browser.post(path, ["reply": longest + "ж", "date": "soon"])
        #expect(long.status == 422 && long.text.contains("id=\"reply-error\""))
        #expect(long.text.contains("href=\"#date\"") && long.text.contains("value=\"soon\""))
        #expect(long.text.contains(longest + "ж</textarea>"))
        #expect(try await site.browser.post(path, ["reply": " "]).status == 422)
        let huge = String(repeating: "x", count: 40_000)
        #expect(try await site.browser.post(path, ["reply": huge]).status == 413)
        #expect(try await rows(site).count == 1)
    }

    @Test(
        "Answers come late: they are taken in every state but one",
        arguments: [ActionState.open, .paused, .won, .closed, .delivered, .stopped])
    func states(state: ActionState) async throws {
        let site = try await Installation()
        if state == .delivered { try await site.move(to: .closed) }
        if state != .open { try await site.move(to: state) }
        let takes = state != .stopped
        #expect(try await site.browser.get("\(path)/new").status == (takes ? 200 : 404))
        #expect(try await site.browser.post(path, ["reply": "x"]).status == (takes ? 303 : 404))
        #expect(try await site.browser.get("\(path)/thanks").status == (takes ? 200 : 404))
        #expect(try await rows(site).count == (takes ? 1 : 0))
    }

    @Test("Once the key is gone nobody could open one, so none is taken")
    func afterTheEnd() async throws {
        let site = try await Installation()
        try await site.move(to: .closed)
        site.clock.advance(days: Retention.records)
        #expect(try await site.browser.get("\(path)/new").status == 409)
        #expect(try await site.browser.post(path, ["reply": "x"]).status == 409)
        #expect(try await rows(site).isEmpty)
    }

    @Test("Another site's form, a draft and too many are refused")
    func refused() async throws {
        let site = try await Installation(signLimit: 2)
        let foreign = try await site.browser.post(
            path, ["reply": "x"], headers: ["Sec-Fetch-Site": "cross-site"])
        #expect(foreign.status == 403)
        for _ in 1...2 {
            #expect(try await site.browser.post(path, ["reply": "x"]).status == 303)
        }
        let busy = try await site.browser.post(path, ["reply": "kept text"])
        #expect(busy.status == 429 && busy.text.contains("kept text"))
        let draft = try await Installation(open: false)
        #expect(try await draft.browser.get("\(path)/new").status == 404)
        #expect(try await draft.browser.post(path, ["reply": "x"]).status == 404)
    }
}
