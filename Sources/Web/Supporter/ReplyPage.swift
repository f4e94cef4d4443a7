import Domain
import Languages
import Storage

/// The pages on which a reply is handed in.
struct ReplyPage {
    let services: Services
    let texts: Texts
    let action: PublishedAction

    var address: String { "/\(texts.language)/actions/\(action.slug)/replies" }

    private var title: String { services.title(of: action, texts) }

    private func layout(_ heading: String) -> Layout {
        services.privateLayout(texts, "\(heading) – \(title)")
    }

    /// The form, empty or as it came back.
    func form(
        _ form: ReplyForm = ReplyForm(), _ problems: [ReplyProblem] = [], obstacle: String? = nil
    ) -> HTML {
        let heading = texts("reply.title")
        var lines = problems.map { (field: $0.field as String?, message: texts($0.key)) }
        if let obstacle { lines.append((nil, obstacle)) }
        let summary = lines.isEmpty ? nil : ErrorSummary(texts: texts, problems: lines).html
        var layout = layout(heading)
        if summary != nil { layout.title = texts("form.errortitle", ["title": layout.title]) }
        let office = action.content.targets.first.map {
            texts("reply.from.hint", ["office": $0.office.in(texts.language)])
        }
        return layout.page(
            """
            <main class="plain" id="main">
              \(summary)
              <div><p class="soft">\(title)</p><h1>\(heading)</h1></div>
              <p>\(texts("reply.lead", ["organisation": services.organisation.name]))</p>
              <form method="post" action="\(address)" novalidate>
                \(field("reply", "reply.text", form.text, problems, hint: texts("reply.text.hint"), rows: 12))
                \(field("date", "reply.date", form.date, problems, hint: texts("reply.date.hint")))
                \(field("from", "reply.from", form.from, problems, hint: office))
                \(field("note", "reply.note", form.note, problems, hint: texts("reply.note.hint"), rows: 3))
                <div class="trap" aria-hidden="true"><label for="website">\(texts("form.trap"))</label>\
            <input id="website" name="website" tabindex="-1" autocomplete="off"></div>
                <p class="small">\(texts("reply.sealed", ["organisation": services.organisation.name]))</p>
                <button class="button">\(texts("reply.button"))</button>
              </form>
            </main>
            """)
    }

    var thanks: HTML {
        let heading = texts("reply.thanks.title")
        return layout(heading).page(
            """
            <main class="plain" id="main">
              <div><p class="soft">\(title)</p><h1>\(heading)</h1></div>
              <p>\(texts("reply.thanks.text", ["organisation": services.organisation.name]))</p>
              <p><a href="/\(texts.language)/actions/\(action.slug)">\(texts("reply.thanks.back"))</a></p>
            </main>
            """)
    }

    /// A line, or a place for so many; the first is the only one that must be filled in.
    private func field(
        _ id: String, _ label: String, _ value: String, _ problems: [ReplyProblem], hint: String?,
        rows: Int? = nil
    ) -> HTML {
        let problem = problems.first { $0.field == id }
        let isNeeded = id == "reply"
        let optional: HTML = """
             <span class="optional">\(texts("form.optional"))</span>
            """
        let about = hint.map { "<span class=\"hint\" id=\"\(id)-hint\">\($0)</span>" as HTML }
        let error = problem.map {
            """
            <span class="error" id="\(id)-error"><span class="hidden">\(texts("form.error"))</span>\
            \(texts($0.key))</span>
            """ as HTML
        }
        let described = [hint.map { _ in "\(id)-hint" }, problem.map { _ in "\(id)-error" }]
            .compactMap { $0 }.joined(separator: " ")
        let attributes: HTML = """
            id="\(id)" name="\(id)" dir="\(id == "date" ? "ltr" : "auto")" autocomplete="off"\
            \(isNeeded ? " required" as HTML : .none)\
            \(problem == nil ? .none : " aria-invalid=\"true\"" as HTML)\
            \(described.isEmpty ? .none : " aria-describedby=\"\(described)\"" as HTML)
            """
        let input: HTML =
            rows.map { "<textarea rows=\"\($0)\" \(attributes)>\n\(value)</textarea>" }
            ?? "<input \(attributes) value=\"\(value)\">"
        return """
            <div\(problem == nil ? "" : " class=\"wrong\"" as HTML)>
              <label for="\(id)">\(texts(label))\(isNeeded ? .none : optional)</label>\
            \(about)\(error)
              \(input)
            </div>
            """
    }
}

extension ReplyProblem {
    /// The id of the field that it is about.
    fileprivate var field: String {
        switch self {
        case .textMissing, .textTooLong: "reply"
        case .dateUnknown: "date"
        case .fromTooLong: "from"
        case .noteTooLong: "note"
        }
    }

    /// What is wrong and what to do.
    fileprivate var key: String {
        switch self {
        case .textMissing: "reply.problem.missing"
        case .textTooLong: "reply.problem.long"
        case .dateUnknown: "reply.problem.date"
        case .fromTooLong: "reply.problem.from"
        case .noteTooLong: "reply.problem.note"
        }
    }
}
