import Domain
import Sealing
import Storage
import TestSupport
import Testing

@Suite("Somebody wants no more mails")
struct UnsubscribingTests {
    private func token() throws -> UpdateToken {
        try #require(UpdateSecret(randomBytes(32))).token(for: .random())
    }

    private func stored(_ site: Installation) async throws -> [[UInt8]] {
        try await site.store.read { try $0.unsubscribed() }
    }

    @Test("The link shows one button, and nothing has happened yet")
    func show() async throws {
        let site = try await Installation()
        let token = try token()
        let page = try await site.browser.get("/u/\(token.link)")
        #expect(page.status == 200 && page.headers["referrer-policy"] == "no-referrer")
        #expect(page.headers["cache-control"] == "no-store")
        #expect(page.text.contains("name=\"token\" value=\"\(token.link)\""))
        #expect(try await stored(site).isEmpty)
        #expect(try await site.browser.get("/u/\(token.link)x").status == 404)
        #expect(try await site.browser.get("/u").status == 405)
    }

    @Test("The button stores a hash and a day, once, and says the same every time")
    func button() async throws {
        let site = try await Installation()
        let token = try token()
        let first = try await site.browser.post("/u", ["token": token.link])
        #expect(first.status == 200 && first.text.contains("These mails end"))
        #expect(try await site.browser.post("/u", ["token": token.link]).body == first.body)
        #expect(try await stored(site) == [token.hash])
        let other = try self.token()
        #expect(try await site.browser.post("/u", ["token": other.link]).body == first.body)
        #expect(try await stored(site).count == 2)
        for wrong in ["", "x", token.link + "A"] {
            #expect(try await site.browser.post("/u", ["token": wrong]).status == 404)
        }
    }

    @Test("A mail program's one click comes from elsewhere, in either coding of a form")
    func oneClick() async throws {
        let site = try await Installation()
        let (first, second) = (try token(), try token())
        let fromElsewhere = ["Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"]
        let answer = try await site.browser.post(
            "/u/\(first.link)", body: "List-Unsubscribe=One-Click", headers: fromElsewhere)
        #expect(answer.status == 200 && answer.location == nil)
        #expect(answer.headers["set-cookie"] == nil)
        let parts = """
            --x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n
            """
        let other = try await site.browser.post(
            "/u/\(second.link)", body: parts,
            headers: ["Content-Type": "multipart/form-data; boundary=x"])
        #expect(other.body == answer.body)
        #expect(Set(try await stored(site)) == [first.hash, second.hash])
    }

    @Test("The button of another site does nothing, nor does a request without the words")
    func notOurs() async throws {
        let site = try await Installation()
        let token = try token()
        let foreign = try await site.browser.post(
            "/u", ["token": token.link], headers: ["Sec-Fetch-Site": "cross-site"])
        #expect(foreign.status == 403)
        #expect(try await site.browser.post("/u/\(token.link)", body: "").status == 400)
        let large = String(repeating: "List-Unsubscribe=One-Click", count: 100)
        #expect(try await site.browser.post("/u/\(token.link)", body: large).status == 413)
        #expect(
            try await site.browser.post("/u/x", body: "List-Unsubscribe=One-Click").status == 404)
        #expect(try await stored(site).isEmpty)
    }

    @Test("A neighbourhood may press often, and not without end")
    func limit() async throws {
        let site = try await Installation(signLimit: 1)
        for _ in 1...10 {
            #expect(try await site.browser.post("/u", ["token": token().link]).status == 200)
        }
        let refused = try await site.browser.post("/u", ["token": token().link])
        #expect(refused.status == 429 && refused.headers["retry-after"] != nil)
        #expect(try await stored(site).count == 10)
    }
}
