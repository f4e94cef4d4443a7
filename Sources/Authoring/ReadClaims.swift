import Domain

private let keys = [
    "id", "figure", "value", "qualifier", "who", "asOf", "note", "source", "supersededBy",
]

/// The claims of action.yaml, in its order; `figures` and `sources` are the ids they may name.
func readClaims(_ fields: Fields, figures: Set<String>, sources: Set<String>) -> [Claim] {
    var successors: [String: Int] = [:]
    let claims = fields.items("claims", "this claim", keys: keys) { fields in
        let claim = readClaim(fields, figures: figures, sources: sources)
        if claim.supersededBy != nil { successors[claim.id] = fields.line(of: "supersededBy") }
        return claim
    }
    let byID = Dictionary(claims.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    for (id, line) in successors {
        if let message = successorProblem(of: id, in: byID) { fields.file.problem(line, message) }
    }
    return claims
}

private func readClaim(_ fields: Fields, figures: Set<String>, sources: Set<String>) -> Claim {
    let qualifier = fields.optional("qualifier", .qualifier) ?? .exactly
    let value = fields.optional("value", .wholeNumber(from: 0))
    if !fields.has("value"), qualifier != .some {
        fields.missing("value", "a whole number, or \"qualifier: some\" if none is stated")
    }
    return Claim(
        id: fields.required("id", .id),
        figure: fields.reference("figure", to: "figure", among: figures),
        value: value,
        qualifier: qualifier,
        who: fields.localText("who"),
        asOf: fields.required("asOf", .date),
        note: fields.optionalLocalText("note"),
        source: fields.reference("source", to: "source", among: sources),
        supersededBy: fields.optional("supersededBy", .id(of: "claim")))
}

extension Form<Claim.Qualifier> {
    fileprivate static var qualifier: Form {
        let words = Claim.Qualifier.allCases.map(\.rawValue).joined(separator: ", ")
        return Form(expected: "one of: \(words)", standIn: .exactly) { .init(rawValue: $0) }
    }
}

/// What is wrong with the claim that `id` names as its successor.
private func successorProblem(of id: String, in claims: [String: Claim]) -> String? {
    guard let claim = claims[id], let successorID = claim.supersededBy else { return nil }
    guard let successor = claims[successorID] else {
        let remedy = suggestion(for: successorID, among: claims.keys.sorted())
        return "no claim has the id \(quoted(successorID)); \(remedy)"
    }
    if successor.figure != claim.figure {
        return "\(quoted(successorID)) is about another figure; name a claim about "
            + quoted(claim.figure)
    }
    var seen: Set<String> = [id]
    var next = claim.supersededBy
    while let current = next {
        if current == id {
            return "this claim would replace itself in the end; remove \"supersededBy\" from the "
                + "newest claim"
        }
        guard seen.insert(current).inserted else { return nil }
        next = claims[current]?.supersededBy
    }
    return nil
}

/// Every claim that a text cites must be there.
func checkCitations(_ reading: Reading, of claims: Set<String>) {
    for citation in reading.citations where !claims.contains(citation.claim) {
        let remedy = suggestion(for: citation.claim, among: claims.sorted())
        reading.problem(
            citation.file, citation.line,
            "the claim \(quoted(citation.claim)) is cited but not defined in action.yaml; \(remedy)"
        )
    }
}
