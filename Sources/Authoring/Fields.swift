import Domain

/// The keys of one mapping, read one by one; whatever is wrong becomes a problem at its line.
struct Fields {
    /// What the mapping is, for messages: "this claim".
    let what: String
    let line: Int
    let file: FileText
    private let entries: [String: YAMLValue]

    /// Nil, with a problem, unless `value` has keys; unknown keys are problems of their own.
    init?(
        _ value: YAMLValue, _ what: String, keys: [String], hint: String = "", in file: FileText
    ) {
        guard case .mapping(let pairs) = value.content else {
            if case .broken = value.content { return nil }
            let keys = keys.joined(separator: ", ")
            file.problem(value.line, "\(what) must have the keys \(keys), not be \(value.kind)")
            return nil
        }
        self.what = what
        self.line = value.line
        self.file = file
        entries = Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        for pair in pairs where !keys.contains(pair.key) {
            let remedy = suggestion(for: pair.key, among: keys)
            file.problem(pair.line, "\(quoted(pair.key)) is no key of \(what); \(remedy)\(hint)")
        }
    }

    func has(_ key: String) -> Bool { entries[key] != nil }

    /// The line of the value, for problems found later.
    func line(of key: String) -> Int { entries[key]?.line ?? line }

    func value(_ key: String) -> YAMLValue? { entries[key] }

    func required<Value>(_ key: String, _ form: Form<Value>) -> Value {
        if !has(key) { missing(key, form.expected) }
        return optional(key, form) ?? form.standIn
    }

    func optional<Value>(_ key: String, _ form: Form<Value>) -> Value? {
        entries[key].flatMap { read($0, quoted(key), form) }
    }

    /// A text that is printed as it stands.
    func text(_ key: String, atMost limit: Int, _ expected: String = "a text") -> String {
        let text = required(key, .text(expected))
        file.refuseMarks(in: text, line(of: key))
        check(text, key, atMost: limit)
        return text
    }

    /// A text that may cite claims.
    func citingText(_ key: String) -> String {
        let text = required(key, .text)
        file.cite(text, from: line(of: key))
        return text
    }

    /// Counted as readers count, in graphemes.
    func check(_ text: String, _ key: String, atMost limit: Int) {
        guard text.count > limit else { return }
        file.problem(
            line(of: key),
            "\(quoted(key)) has \(text.count) characters; shorten it to at most \(limit)")
    }

    /// The id of something else of this file, which must be one of `ids`.
    func reference(_ key: String, to thing: String, among ids: Set<String>) -> String {
        let form = Form.id(of: thing)
        if !has(key) { missing(key, form.expected) }
        guard let id = optional(key, form) else { return form.standIn }
        if !ids.contains(id) {
            let remedy = suggestion(for: id, among: ids.sorted())
            file.problem(line(of: key), "no \(thing) has the id \(quoted(id)); \(remedy)")
        }
        return id
    }

    /// The items of a list; empty if the key is missing, a problem if there are too few or many.
    func list(_ key: String, of things: String, count: ClosedRange<Int>) -> [YAMLValue] {
        guard let value = entries[key] else {
            if count.lowerBound > 0 { missing(key, "a list of \(things)") }
            return []
        }
        guard case .list(let items) = value.content else {
            if case .broken = value.content { return [] }
            file.problem(
                value.line,
                "\(quoted(key)) must be a list of \(things): begin each "
                    + "with \"- \" on a line of its own")
            return []
        }
        if !count.contains(items.count) {
            let bounds =
                count.upperBound == .max
                ? "at least \(count.lowerBound)" : "\(count.lowerBound) to \(count.upperBound)"
            file.problem(value.line, "\(quoted(key)) has \(items.count) items; give \(bounds)")
        }
        return items
    }

    /// The texts of a list, each in `form`; those with a problem are left out.
    func list<Value>(
        _ key: String, of things: String, count: ClosedRange<Int>, _ form: Form<Value>
    ) -> [Value] {
        list(key, of: things, count: count).compactMap { read($0, "each of \(things)", form) }
    }

    func missing(_ key: String, _ expected: String) {
        file.problem(line, "\(quoted(key)) is missing in \(what); add \"\(key):\" with \(expected)")
    }

    private func read<Value>(
        _ value: YAMLValue, _ name: String, _ form: Form<Value>
    ) -> Value? {
        guard case .text(let text) = value.content else {
            if case .broken = value.content { return nil }
            file.problem(value.line, "\(name) must be \(form.expected), not \(value.kind)")
            return nil
        }
        guard !text.isEmpty else {
            file.problem(value.line, "\(name) is empty; give \(form.expected)")
            return nil
        }
        guard let value = form.read(text) else {
            let expected = form.expected
            file.problem(value.line, "\(name) must be \(expected), not \(quoted(text))")
            return nil
        }
        return value
    }
}

extension Fields {
    /// The text of a key as it stands, without any check.
    func plain(_ key: String) -> String? {
        if case .text(let text)? = value(key)?.content { text } else { nil }
    }
}
