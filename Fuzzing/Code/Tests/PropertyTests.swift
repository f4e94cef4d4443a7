import Authoring
import Domain
import Foundation
import Sealing
import Testing

@testable import Web

/// What holds for every value, tried with values that are drawn: the same ones in every run.
struct PropertyTests {
    private static let runs = 200

    @Test("A form says the same after its way through an address")
    func forms() throws {
        var random = Seeded(1)
        for _ in 0..<Self.runs {
            let fields = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                (name: "n" + random.text(10), value: random.text(60))
            }
            let body = fields.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }
                .joined(separator: "&")
            let read = try FormFields(body.utf8).all
            #expect(read.map { Array($0.name.utf8) } == fields.map { Array($0.name.utf8) })
            #expect(read.map { Array($0.value.utf8) } == fields.map { Array($0.value.utf8) })
            try checkForm(Array(body.utf8))
        }
    }

    @Test("Whatever a person writes passes to the keeper, or is refused with a reason")
    func signatures() throws {
        var random = Seeded(2)
        for _ in 0..<Self.runs {
            let body = [
                "name": random.text(200), "email": "a@b.example", "message": random.text(900),
            ]
            .map { "\($0)=\($1.percentEncoded)" }.joined(separator: "&")
            try checkForm(Array(body.utf8))
        }
    }

    @Test("An address of allowed signs is taken, and keeps its name in another case")
    func addresses() throws {
        var random = Seeded(3)
        let signs = Array("abcxyzABCXYZ0189!#$%&'*+-/=?^_`{|}~äЖßİıΣ漢")
        for _ in 0..<Self.runs {
            let atoms = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                String(
                    (0..<Int.random(in: 1...5, using: &random)).map { _ in
                        signs[Int.random(in: signs.indices, using: &random)]
                    })
            }
            let text = atoms.joined(separator: ".") + "@mail.example"
            _ = try EmailAddress(text)
            try checkAddress(Array(text.utf8))
        }
    }

    @Test("Every code, text form and link is read as it was written")
    func codes() throws {
        var random = Seeded(4)
        for count in 0..<Self.runs { try checkCode(random.bytes(count)) }
    }

    @Test("Random bytes open nothing, and no changed byte goes unnoticed")
    func sealed() throws {
        var random = Seeded(5)
        for _ in 0..<Self.runs / 2 {
            let bytes = random.bytes(Int.random(in: 0...1_600, using: &random))
            try checkTicket(bytes)
            try checkRecord(Array(bytes.prefix(3)))
        }
    }

    @Test("A ticket opens to what it was sealed from")
    func tickets() throws {
        var random = Seeded(6)
        let key = FormKey(random.bytes(32))
        for _ in 0..<Self.runs {
            let ticket = Ticket(
                secret: try #require(MailSecret(bytes: random.bytes(32))),
                action: try #require(ActionID(random.bytes(16))), tag: random.bytes(32),
                expires: Int.random(in: 0...Int.max, using: &random))
            #expect(try key.open(key.seal(ticket)) == ticket)
        }
    }

    @Test("Dates and days are read as they are written")
    func dates() throws {
        for year in [1, 9, 476, 999, 1000, 1582, 2000, 2017, 9999] {
            for text in ["", "-01", "-12", "-21", "-24", "-02-28", "-12-31"] {
                let padded =
                    String(repeating: "0", count: 4 - String(year).count) + "\(year)\(text)"
                #expect(PartialDate(padded)?.description == padded)
            }
        }
        for number in stride(from: -719_162, through: 2_932_896, by: 997) {
            let day = Day(number: number)
            #expect(Day(day.description) == day)
        }
    }

    @Test("A text in quotes comes out of action.yaml as it went in")
    func yamlTexts() throws {
        var random = Seeded(7)
        for _ in 0..<Self.runs / 4 {
            let text = "a" + random.text(40).singleLine
            // Marks are refused in a title, and what YAML cannot hold in any text.
            guard !text.contains("{"), !text.unicodeScalars.contains(where: isUnwritable) else {
                continue
            }
            let quoted = text.unicodeScalars.map { $0 == "'" ? "''" : String($0) }.joined()
            let action = rightAction.replacingOccurrences(of: "A report", with: "'\(quoted)'")
            let content = try parseAction(
                slug: "sample-1",
                files: [
                    ActionFile(path: "action.yaml", bytes: Array(action.utf8)),
                    ActionFile(path: "en.md", bytes: Array(rightTranslation.utf8)),
                ])
            #expect(content.sources.map(\.title) == [text.trimmed])
        }
    }

    private func isUnwritable(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control || scalar.value & 0xfffe == 0xfffe
            || (0x2028...0x2029).contains(scalar.value)
    }

    @Test(
        "The largest file there may be is answered, whatever it is full of",
        arguments: [
            "a{claim:taken}", "{claim:unknown}\n", "{claim:", "[a](b)", "[", "`a`", "\\", "&",
            "*a ", "\u{1}\n",
            "[a]: b\n",
        ])
    func largest(filling: String) throws {
        try checkTranslation(Array(translation(body: filled(with: filling)).utf8))
    }

    @Test(
        "So is the largest action.yaml",
        arguments: [
            ("events:\n  - {date: 2017, source: report, text: \"", "{claim:unknown} "),
            ("a: [", "["),
            ("a: ", "{a: "), ("goals: [10", ", 10"), ("a:\n", "- a\n"), ("? ", "? "),
            ("a: &a [a]\nb: [*a", ", *a"),
        ])
    func largestYAML(start: String, filling: String) throws {
        try checkYAML(Array((rightAction + start + filled(with: filling)).utf8))
    }

    /// A little less than a file may have.
    private func filled(with part: String) -> String {
        String(repeating: part, count: 250_000 / part.utf8.count)
    }

    @Test("Two different folders never have the same bytes")
    func versions() {
        var random = Seeded(8)
        var seen: [[UInt8]: Set<ActionFile>] = [:]
        for _ in 0..<Self.runs {
            let names = ["a", "ab", "b"].filter { _ in Bool.random(using: &random) }
            let files = names.map {
                ActionFile(path: $0, bytes: random.bytes(Int.random(in: 0...1, using: &random)))
            }
            let bytes = versionBytes(of: files.shuffled(using: &random))
            #expect(seen[bytes, default: Set(files)] == Set(files))
            seen[bytes] = Set(files)
        }
    }

    @Test("Escaped text comes out of Markdown as text")
    func escapedMarkdown() throws {
        var random = Seeded(9)
        let markdown = Markdown(claim: { _ in .none })
        for _ in 0..<Self.runs {
            let text = "a" + random.text(60)
            let escaped = String(
                text.unicodeScalars.flatMap { scalar in
                    scalar.isASCII && (scalar.properties.isPatternSyntax || scalar == "_")
                        ? ["\\", scalar] : [scalar]
                }.reduce(into: String.UnicodeScalarView()) { $0.append($1) })
            let html = String(decoding: markdown.html(escaped).bytes, as: UTF8.self)
            #expect(!html.contains("<a ") && !html.contains("<em>") && !html.contains("<img"))
            try checkMarkup(Array(html.utf8), allowed: .prose)
        }
    }
}
