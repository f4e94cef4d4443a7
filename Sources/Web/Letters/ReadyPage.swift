import Domain
import Languages
import Press

/// A letter that is written, and every way that it can take from here.
struct ReadyPage {
    let services: Services
    let texts: Texts
    let action: PublishedAction
    let draft: LetterDraft
    let letter: ComposedLetter
    var answer: LetterPage.Answer

    private var translation: Translation { action.content.shown(in: texts.language) }
    private var path: String { "/\(texts.language)/actions/\(action.slug)" }
    private var isWrong: Bool { !answer.problems.isEmpty || answer.obstacle != nil }

    var html: HTML {
        let heading = texts("letter.ready.title")
        let title = "\(heading) – \(translation.title)"
        var layout = services.privateLayout(texts, title)
        if isWrong { layout.title = texts("form.errortitle", ["title": title]) }
        layout.hasScript = true
        layout.printsLetterAlone = true
        let ways = LetterWays(page: self)
        return layout.page(
            """
            <main class="action about" id="main">
              <header class="lead">
                <p class="kicker"><a href="\(path)">\(translation.title)</a></p>
                <h1>\(heading)</h1>
                \(summary)
                <p class="brief">\(texts("letter.ready.lead"))</p>
              </header>
              <div class="story">
                \(sheet)
                \(own)
                \(ways.html)
              </div>
            </main>
            """)
    }

    private var summary: HTML? {
        guard isWrong else { return nil }
        var lines = answer.problems.map { (field: $0.field as String?, message: $0.message(texts)) }
        if let obstacle = answer.obstacle { lines.append((nil, obstacle)) }
        return ErrorSummary(texts: texts, problems: lines).html
    }

    /// The letter as it is printed from here: the rest of the page stays behind.
    private var sheet: HTML {
        let printed = printed()
        let lines = { (lines: [String]) -> HTML in
            HTML(joining: lines.map { "<bdi>\($0)</bdi><br>" as HTML })
        }
        let sender = printed.sheet.sender
        let subject: HTML? =
            letter.subject.isEmpty ? nil : "<p><strong>\(letter.subject)</strong></p>"
        let name: HTML? = letter.name.isEmpty ? nil : "<p><bdi>\(letter.name)</bdi></p>"
        return """
            <article class="letter mailing" lang="\(letter.language)" \
            dir="\(letter.direction.rawValue)" aria-label="\(texts("letter.copy.label"))">
            \(sender.isEmpty ? .none : "<address>\(lines(sender))</address>" as HTML)
            <address>\(lines(printed.recipient))</address>
            <p>\(printed.sheet.date)</p>
            \(subject)
            \(letter.paragraphs.map(paragraph))
            \(name)
            </article>

            """
    }

    private func paragraph(_ text: String) -> HTML {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { HTML(text: String($0)) }
        let html = lines.dropFirst().reduce(lines.first ?? .none) { $0 + "<br>" + $1 }
        return "<p dir=\"auto\">\(html)</p>\n"
    }

    /// The letter on its way to paper; to the embassy where the post does not reach the office.
    func printed(toEmbassy: Bool? = nil) -> PrintedLetter {
        let country = draft.country
        let isCutOff = draft.target.map { !$0.takesPost(from: country) } ?? false
        let embassy = country.flatMap { draft.target?.embassy(in: $0) }
        return PrintedLetter(
            services: services, texts: texts, action: action, letter: letter, draft: draft,
            goesToEmbassy: toEmbassy ?? (isCutOff && embassy?.post != nil))
    }

    private var own: HTML {
        let percent = letter.ownPercent
        let number = ["number": texts.number(percent)]
        return """
            <section class="side" aria-labelledby="own">
              <h2 id="own">\(texts("letter.own"))</h2>
              <p>\(texts("letter.own.share", number))\(percent == 0 ? " \(texts("letter.own.none"))" as HTML : .none)</p>
              <form method="post" action="\(path)/letter#write">
                \(hidden())
                <button class="button quiet" name="edit" value="yes">\(texts("letter.change"))</button>
              </form>
            </section>

            """
    }

    /// The letter's fields for a form that takes it on; `leaving` names those that it asks for
    /// itself or has no use for.
    func hidden(leaving: Set<String> = []) -> [HTML] {
        let form = answer.form
        let fields = [
            ("kind", draft.kind.rawValue), ("target", draft.target?.id ?? ""),
            ("language", form.language), ("country", form.country), ("name", form.name),
            ("address", form.address), ("words", form.words), ("paper", form.paper),
            ("version", form.version),
        ]
        return fields.filter { !$0.1.isEmpty && !leaving.contains($0.0) }.map { name, value in
            "<input type=\"hidden\" name=\"\(name)\" value=\"\(value)\">\n"
        }
    }
}
