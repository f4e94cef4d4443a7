import Domain
import Foundation

/// What stands below the front matter, each part trimmed.
struct MarkdownParts {
    var body = ""
    var letter = ""
    /// The letter to the people at risk; nil if there is none.
    var solidarity: String?
}

/// The parts that stand below the line with index `end`.
func readMarkdown(_ file: FileText, below end: Int) -> MarkdownParts {
    let start = end + 1
    for index in file.lines.indices.dropFirst(start) {
        if let message = problem(in: file.lines[index], below: file.lines[index - 1]) {
            file.problem(index + 1, message)
        }
        readPicture(file, index)
        file.cite(file.lines[index], from: index + 1)
    }
    let heads = file.lines.indices.dropFirst(start).filter { partLines.contains(file.lines[$0]) }
    let body = file.lines[start..<(heads.first ?? file.lines.endIndex)]
    if body.allSatisfy(\.trimmed.isEmpty) {
        file.problem(start, "has no text below the front matter; tell there what happened")
    }
    checkQuotes(in: body, file)
    var parts = MarkdownParts(body: body.joined(separator: "\n").trimmed)
    var seen: Set<String> = []
    for (place, head) in heads.enumerated() {
        let last = place + 1 < heads.count ? heads[place + 1] : file.lines.endIndex
        let text = readLetter(file, head, file.lines[(head + 1)..<last])
        if !seen.insert(file.lines[head]).inserted {
            file.problem(head + 1, "is a second letter; keep one")
        }
        if file.lines[head] == letterLine { parts.letter = text } else { parts.solidarity = text }
    }
    if !seen.contains(letterLine) {
        file.problem(
            file.lines.count, "has no model letter; add a line \"\(letterLine)\" and the letter")
    }
    return parts
}

private func readLetter(_ file: FileText, _ head: Int, _ lines: ArraySlice<String>) -> String {
    if let index = lines.indices.first(where: { pictureStart(in: file.lines[$0]) }) {
        file.problem(index + 1, "has a picture in the letter; a letter is text only: remove it")
    }
    if lines.allSatisfy(\.trimmed.isEmpty) {
        file.problem(head + 1, "has an empty letter; write it below this line")
    }
    return lines.joined(separator: "\n").trimmed
}

private let letterLine = "# letter"
private let partLines = [letterLine, "# solidarity"]

/// What is wrong with one line of Markdown by itself and what to write in its place.
private func problem(in line: String, below previous: String) -> String? {
    if matches(line, " {0,3}#([ \\t].*)?"), !partLines.contains(line) {
        return "is a heading of the first level, which the title is; write \"## \" for a section "
            + "and exactly \"\(letterLine)\" above the letter"
    }
    if matches(line, " {0,3}(=+|-+)[ \\t]*"), !previous.trimmed.isEmpty, previous != "---" {
        return "makes the line above a heading; write \"## \" in front of it, or leave an empty "
            + "line between"
    }
    if line.range(of: "<[^\\s<>]*`[^\\s<>]*>", options: .regularExpression) != nil {
        return
            "has a \"`\" within \"<\" and \">\", which can be read in two ways; write \"%60\" in "
            + "an address"
    }
    if line.range(of: "(?<!\\\\)(\\\\\\\\)*\\]:", options: .regularExpression) != nil {
        return "has \"]:\", which names an address for links elsewhere; write [words](address), or "
            + "\"]\\:\" where no link is meant"
    }
    guard let text = withoutCode(line) else {
        return "has a \"`\" without a second one; close it on the same line or write \"\\`\""
    }
    if text.range(of: "<(?!https?://|mailto:)[A-Za-z/!?]", options: .regularExpression) != nil {
        return "has HTML, which is never accepted; use Markdown, or write \"\\<\" for the sign"
    }
    return nil
}

/// `line` with a space for each code span and each escaped sign; nil if a span stays open.
///
/// Goes by scalars, as Markdown does: a sign that carries a combining mark is still that sign.
func withoutCode(_ line: String) -> String? {
    var text = String.UnicodeScalarView()
    var rest = line.unicodeScalars[...]
    while let sign = rest.first {
        if sign == "`" {
            let ticks = rest.prefix { $0 == "`" }
            rest = rest.dropFirst(ticks.count)
            guard let end = endOfCode(rest, ticks.count) else { return nil }
            rest = rest[end...]
            text.append(" ")
        } else if sign == "\\" {
            rest = rest.dropFirst(2)
            text.append(" ")
        } else {
            rest = rest.dropFirst()
            text.append(sign)
        }
    }
    return String(text)
}

/// Where the text goes on after a run of exactly `count` backticks.
private func endOfCode(_ text: Substring.UnicodeScalarView, _ count: Int) -> String.Index? {
    var rest = text
    while let tick = rest.firstIndex(of: "`") {
        let ticks = rest[tick...].prefix { $0 == "`" }
        if ticks.count == count { return ticks.endIndex }
        rest = rest[ticks.endIndex...]
    }
    return nil
}

/// A block quote is printed as the one sentence on which the story turns.
private func checkQuotes(in body: ArraySlice<String>, _ file: FileText) {
    let isQuote = { (index: Int) in matches(file.lines[index], " {0,3}>.*") }
    let starts = body.indices.filter {
        isQuote($0) && ($0 == body.startIndex || !isQuote($0 - 1))
    }
    for start in starts.dropFirst() {
        file.problem(
            start + 1,
            "is a second quotation; only one sentence (\">\") is printed large: make this a "
                + "paragraph")
    }
}
