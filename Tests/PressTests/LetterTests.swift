import Domain
import Foundation
import Press
import Testing

@Suite("A letter on one page")
struct LetterTests {
    @Test(
        "In every language, on every paper, for every window, with a warning and without: one page")
    func onePage() throws {
        for (language, _, _, _) in Samples.words {
            for (paper, window) in [(Paper.a4, Window.din5008B), (.a4, .uk), (.usLetter, .us)] {
                for warning in [nil, "Please do not send this letter any more."] {
                    let letter = Samples.letter(
                        language, paper: paper, window: window, warning: warning)
                    #expect(pages(of: try letter.pdf()) == 1)
                }
            }
        }
    }

    @Test("The same letter is the same file, and no file says when or where it was made")
    func sameBytes() throws {
        let first = try Samples.letter("ar").pdf()
        #expect(try Samples.letter("ar").pdf() == first)
        let text = String(decoding: first, as: Unicode.ASCII.self)
        #expect(!text.contains("Date"))
        #expect(text.contains("/Lang (ar)") && text.contains("/Direction /R2L"))
    }

    @Test(
        "2,000 bytes of own words fit beside the model's, in letters of one and of two bytes",
        arguments: [("en", "It has moved me for years. "), ("ru", "Это волнует меня годами. ")])
    func ownWords(language: String, sentence: String) throws {
        let words = String(repeating: sentence, count: 2_000 / sentence.utf8.count)
        var letter = Samples.letter(language, adding: [words])
        letter.recipient[0] = "President of the Republic of Azerbaijan, Chairperson of the Council"
        #expect(pages(of: try letter.pdf()) == 1)
    }

    @Test("A letter is printed up to its last line, and one that is longer is told by how many")
    func bothSides() throws {
        func letter(lines: Int) -> LetterSheet {
            let line = Array(repeating: "line", count: lines).joined(separator: "\n")
            return Samples.letter(adding: [line])
        }
        let most = try #require((1...60).last { try letter(lines: $0).excess() == 0 })
        #expect(most > 15)
        #expect(pages(of: try letter(lines: most).pdf()) == 1)
        #expect(throws: PressProblem.tooLong(by: 1)) { try letter(lines: most + 1).pdf() }
        #expect(throws: PressProblem.tooLong(by: 5)) { try letter(lines: most + 5).pdf() }
        #expect(try letter(lines: most + 5).excess() == 5)
    }

    @Test("An address that the window does not show whole is refused")
    func longAddress() throws {
        for window in [Window.din5008B, .uk, .us] {
            var letter = Samples.letter(window: window)
            letter.recipient = (1...6).map { "Line \($0) of an address" }
            #expect(pages(of: try letter.pdf()) == 1)
            letter.recipient = (1...14).map { "Line \($0) of an address" }
            #expect(throws: PressProblem.self) { try letter.pdf() }
        }
    }

    @Test("Words without letters here are named, each once, and nothing is printed")
    func missing() throws {
        var letter = Samples.letter(adding: ["one \u{f0000}two three\u{f0001} \u{f0000}two"])
        letter.subject = "Release \u{10fffd}"
        #expect(
            throws: PressProblem.missingGlyphs(["\u{10fffd}", "\u{f0000}two", "three\u{f0001}"])
        ) { try letter.pdf() }
    }

    @Test("Markup, control characters and marks that turn the text around do no harm")
    func hostile() throws {
        let words = "<b>&amp;</span>\u{0}\u{7}\u{1b}[31m \u{202e}esrever\u{feff} 'uri' %s \\"
        var letter = Samples.letter(adding: [words])
        letter.link = "https://rights.example/'rect=[0 0 1 1]\\\u{7}ä"
        letter.sender = [words, words]
        letter.recipient = [words]
        #expect(pages(of: try letter.pdf()) == 1)
        let text = String(decoding: try letter.pdf(), as: Unicode.ASCII.self)
        #expect(text.contains("https://rights.example/%27rect=[0%200%201%201]%5C%07%C3%A4"))
        letter.link = "javascript:alert(1)"
        #expect(!String(decoding: try letter.pdf(), as: Unicode.ASCII.self).contains("javascript"))
    }

    @Test("A letter with nothing in it is a page")
    func empty() throws {
        let letter = LetterSheet(
            paper: .a4, window: .din5008B, sender: [], recipient: [], date: "", subject: "",
            paragraphs: [], signature: "", language: "", direction: .ltr, address: "", link: "")
        #expect(pages(of: try letter.pdf()) == 1)
    }

    @Test("Paper and window are those of the sender's country")
    func countries() {
        #expect(
            ["US", "CA", "MX", "PH", "CL", "CO", "VE"].allSatisfy {
                Paper(country: $0) == .usLetter
            })
        #expect(["DE", "AZ", "GB", "IN", nil].allSatisfy { Paper(country: $0) == .a4 })
        #expect(Window(country: "GB") == .uk && Window(country: "CA") == .us)
        #expect(Window(country: "AZ") == .din5008B && Window(country: nil) == .din5008B)
    }

    @Test("A name keeps its direction to itself")
    func isolation() {
        #expect(isolated("עלי") == "\u{2068}עלי\u{2069}")
        #expect(isolated("\u{2069}\u{202e}A\u{0}li\u{2066}") == "\u{2068}Ali\u{2069}")
    }
}

/// As the file's page tree says.
func pages(of pdf: [UInt8]) -> Int? {
    let text = String(decoding: pdf, as: Unicode.ASCII.self)
    return text.firstMatch(of: #/\/Count ([0-9]+)/#).flatMap { Int($0.1) }
}
