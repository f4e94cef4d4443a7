import Domain
import Foundation

/// A logo as markup that may stand in a page: shapes in the colour of the text, and nothing else.
///
/// The allowed elements and attributes are written anew one by one, so that nothing of the file
/// that is not in the lists below reaches a page. Nil only after a problem.
func readLogo(_ file: FileText) -> String? {
    var reader = LogoReader(file: file)
    return reader.read()
}

private let shapes: Set = [
    "g", "path", "circle", "ellipse", "rect", "line", "polygon", "polyline",
]

private let attributes: Set = [
    "d", "cx", "cy", "r", "rx", "ry", "x", "y", "x1", "y1", "x2", "y2", "width", "height",
    "points", "fill", "fill-rule", "clip-rule", "fill-opacity", "opacity", "stroke",
    "stroke-width", "stroke-linecap", "stroke-linejoin", "transform",
]

private struct LogoReader {
    let file: FileText
    private var open: [String] = []
    private var markup = ""
    private var hasProblem = false

    init(file: FileText) { self.file = file }

    mutating func read() -> String? {
        let text = file.lines.joined(separator: "\n")
        if text.utf8.count > 8_192 {
            problem(1, "is larger than 8 KiB; simplify the paths, it is shown 26 pixels high")
            return nil
        }
        var rest = withoutProlog(text)
        while let start = rest.firstIndex(of: "<"), !hasProblem {
            let line = text[..<start].count { $0 == "\n" } + 1
            if !rest[..<start].allSatisfy(\.isWhitespace) {
                problem(line, "holds text; turn it into paths")
            }
            guard let end = rest[start...].firstIndex(of: ">") else {
                problem(line, "has a \"<\" without \">\"; export the file again")
                break
            }
            tag(rest[rest.index(after: start)..<end], line)
            rest = rest[rest.index(after: end)...]
        }
        if !hasProblem, !open.isEmpty || markup.isEmpty {
            problem(1, "is not one <svg> element; export the file again as plain SVG")
        }
        return hasProblem ? nil : markup
    }

    /// What follows an XML declaration and the comments before the picture.
    private func withoutProlog(_ text: String) -> Substring {
        text.range(of: "<svg").map { text[$0.lowerBound...] } ?? text[...]
    }

    private mutating func tag(_ tag: Substring, _ line: Int) {
        if tag.hasPrefix("/") {
            let name = tag.dropFirst().trimmed
            guard open.popLast() == name else {
                return problem(line, "closes \(quoted(name)) where it is not open")
            }
            markup += "</\(name)>"
            return
        }
        let isEmpty = tag.hasSuffix("/")
        let inside = isEmpty ? tag.dropLast() : tag
        let name = String(inside.prefix { !$0.isWhitespace })
        let isRoot = name == "svg" && open.isEmpty && markup.isEmpty
        guard isRoot || (shapes.contains(name) && !open.isEmpty) else {
            let allowed = shapes.sorted().joined(separator: ", ")
            return problem(
                line, "has <\(name.prefix(20))>, which is not taken; draw with \(allowed) only")
        }
        guard let pairs = pairs(inside.dropFirst(name.count), line) else { return }
        markup += isRoot ? root(pairs, line) : "<\(name)" + shape(pairs, line)
        markup += isEmpty ? "/>" : ">"
        if !isEmpty { open.append(name) }
    }

    /// `name="value"` pairs; nil after a problem.
    private mutating func pairs(_ text: Substring, _ line: Int) -> [(String, String)]? {
        var pairs: [(String, String)] = []
        var rest = text.drop(while: \.isWhitespace)
        while !rest.isEmpty {
            guard
                let match = rest.range(
                    of: "^[A-Za-z:-]+[A-Za-z0-9:-]*=\"[^\"<>]*\"\\s*", options: .regularExpression),
                let equals = rest.firstIndex(of: "=")
            else {
                problem(line, "has an attribute that cannot be read; write name=\"value\"")
                return nil
            }
            let value = rest[rest.index(after: equals)..<match.upperBound].trimmed
            pairs.append((String(rest[..<equals]), String(value.dropFirst().dropLast())))
            rest = rest[match.upperBound...]
        }
        return pairs
    }

    private mutating func root(_ pairs: [(String, String)], _ line: Int) -> String {
        let box = pairs.first { $0.0 == "viewBox" }?.1 ?? ""
        let numbers = box.split(whereSeparator: { " ,".contains($0) }).compactMap { Double($0) }
        guard numbers.count == 4, numbers[2] > 0, numbers[3] > 0,
            numbers.allSatisfy({ abs($0) <= 1_000_000 }),
            numbers[2] <= numbers[3] * 12
        else {
            problem(
                line,
                "needs a viewBox of four numbers below a million, at most twelve times as wide as high"
            )
            return ""
        }
        let width = max(1, Int((26 * numbers[2] / numbers[3]).rounded()))
        let sizes = numbers.map { "\($0)" }.joined(separator: " ")
        return """
            <svg width="\(width)" height="26" viewBox="\(sizes)" fill="currentColor" \
            aria-hidden="true"
            """
    }

    private mutating func shape(_ pairs: [(String, String)], _ line: Int) -> String {
        var text = ""
        for (name, value) in pairs {
            guard attributes.contains(name) else {
                problem(line, "has \(quoted(name)), which is not taken; remove it")
                continue
            }
            let isPaint = name == "fill" || name == "stroke"
            guard isPaint ? ["currentColor", "none"].contains(value) : isHarmless(value) else {
                problem(
                    line,
                    isPaint
                        ? "has a \(name) of its own; write currentColor, so that it is seen on dark "
                            + "paper too"
                        : "has a value of \(quoted(name)) that is not taken; keep numbers and words"
                )
                continue
            }
            text += " \(name)=\"\(value)\""
        }
        return text
    }

    private func isHarmless(_ value: String) -> Bool {
        matches(value, "[A-Za-z0-9 .,()+\\n\\t-]*") && !value.lowercased().contains("url")
    }

    private mutating func problem(_ line: Int, _ message: String) {
        file.problem(line, message)
        hasProblem = true
    }
}
