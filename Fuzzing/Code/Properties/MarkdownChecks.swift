import Authoring
import Domain

@testable import Web

/// Any text as Markdown; and as the body of an action, which the import takes or refuses.
@Sendable func checkMarkdown(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    let joined = text.claimPieces.map { piece in
        switch piece {
        case .text(let text): text
        case .claim(let id): "{claim:\(id)}"
        }
    }.joined()
    try requireSameBytes(joined, text, "the pieces of a text make the text")
    _ = try printed(text)
    try checkImport([
        ActionFile(path: "action.yaml", bytes: Array(rightAction.utf8)),
        ActionFile(path: "en.md", bytes: Array(translation(body: text).utf8)),
    ])
}

/// What an import has taken prints in proportion, whatever it refers to.
func checkTaken(_ text: String) throws {
    let size = try printed(text)
    try require(
        size <= 1_024 + 64 * text.utf8.count,
        "a page is in proportion to its text: \(size) of \(text.utf8.count) bytes")
}

/// Prints it in both ways, checks the markup, and returns the size of the longer one.
private func printed(_ text: String) throws -> Int {
    let markdown = Markdown(
        claim: { "<a class=\"claim\" href=\"#says-1\">\($0)<sup>1</sup></a>" },
        picture: {
            "<figure><img src=\"/\($0.path)\" alt=\"\($0.shows)\"><figcaption>\($0.caption)</figcaption></figure>"
        })
    let whole = markdown.html(text).bytes
    try checkMarkup(whole, allowed: .prose)
    var size = 0
    for section in markdown.sections(text) {
        size += section.heading?.utf8.count ?? 0
        for part in section.parts {
            switch part {
            case .prose(let html), .turn(let html):
                size += html.bytes.count
                try checkMarkup(html.bytes, allowed: .prose)
            }
        }
    }
    return max(size, whole.count)
}
