import Domain

private let keys = ["title", "summary", "demand", "call", "brief", "direction"]

/// What a language's file says; nil only after a problem.
func readTranslation(_ file: FileText, _ language: String) -> Translation? {
    guard file.lines.first == "---", let end = file.lines.dropFirst().firstIndex(of: "---")
    else {
        file.problem(
            1, "must begin with a line \"---\", then title, summary, demand and call, then \"---\"")
        return nil
    }
    let markdown = readMarkdown(file, below: end)
    // An empty first line keeps the lines of the front matter where they are in the file.
    guard let root = file.yaml([""] + file.lines[1..<end]),
        let fields = Fields(root, "the front matter", keys: keys, in: file)
    else { return nil }
    return Translation(
        language: language,
        direction: fields.optional("direction", .direction) ?? usualDirection(of: language),
        title: fields.text("title", atMost: 120),
        summary: fields.citingText("summary"),
        demand: fields.text(
            "demand", atMost: 400, "the demand in this language: no translation may lack it"),
        call: fields.text("call", atMost: 200),
        brief: readBrief(fields),
        body: markdown.body,
        letter: markdown.letter,
        solidarity: markdown.solidarity)
}

private func readBrief(_ fields: Fields) -> [Translation.Brief] {
    fields.list("brief", of: "lines", count: 0...3).compactMap { value in
        let keys = ["when", "text"]
        guard let fields = Fields(value, "this line", keys: keys, in: fields.file)
        else { return nil }
        let brief = Translation.Brief(
            when: fields.text("when", atMost: 40), text: fields.citingText("text"))
        fields.check(brief.text.withoutMarks, "text", atMost: 200)
        return brief
    }
}

extension Form<Direction> {
    fileprivate static var direction: Form {
        Form(expected: "ltr or rtl", standIn: .ltr) { Direction(rawValue: $0) }
    }
}

private func usualDirection(of language: String) -> Direction {
    let rightToLeft: Set = ["ar", "fa", "ur", "he", "ckb", "ps", "sd", "ug", "yi", "dv"]
    return rightToLeft.contains(String(language.prefix { $0 != "-" })) ? .rtl : .ltr
}

extension String {
    /// The text as its author counts it.
    fileprivate var withoutMarks: String {
        claimPieces.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }
}
