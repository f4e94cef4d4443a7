import Domain
import Testing

@testable import Web

struct MarkdownTests {
    private func html(_ text: String) -> String {
        let markdown = Markdown(
            claim: { "<i>\($0)</i>" }, picture: { "<figure>\($0.path), \($0.shows)</figure>" })
        return String(decoding: markdown.html(text).bytes, as: UTF8.self)
    }

    @Test("A picture that stands alone takes the place of its paragraph")
    func alone() {
        #expect(html("a\n\n![one](b)\n") == "<p>a</p>\n<figure>b, one</figure>\n")
    }

    @Test(
        "Of a picture that does not stand alone there is left what it shows",
        arguments: [
            ("![one](a) ![two](b)", "<p>one two</p>\n"),
            ("![one](a)\n![two](b)", "<p>one\ntwo</p>\n"),
            ("![one ![two](b)](a) x", "<p>one two x</p>\n"),
            ("# ![one](a)", "<h1>one</h1>\n"),
            ("[![one](a)](b)", "<p><a href=\"b\">one</a></p>\n"),
            ("![\u{301}one](a) ![2 < 3](b)", "<p>\u{301}one 2 &lt; 3</p>\n"),
        ])
    func notAlone(text: String, printed: String) { #expect(html(text) == printed) }
}
