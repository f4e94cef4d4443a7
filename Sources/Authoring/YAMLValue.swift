import Domain
import Yams

/// YAML with the line of everything; a scalar is its text, nothing is guessed from it.
struct YAMLValue {
    let line: Int
    let content: Content

    enum Content {
        /// Trimmed, one line.
        case text(String)
        case list([YAMLValue])
        case mapping([Entry])
        /// Had a problem that has been reported.
        case broken
    }

    struct Entry {
        let key: String
        let line: Int
        let value: YAMLValue
    }

    /// For messages.
    var kind: String {
        switch content {
        case .text: "a text"
        case .list: "a list"
        case .mapping: "keys with values"
        case .broken: "something broken"
        }
    }
}

extension FileText {
    /// `lines` read as one YAML document; nil, with a problem, if they are none.
    ///
    /// Yams resolves aliases before anybody can count what they expand to. So the signs that
    /// would define one are masked while it reads: an alias is then always undefined.
    func yaml(_ lines: [String]) -> YAMLValue? {
        let text = lines.joined(separator: "\n") + "\n"
        guard let mask = YAMLMask(for: text) else {
            problem(1, "holds too many private-use characters; delete them")
            return nil
        }
        do {
            guard let root = try compose(yaml: mask.hide(text)) else {
                problem(1, "holds no YAML; add the keys that are wanted here")
                return nil
            }
            return value(root, depth: 0, mask)
        } catch let error as YamlError {
            report(error)
        } catch {
            problem(1, "is not YAML: \(error); correct it")
        }
        return nil
    }

    private func value(_ node: Node, depth: Int, _ mask: YAMLMask) -> YAMLValue {
        let line = node.mark?.line ?? 1
        return YAMLValue(line: line, content: content(node, line, depth: depth, mask))
    }

    private func content(
        _ node: Node, _ line: Int, depth: Int, _ mask: YAMLMask
    ) -> YAMLValue.Content {
        if depth >= 8 {
            problem(line, "is nested too deep; nothing in this file has so many levels")
            return .broken
        }
        if ![.implicit, .nonSpecific, .str].contains(node.writtenTag) {
            problem(line, "has a YAML tag (\"!\"); remove it, every value is read as text")
            return .broken
        }
        switch node {
        case .scalar(let scalar):
            return text(scalar, line, mask).map { .text($0) } ?? .broken
        case .sequence(let sequence):
            return .list(sequence.map { value($0, depth: depth + 1, mask) })
        case .mapping(let mapping):
            let entries = mapping.compactMap { entry($0.key, $0.value, depth: depth + 1, mask) }
            refuseRepetitions(in: entries)
            return .mapping(entries)
        case .alias:
            problem(line, aliasMessage)
            return .broken
        }
    }

    private func entry(
        _ key: Node, _ node: Node, depth: Int, _ mask: YAMLMask
    ) -> YAMLValue.Entry? {
        let line = key.mark?.line ?? 1
        guard case .scalar(let scalar) = key else {
            problem(line, "has a list as a key; a key is one word and a colon")
            return nil
        }
        return text(scalar, line, mask).map {
            YAMLValue.Entry(key: $0, line: line, value: value(node, depth: depth, mask))
        }
    }

    /// Yams itself finds most of them, but not `1` beside `"1"`.
    private func refuseRepetitions(in entries: [YAMLValue.Entry]) {
        var keys: Set<String> = []
        for entry in entries where !keys.insert(entry.key).inserted {
            problem(entry.line, repetition(of: quoted(entry.key)))
        }
    }

    private func repetition(of keys: String) -> String {
        "\(keys) stands more than once among these keys; keep one"
    }

    private func text(_ scalar: Node.Scalar, _ line: Int, _ mask: YAMLMask) -> String? {
        if mask.beginsHidden(scalar.string), scalar.style == .plain {
            problem(line, "begins with \"&\"; put the text in quotes (YAML anchors are refused)")
            return nil
        }
        let text = mask.show(scalar.string).trimmed
        if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            problem(
                line,
                "runs over paragraphs or holds control characters; write one paragraph, "
                    + "with \">\" in place of \"|\" if it needs several lines")
            return nil
        }
        return text
    }

    private func report(_ error: YamlError) {
        let quotes =
            "check the indentation, and put a text in quotes if it holds \": \" or "
            + "begins with a sign"
        switch error {
        case .composer(_, "found undefined alias", let mark, _):
            problem(mark.line, aliasMessage)
        case .composer(_, let text, let mark, _):
            problem(mark.line, "is not one YAML document (\(text)); keep only the first")
        case .scanner(_, let text, let mark, _), .parser(_, let text, let mark, _):
            problem(min(mark.line, lines.count), "is not YAML (\(text)); \(quotes)")
        case .duplicatedKeysInMapping(let keys, let context):
            let keys = keys.map { quoted($0) }.joined(separator: ", ")
            problem(context.mark.line, repetition(of: keys))
        case .reader(let text, _, _, _):
            problem(1, "is not YAML (\(text)); delete the character that cannot be shown")
        default:
            problem(1, "is not YAML; \(quotes)")
        }
    }

    private var aliasMessage: String {
        "begins with \"*\", a YAML alias, which is refused; write the text out, or put it in "
            + "quotes if it is meant to begin so"
    }
}

extension Node {
    /// The tag in the file; `tag` itself would guess one from the value.
    fileprivate var writtenTag: Tag.Name {
        switch self {
        case .scalar(let scalar): Tag.Name(rawValue: scalar.tag.rawValue)
        case .sequence(let sequence): Tag.Name(rawValue: sequence.tag.rawValue)
        case .mapping(let mapping): Tag.Name(rawValue: mapping.tag.rawValue)
        case .alias(let alias): Tag.Name(rawValue: alias.tag.rawValue)
        }
    }
}

/// Hides every `&` from the YAML parser behind a character that the text does not use.
private struct YAMLMask {
    private let sign: Unicode.Scalar

    /// Nil if the text uses all the characters there are to choose from.
    init?(for text: String) {
        let used = Set(text.unicodeScalars)
        let free = (0xe000...0xf8ff).lazy.compactMap(Unicode.Scalar.init).first {
            !used.contains($0)
        }
        guard let free else { return nil }
        sign = free
    }

    func hide(_ text: String) -> String { swap("&", for: sign, in: text) }
    func show(_ text: String) -> String { swap(sign, for: "&", in: text) }
    func beginsHidden(_ text: String) -> Bool { text.unicodeScalars.first == sign }

    private func swap(
        _ old: Unicode.Scalar, for new: Unicode.Scalar, in text: String
    ) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == old ? new : $0 }))
    }
}
