import NIOCore
import Testing

@testable import Web

struct ClientTests {
    private func address(_ text: String) throws -> SocketAddress {
        try SocketAddress(ipAddress: text, port: 1)
    }

    @Test(
        "Only a trusted proxy is believed, and only for its own hop",
        arguments: [
            ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),
            ("127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", ["203.0.113.9, 127.0.0.1"], "203.0.113.9"),
            ("127.0.0.1", ["garbage"], "127.0.0.1"), ("127.0.0.1", [], "127.0.0.1"),
            ("127.0.0.1", ["2001:db8::1"], "2001:db8::1"),
            ("::ffff:127.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ])
    func forwarded(peer: String, header: [String], client: String) throws {
        let found = TrustedProxies(["127.0.0.1"]).client(
            peer: try address(peer), forwardedFor: header)
        #expect(found?.ipAddress == client)
    }

    @Test("Neighbours share a bucket, others have their own")
    func prefixes() throws {
        let limiter = PrefixLimiter(limit: 1)
        #expect(limiter.admit(try address("203.0.113.1"), now: 0) == nil)
        #expect(limiter.admit(try address("203.0.113.200"), now: 1) == 599)
        #expect(limiter.admit(try address("::ffff:203.0.113.7"), now: 1) != nil)
        #expect(limiter.admit(try address("203.0.114.1"), now: 1) == nil)
        #expect(limiter.admit(try address("2001:db8:1:1::1"), now: 1) == nil)
        #expect(limiter.admit(try address("2001:db8:1:1ff::2"), now: 1) == nil)
        #expect(limiter.admit(try address("2001:db8:1:12::2"), now: 1) != nil)
        #expect(limiter.admit(try address("203.0.113.1"), now: 600) == nil)
    }
}

struct MarkupTests {
    @Test(
        "What is interpolated is escaped byte by byte",
        arguments: [
            ("<b>&'\"", "&lt;b&gt;&amp;&#39;&quot;"), ("\"\u{301}", "&quot;\u{301}"),
            ("<\u{200d}", "&lt;\u{200d}"),
        ])
    func escaping(text: String, escaped: String) {
        let html: HTML = "<i title=\"\(text)\">\(text)</i>"
        #expect(html.bytes == Array("<i title=\"\(escaped)\">\(escaped)</i>".utf8))
    }

    @Test(
        "Markdown never lets markup or script addresses through",
        arguments: [
            "<script>x</script>", "[x](javascript:alert(1))", "![x](data:text/html,x)",
            "<img src=x onerror=y>", "[x](JaVaScRiPt:y)", "<a href='javascript:x'>y</a>",
        ])
    func markdown(text: String) {
        let html = String(decoding: Markdown { _ in "" }.html(text).bytes, as: UTF8.self)
        #expect(!html.lowercased().contains("javascript") && !html.contains("<script"))
        #expect(!html.contains("onerror") && !html.contains("data:"))
    }

    @Test("A text is cut at its headings, with its claims and its turn")
    func sections() throws {
        let sections = Markdown { "<claim \($0)>" as HTML }.sections(
            "Lead {claim:a}\n\n## One *x*\n\nText\n\n> Turn {claim:b-1}\n\nMore\n\n## Two\n\nEnd")
        #expect(sections.map(\.heading) == [nil, "One x", "Two"])
        guard case .prose(let lead)? = sections[0].parts.first,
            case .turn(let turn) = sections[1].parts[1]
        else { return #expect(Bool(false)) }
        #expect(String(decoding: lead.bytes, as: UTF8.self).contains("<claim a>"))
        #expect(String(decoding: turn.bytes, as: UTF8.self) == "Turn <claim b-1>")
        #expect(sections[1].parts.count == 3)
    }
}
