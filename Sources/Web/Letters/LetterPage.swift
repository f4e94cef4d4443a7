import Domain
import Languages

/// The page on which a letter begins: what one does, the model, whom it goes to, and the form.
struct LetterPage {
    let services: Services
    let texts: Texts
    let action: PublishedAction
    /// Set on a page that answers a form.
    var answer: Answer?

    struct Answer {
        var form: LetterForm
        var problems: [LetterProblem] = []
        /// A reason that is not in the form: too many at once.
        var obstacle: String?
    }

    private var content: ActionContent { action.content }
    private var translation: Translation { content.shown(in: texts.language) }
    var address: String { "/\(texts.language)/actions/\(action.slug)" }

    /// Whether letters are written for the action in this state.
    static func isOpen(_ state: ActionState) -> Bool { state == .open || state == .draft }

    var html: HTML {
        let heading = texts("letter.page.title")
        let title = "\(heading) – \(translation.title)"
        let isWrong = !(answer?.problems.isEmpty ?? true) || answer?.obstacle != nil
        var layout =
            answer == nil
            ? services.layout(texts, path: "/actions/\(action.slug)/letter", title: title)
            : services.privateLayout(texts, title)
        if isWrong { layout.title = texts("form.errortitle", ["title": title]) }
        layout.description = texts("letter.page.lead")
        layout.isPrivate = layout.isPrivate || action.state == .draft
        return layout.page(
            """
            <main class="action about" id="main">
              <header class="lead">
                <p class="kicker"><a href="\(address)">\(translation.title)</a></p>
                <h1>\(heading)</h1>
                \(Self.isOpen(action.state) ? lead : ended)
              </header>
              <div class="story">
                \(Self.isOpen(action.state) ? open : model)
              </div>
            </main>
            """)
    }

    private var lead: HTML {
        """
        <p class="brief">\(texts("letter.page.lead"))</p>
        \(answer == nil ? "<p><a class=\"button\" href=\"#write\">\(texts("letter.write"))</a></p>" : .none)
        \(texts.posted(services.posted[action.id]))
        """
    }

    /// Why no letter is asked for any more, or for now.
    private var ended: HTML {
        let text = texts.doNotSend(action.state) ?? texts("letter.rests")
        return """
            <p class="notice \(action.state == .won ? "won" : "closed")"><strong>\(text)</strong></p>
            <p><a class="button" href="\(address)">\(texts("fediverse.back"))</a></p>
            """
    }

    private var open: HTML {
        let page = services.actionPage(action, texts, number: 0)
        let form = LetterFormView(
            texts: texts, action: action, answer: answer ?? Answer(form: LetterForm()))
        // Whoever comes back to the form finds it first.
        let parts = [model, page.targets, rules, ways, form.html]
        return HTML(joining: answer == nil ? parts : [form.html, model, page.targets, rules])
    }

    // MARK: The model

    private var model: HTML {
        let best = content.shown(in: content.bestLanguage(for: content.targets.first))
        let other = best.language == translation.language ? nil : translation
        let names = ["language": texts.languageName(best.language)]
        let words = texts(
            other == nil ? "letter.model.one" : "letter.model.two",
            names.merging(["other": texts.languageName(translation.language)]) { $1 })
        let said: HTML = """
            <p>\(words) <a class="screen" href="\(address)/letter.pdf">\(texts("letter.model.pdf"))</a></p>
            """
        return """
            <section aria-labelledby="model">
              <h2 id="model">\(texts("letter.model.title"))</h2>
              \(Self.isOpen(action.state) ? said : .none)
              <div class="pair">
              \(column(best))\(other.map(column))
              </div>
            </section>

            """
    }

    private func column(_ translation: Translation) -> HTML {
        let words = services.languages[translation.language] ?? texts
        let claims = Claims(texts: words, content: content)
        let letter = Markdown(claim: { claims.link($0, page: address) }).html(translation.letter)
        return """
            <div><h3>\(texts.languageName(translation.language))</h3>
            <div class="letter" lang="\(translation.language)" dir="\(translation.direction.rawValue)">\
            \(letter)</div></div>

            """
    }

    // MARK: What helps

    private var rules: HTML {
        let rules = [
            "letter.rule.short", "letter.rule.polite", "letter.rule.facts", "letter.rule.one",
            "letter.rule.own", "letter.rule.who",
        ].map { "<li>\(texts($0))</li>\n" as HTML }
        return """
            <section class="side" aria-labelledby="rules">
              <h2 id="rules">\(texts("letter.rules"))</h2>
              <ul>\(rules)</ul>
            </section>

            """
    }

    private var ways: HTML {
        let target = content.targets.first
        let ways =
            [
                ("letter.print.title", "letter.print.sees"),
                ("letter.copy.title", "letter.copy.sees"),
            ] + (target?.emails.isEmpty ?? true ? [] : [("letter.mail.title", "letter.mail.sees")])
            + (services.sends(for: action, to: target)
                ? [("letter.server.title", "letter.server.sees")] : [])
        let list = ways.map { title, sees in
            "<li><strong>\(texts(title))</strong><br>\(texts(sees))</li>\n" as HTML
        }
        return """
            <section class="side" aria-labelledby="ways">
              <h2 id="ways">\(texts("letter.ways"))</h2>
              <p>\(texts("letter.ways.text"))</p>
              <ol>\(list)</ol>
            </section>

            """
    }
}

extension Texts {
    /// What people say that they did; nothing while nobody has said so.
    func posted(_ count: Int) -> HTML? {
        guard count > 0 else { return nil }
        return "<p class=\"small soft\">\(plural("letter.posted.count", count))</p>"
    }
}

extension Services {
    /// Whether this server sends letters to the target.
    func sends(for action: PublishedAction, to target: Target?) -> Bool {
        LetterPage.isOpen(action.state) && letters.isOpen() && !(target?.emails.isEmpty ?? true)
    }
}
