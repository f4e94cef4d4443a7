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

    @Test("Whatever is written, there is a page or a reason")
    func anything() throws {
        var random = Seeded(state: 7)
        var printed = 0
        for _ in 0..<150 {
            var letter = Samples.letter(["en", "ar"].randomElement(using: &random) ?? "en")
            letter.sender = [random.text(60), random.text(80)]
            letter.recipient = [random.text(30), random.text(30)]
            letter.subject = random.text(40)
            letter.paragraphs = (0..<4).map { _ in random.text(300) }
            (letter.signature, letter.date) = (random.text(40), random.text(20))
            (letter.language, letter.link) = (random.text(6), "https://" + random.text(60))
            do throws(PressProblem) {
                #expect(pages(of: try letter.pdf()) == 1)
                printed += 1
            } catch {
                #expect(error != .noMemory)
            }
        }
        #expect(printed > 20)
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

/// The same numbers every time: SplitMix64.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Letters of many scripts, marks that stand on others or turn the text, controls, no letters.
    mutating func text(_ most: Int) -> String {
        let blocks: [ClosedRange<UInt32>] = [
            0x20...0x7e, 0x20...0x7e, 0xa0...0x17f, 0x400...0x45f, 0x621...0x64a, 0x5d0...0x5ea,
            0x4e00...0x4fff, 0x300...0x36f, 0x200b...0x200f, 0x202a...0x202e, 0x2066...0x2069,
            0x0...0x1f,
        ]
        let strange: [ClosedRange<UInt32>] = [0xe000...0xf8ff, 0xfff0...0xffff, 0xe0000...0xe007f]
        let isStrange = Int.random(in: 0..<40, using: &self) == 0
        let chosen = isStrange ? blocks + strange : blocks
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...most, using: &self) {
            let block = chosen.randomElement(using: &self) ?? 0x20...0x7e
            let value = UInt32.random(in: block, using: &self)
            if let scalar = Unicode.Scalar(value) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}

/// As the file's page tree says.
func pages(of pdf: [UInt8]) -> Int? {
    let text = String(decoding: pdf, as: Unicode.ASCII.self)
    return text.firstMatch(of: #/\/Count ([0-9]+)/#).flatMap { Int($0.1) }
}
