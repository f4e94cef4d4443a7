import Domain
import Foundation

/// What is gathered while one folder is read.
final class Reading {
    /// The languages of the folder, the one that others fall back to first.
    let languages: [String]
    /// Citations are checked at the end, when all claims are known.
    private(set) var citations: [Citation] = []
    /// Pictures that the texts show.
    private(set) var pictures: [Shown] = []
    private var problems: [ImportProblem] = []

    struct Shown {
        let picture: String
        let file: String
        let line: Int
    }

    struct Citation {
        let claim: String
        let file: String
        let line: Int
    }

    init(languages: [String] = []) { self.languages = languages }

    func problem(_ file: String, _ line: Int?, _ message: String) {
        problems.append(ImportProblem(file: file, line: line, message: message))
    }

    func cite(_ claim: String, _ file: String, _ line: Int) {
        citations.append(Citation(claim: claim, file: file, line: line))
    }

    func show(_ picture: String, _ file: String, _ line: Int) {
        pictures.append(Shown(picture: picture, file: file, line: line))
    }

    /// Throws all problems found so far, if there are any.
    func finish() throws(ImportProblems) {
        if !problems.isEmpty { throw ImportProblems(problems) }
    }
}

/// One file as lines of text, with the place where its problems go.
struct FileText {
    let path: String
    let lines: [String]
    let reading: Reading

    /// Nil, with a problem, unless `bytes` are UTF-8 text that can be shown as it stands.
    init?(path: String, bytes: [UInt8], _ reading: Reading) {
        self.path = path
        self.reading = reading
        if bytes.count > ActionFolder.mostBytes {
            reading.problem(path, nil, "is larger than 256 KiB; shorten it")
            return nil
        }
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
            reading.problem(path, 1, "begins with a byte order mark; save it as UTF-8 without BOM")
            return nil
        }
        var lines: [String] = []
        var isClean = true
        for (index, line) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = line.last == 0x0d ? line.dropLast() : line
            let text = String(validating: line, as: UTF8.self)
            if let message = Self.problem(in: text) {
                reading.problem(path, index + 1, message)
                isClean = false
            }
            lines.append(text ?? "")
        }
        guard isClean else { return nil }
        // What follows the last line's end is no line.
        if lines.last == "" { lines.removeLast() }
        self.lines = lines
    }

    private static func problem(in line: String?) -> String? {
        guard let line else { return "is not UTF-8; save the file in UTF-8" }
        let isControl = { (scalar: Unicode.Scalar) in
            scalar != "\t"
                && [.control, .lineSeparator, .paragraphSeparator]
                    .contains(scalar.properties.generalCategory)
        }
        guard let scalar = line.unicodeScalars.first(where: isControl) else { return nil }
        let code = String(scalar.value, radix: 16, uppercase: true)
        return "holds a character that cannot be shown (code \(code)); delete it"
    }

    func problem(_ line: Int, _ message: String) { reading.problem(path, line, message) }

    /// Notes the claims that `text` cites and reports broken marks; `text` stands at `line` or
    /// in the lines below, if it runs over several.
    func cite(_ text: String, from line: Int) {
        for piece in text.claimPieces {
            switch piece {
            case .claim(let id):
                reading.cite(id, path, self.line(of: "{claim:\(id)}", from: line))
            case .text(let plain):
                guard let mark = firstMark(in: plain) else { continue }
                let message =
                    "the mark \(quoted(mark)) is broken; write {claim:id}, without "
                    + "spaces, with the id of a claim (a-z, 0-9 and -)"
                problem(self.line(of: mark, from: line), message)
            }
        }
    }

    /// Reports a mark in a text that is printed as it stands.
    func refuseMarks(in text: String, _ line: Int) {
        guard let mark = firstMark(in: text) else { return }
        problem(
            self.line(of: mark, from: line),
            "\(quoted(mark)) cannot be printed here; a claim can be cited in summary, brief, "
                + "body, letter, events and outcome: write the figure out or leave it away")
    }

    private func line(of mark: String, from line: Int) -> Int {
        let below = lines.dropFirst(line - 1)
        return below.firstIndex { $0.contains(mark) }.map { $0 + 1 } ?? line
    }
}

/// The first thing in `text` that is or was meant to be a citation, up to its brace.
private func firstMark(in text: String) -> String? {
    let start = text.range(of: "\\{\\s*claim", options: [.regularExpression, .caseInsensitive])
    guard let start else { return nil }
    let rest = text[start.upperBound...].prefix(30)
    let end = rest.firstIndex(of: "}").map { rest[...$0] } ?? rest.prefix { $0 != " " }
    return String(text[start]) + end
}

/// `text` between quotation marks, cut if it is long: messages stay one line.
func quoted(_ text: some StringProtocol) -> String {
    text.count > 40 ? "\"\(text.prefix(40))...\"" : "\"\(text)\""
}
