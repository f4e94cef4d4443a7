import Domain

/// The elements that may stand in a piece of markup, each with its attributes.
struct AllowedMarkup {
    let elements: [String: Set<String>]
    /// Those without a closing tag.
    let void: Set<String>
    /// What the Markdown library leaves in the place of HTML.
    let comment: String?

    static let prose = AllowedMarkup(
        elements: [
            "p": [], "h1": [], "h2": [], "h3": [], "h4": [], "h5": [], "h6": [], "em": [],
            "strong": [], "blockquote": [], "ul": [], "ol": ["start"], "li": [], "hr": [],
            "br": [], "pre": [], "code": ["class"], "a": ["href", "title", "class"], "sup": [],
            "img": ["src", "alt"], "figure": [], "figcaption": [],
        ], void: ["hr", "br", "img"], comment: "<!-- raw HTML omitted -->")

    static let logo: AllowedMarkup = {
        let drawn: Set = [
            "d", "cx", "cy", "r", "rx", "ry", "x", "y", "x1", "y1", "x2", "y2", "width", "height",
            "points", "fill", "fill-rule", "clip-rule", "fill-opacity", "opacity", "stroke",
            "stroke-width", "stroke-linecap", "stroke-linejoin", "transform",
        ]
        let shapes = ["g", "path", "circle", "ellipse", "rect", "line", "polygon", "polyline"]
        var elements = Dictionary(uniqueKeysWithValues: shapes.map { ($0, drawn) })
        elements["svg"] = ["width", "height", "viewBox", "fill", "aria-hidden"]
        return AllowedMarkup(elements: elements, void: [], comment: nil)
    }()
}

/// Reads markup as strictly as can be, sharing no code with what printed it: every sign that means
/// something in HTML must be part of an allowed tag.
func checkMarkup(_ bytes: [UInt8], allowed: AllowedMarkup) throws {
    var reader = MarkupReader(rest: bytes[...], allowed: allowed)
    do {
        try reader.read()
    } catch let error as BrokenProperty {
        throw BrokenProperty(
            description: "\(error) in \(String(decoding: bytes, as: UTF8.self).debugDescription)")
    }
}

private struct MarkupReader {
    var rest: ArraySlice<UInt8>
    let allowed: AllowedMarkup
    private var open: [String] = []

    init(rest: ArraySlice<UInt8>, allowed: AllowedMarkup) {
        self.rest = rest
        self.allowed = allowed
    }

    mutating func read() throws {
        while let byte = rest.first {
            if let comment = allowed.comment, rest.starts(with: comment.utf8) {
                rest = rest.dropFirst(comment.utf8.count)
            } else if byte == UInt8(ascii: "<") {
                try tag()
            } else {
                try require(byte != UInt8(ascii: ">"), "no > stands in a text")
                rest = rest.dropFirst()
            }
        }
        try require(open.isEmpty, "every element is closed")
    }

    private mutating func tag() throws {
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "/") {
            rest = rest.dropFirst()
            let name = word()
            try require(open.popLast() == name, "</\(name)> closes what is open")
            return try expect(">")
        }
        let name = word()
        guard let attributes = allowed.elements[name] else {
            throw BrokenProperty(description: "<\(name)> is an allowed element")
        }
        while rest.first == 0x20 {
            rest = rest.dropFirst()
            // <hr />
            if rest.first == UInt8(ascii: "/") { break }
            try attribute(of: name, among: attributes)
        }
        if rest.first == UInt8(ascii: "/") {
            rest = rest.dropFirst()
        } else if !allowed.void.contains(name) {
            open.append(name)
        }
        try expect(">")
    }

    private mutating func attribute(of element: String, among names: Set<String>) throws {
        let name = word()
        // The alternative text and title of a picture that was not placed are text.
        let isAllowed = names.contains(name) || (element == "img" && name == "title")
        try require(isAllowed, "<\(element)> has no attribute \(name.debugDescription)")
        try expect("=\"")
        let value = rest.prefix { $0 != UInt8(ascii: "\"") }
        rest = rest.dropFirst(value.count)
        try expect("\"")
        try require(!value.contains(UInt8(ascii: "<")), "no < stands in a value")
        if name == "href" || name == "src" { try checkAddress(value) }
    }

    /// A browser takes no notice of spaces and controls in front, nor of tabs and ends of lines.
    private func checkAddress(_ value: ArraySlice<UInt8>) throws {
        let address = String(
            decoding: value.filter { $0 > 0x20 }, as: UTF8.self
        ).lowercased()
        for scheme in ["javascript:", "vbscript:", "data:", "file:"] {
            let isPicture = address.hasPrefix("data:image/")
            try require(
                !address.hasPrefix(scheme) || isPicture, "no address runs or reads anything")
        }
        // Of the references, only those that stand for no letter, digit or colon.
        for part in address.split(separator: "&", omittingEmptySubsequences: false).dropFirst() {
            let isPlain = ["amp;", "lt;", "gt;", "quot;", "#39;", "#x27;"].contains(
                where: part.hasPrefix)
            try require(isPlain, "no address hides a sign")
        }
    }

    private mutating func word() -> String {
        let word = rest.prefix {
            (0x61...0x7a).contains($0) || (0x41...0x5a).contains($0)
                || (0x30...0x39).contains($0) || $0 == 0x2d
        }
        rest = rest.dropFirst(word.count)
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func expect(_ text: String) throws {
        try require(rest.starts(with: text.utf8), "\(text) comes next")
        rest = rest.dropFirst(text.utf8.count)
    }
}
