import Domain

private let keys = [
    "case", "index", "kind", "country", "risk", "message", "goals", "opens", "closes", "notice",
    "targets", "copies", "solidarity", "sources", "figures", "claims", "events", "outcome",
]

/// What action.yaml says, with `translations` already read; nil only after a problem.
/// `shared` are the files of targets that several actions may use, by their ids.
func readAction(
    _ file: FileText, slug: String, _ translations: [Translation], shared: [String: FileText]
) -> ActionContent? {
    guard let root = file.yaml(file.lines),
        let fields = Fields(root, "action.yaml", keys: keys, in: file)
    else { return nil }
    checkRisk(fields)
    let sources = readSources(fields)
    let figures = readFigures(fields)
    let claims = readClaims(
        fields, figures: Set(figures.map(\.id)), sources: Set(sources.map(\.id)))
    let timeline = readTimeline(fields, sources: Set(sources.map(\.id)))
    checkCitations(file.reading, of: Set(claims.map(\.id)))
    let solidarity = readSolidarity(fields)
    checkSolidarity(fields, translations)
    return ActionContent(
        slug: slug,
        caseNumber: fields.text("case", atMost: 60),
        kind: fields.required("kind", .word(["urgent-action"])),
        country: fields.required("country", .country),
        allowsMessage: fields.optional("message", .yesOrNo) ?? false,
        goals: readGoals(fields),
        opens: fields.optional("opens", .date),
        closes: fields.optional("closes", .date),
        notice: fields.optionalLocalText("notice"),
        targets: readTargets(fields, shared: shared),
        sources: sources,
        figures: figures,
        claims: claims,
        events: timeline.events,
        outcome: timeline.outcome,
        translations: translations,
        documentIndex: fields.has("index") ? fields.text("index", atMost: 60) : nil,
        copies: readCopies(fields),
        solidarity: solidarity)
}

private func checkRisk(_ fields: Fields) {
    if fields.required("risk", .word(["ordinary", "high"])) == "high" {
        fields.file.problem(
            fields.line(of: "risk"),
            "high risk is not built yet, so this action is refused: do not import it as ordinary "
                + "to get round this unless the people concerned agree")
    }
}

private func readGoals(_ fields: Fields) -> [Int] {
    let goals = fields.list("goals", of: "goals", count: 1...100, .wholeNumber(from: 1))
    if zip(goals, goals.dropFirst()).contains(where: { $0 >= $1 }) {
        let message = "\"goals\" must rise from one to the next; sort them, each one once"
        fields.file.problem(fields.line(of: "goals"), message)
    }
    return goals
}

private func readSources(_ fields: Fields) -> [Source] {
    let keys = ["id", "publisher", "title", "date", "url"]
    return fields.items("sources", "this source", keys: keys, atLeast: 1) { fields in
        Source(
            id: fields.required("id", .id),
            publisher: fields.text("publisher", atMost: 200),
            title: fields.text("title", atMost: 400),
            date: fields.required("date", .date),
            url: fields.optional("url", .webAddress))
    }
}

private func readFigures(_ fields: Fields) -> [Figure] {
    fields.items("figures", "this figure", keys: ["id", "label"]) { fields in
        Figure(id: fields.required("id", .id), label: fields.localText("label"))
    }
}

extension Fields {
    /// The things of a list, each with an id of its own where `keys` have one.
    func items<Item>(
        _ key: String, _ what: String, keys: [String], atLeast least: Int = 0,
        read: (Fields) -> Item
    ) -> [Item] {
        var ids: Set<String> = []
        return list(key, of: key, count: least...Int.max).compactMap { value in
            guard let fields = Fields(value, what, keys: keys, in: file) else { return nil }
            if let id = fields.plain("id"), !ids.insert(id).inserted {
                let message = "the id \(quoted(id)) stands twice among the \(key); change one"
                file.problem(fields.line(of: "id"), message)
            }
            return read(fields)
        }
    }
}
