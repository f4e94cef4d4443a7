import Domain
import Languages

/// The claims of an action as a page shows them: numbered rows, one for each source.
struct Claims {
    let texts: Texts
    let content: ActionContent
    /// The rows of the table, in the folder's order; a row's number is its place, from 1.
    let rows: [Row]

    /// What one speaker says in one source.
    struct Row {
        let who: String
        let source: Source
        var claims: [Claim]
    }

    init(texts: Texts, content: ActionContent) {
        self.texts = texts
        self.content = content
        var rows: [Row] = []
        for claim in content.claims {
            guard let source = content.source(claim.source) else { continue }
            let who = claim.who.in(texts.language)
            if let index = rows.firstIndex(where: { $0.who == who && $0.source == source }) {
                rows[index].claims.append(claim)
            } else {
                rows.append(Row(who: who, source: source, claims: [claim]))
            }
        }
        self.rows = rows
    }

    private func number(of claim: Claim) -> Int? {
        rows.firstIndex { $0.claims.contains { $0.id == claim.id } }.map { $0 + 1 }
    }

    /// `more than 100`
    func value(_ claim: Claim) -> String {
        guard let value = claim.value else { return texts("claim.some") }
        let number = texts.number(value)
        return switch claim.qualifier {
        case .exactly, .some: number
        case .about: texts("claim.about", ["number": number])
        case .atLeast: texts("claim.atleast", ["number": number])
        case .moreThan: texts("claim.morethan", ["number": number])
        }
    }

    /// The figure in the text, as a link to its row. `page` is empty on the action's own page.
    func link(_ id: String, page: String = "") -> HTML {
        guard let claim = content.claims.first(where: { $0.id == id }), let row = number(of: claim)
        else { return .none }
        return """
            <a class="claim" href="\(page)#says-\(row)">\(value(claim))<sup><span class="hidden">\
            \(texts("claim.source"))</span>\(row)</sup></a>
            """
    }

    /// Plain text with its `{claim:id}` marks as links.
    func html(_ text: String, page: String = "") -> HTML {
        text.claimPieces.reduce(HTML.none) { html, piece in
            switch piece {
            case .text(let text): html + HTML(text: text)
            case .claim(let id): html + link(id, page: page)
            }
        }
    }

    /// Plain text with its marks as plain figures, for descriptions and data.
    func plain(_ text: String) -> String {
        text.claimPieces.map { piece in
            switch piece {
            case .text(let text): text
            case .claim(let id): content.claims.first { $0.id == id }.map(value) ?? ""
            }
        }.joined()
    }

    /// All figures side by side, each on a line of its own length.
    var table: HTML {
        let figures = content.figures.filter { figure in
            content.claims.contains { $0.figure == figure.id }
        }
        let scale = scale
        let heads = figures.map {
            "<th scope=\"col\">\($0.label.in(texts.language))</th>" as HTML
        }
        return """
            <table class="rivals">
              <caption>\(texts("claims.caption"))</caption>
              <thead><tr>\(heads)</tr></thead>
              \(rows.enumerated().map { body($1, number: $0 + 1, figures: figures, scale: scale) })
            </table>
            """
    }

    /// The lines' common scale: a fifth more than the largest figure.
    private var scale: Int {
        let largest = content.claims.compactMap(\.value).max() ?? 0
        return max(1, largest + largest / 5)
    }

    private func body(_ row: Row, number: Int, figures: [Figure], scale: Int) -> HTML {
        let cells = figures.map { figure -> HTML in
            let claims = row.claims.filter { $0.figure == figure.id }
            guard !claims.isEmpty else { return "<td>\(texts("claims.notstated"))</td>" }
            return "<td>\(claims.map { cell($0, scale: scale) })</td>"
        }
        return """
            <tbody id="says-\(number)">
              <tr><th scope="rowgroup" colspan="\(figures.count)">\(number). \(row.who) \
            <small>\(citation(row))</small></th></tr>
              <tr>\(cells)</tr>
            </tbody>

            """
    }

    private func cell(_ claim: Claim, scale: Int) -> HTML {
        let note = claim.note.map { "<small>\($0.in(texts.language))</small>" as HTML }
        if claim.supersededBy != nil || claim.corrected != nil {
            return "<s>\(value(claim))</s><small>\(reason(claim))</small>\(note)"
        }
        return "\(value(claim))\(line(claim, scale: scale))\(note)"
    }

    /// Why a figure stands there struck out.
    private func reason(_ claim: Claim) -> HTML {
        let day = claim.corrected.map { ["date": texts.date($0)] }
        guard let successor = claim.supersededBy else {
            return "\(texts("claims.dropped", day ?? [:]))"
        }
        let why = day.map { texts("claims.corrected", $0) } ?? texts("claims.superseded")
        let row = content.claims.first { $0.id == successor }.flatMap(number)
        let link = row.map { row -> HTML in
            let words = texts("claims.row", ["number": texts.number(row)])
            return " <a href=\"#says-\(row)\">\(words)</a>"
        }
        return "\(why)\(link)"
    }

    private func line(_ claim: Claim, scale: Int) -> HTML {
        guard let value = claim.value else { return .none }
        let rest: HTML =
            claim.qualifier.isOpenEnded
            ? "<path class=\"open\" d=\"M\(value) 3h\(scale - value)\"/>" : ""
        return """
            <svg class="len" viewBox="0 0 \(scale) 6" preserveAspectRatio="none" \
            aria-hidden="true"><path d="M0 3h\(value)"/>\(rest)</svg>
            """
    }

    /// The document, its publisher where that is not who speaks, and what it knew when.
    private func citation(_ row: Row) -> HTML {
        let source = row.source
        var parts: [HTML] = []
        let speakers = row.claims.flatMap { $0.who.byLanguage.values }
        if !speakers.contains(source.publisher) { parts.append("<bdi>\(source.publisher)</bdi>: ") }
        if let url = source.url {
            parts.append("<a href=\"\(url)\" rel=\"noreferrer\"><bdi>\(source.title)</bdi></a>")
        } else {
            parts.append("<bdi>\(source.title)</bdi>")
        }
        parts.append("\(texts("mark.comma"))\(texts.date(source.date))")
        let known = Set(row.claims.map(\.asOf))
        if known.count == 1, let asOf = known.first, asOf != source.date {
            let words = texts("claims.asof", ["date": texts.date(asOf)])
            parts.append("\(texts("mark.semicolon"))\(words)")
        }
        return parts.reduce(.none, +)
    }
}
