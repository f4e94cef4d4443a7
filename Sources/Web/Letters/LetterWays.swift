import Domain
import Languages
import Press

/// The ways of a letter, from the one that tells this server least to the one that tells it most.
struct LetterWays {
    let page: ReadyPage

    private var texts: Texts { page.texts }
    private var draft: LetterDraft { page.draft }
    private var letter: ComposedLetter { page.letter }
    private var path: String { "/\(texts.language)/actions/\(page.action.slug)" }

    var html: HTML {
        let ways = [printing, copying, mailing, sending, posted]
        return HTML(joining: ways.compactMap { $0 })
    }

    private func section(_ id: String, _ title: String, sees: String?, _ content: HTML) -> HTML {
        """
        <section class="side" aria-labelledby="\(id)">
          <h2 id="\(id)">\(texts(title))</h2>
          \(sees.map { "<p>\(texts($0))</p>" as HTML })
          \(content)
        </section>

        """
    }

    // MARK: Print

    private var printing: HTML {
        let target = draft.target
        let country = draft.country ?? ""
        let isCutOff =
            target.map { !$0.noPostFrom.isEmpty && !$0.takesPost(from: country) } ?? false
        let cutOff: HTML? =
            isCutOff
            ? "<p>\(texts("target.nopost", ["countries": texts.country(country)]))</p>" : nil
        let hasEmbassy = target?.embassy(in: country)?.post != nil
        let office: HTML? =
            isCutOff && hasEmbassy
            ? nil
            : "<button class=\"button\" name=\"by\" value=\"post\">\(texts("letter.print.button"))</button>"
        let embassy: HTML? =
            hasEmbassy
            ? """
            <button class="button\(office == nil ? "" : " quiet")" name="by" value="embassy">\
            \(texts("letter.print.embassy", ["country": texts.country(country)]))</button>
            """ : nil
        return section(
            "print", "letter.print.title", sees: "letter.print.sees",
            """
            <p>\(texts("letter.print.text"))</p>
            \(cutOff)
            <form method="post" action="\(path)/letter.pdf">
              \(page.hidden(leaving: ["paper"]))
              \(paper)
              <p class="row">\(office)\(embassy)</p>
            </form>
            """)
    }

    /// The country's paper, or the other one.
    private var paper: HTML {
        let usual = Paper(country: draft.country) == .usLetter ? "letter" : "a4"
        let chosen = draft.paper ?? usual
        let options = [("a4", "A4"), ("letter", "US Letter")].map { value, name -> HTML in
            "<option value=\"\(value)\"\(value == chosen ? " selected" as HTML : .none)>\(name)</option>"
        }
        return """
            <div><label for="paper">\(texts("letter.paper"))</label>
            <select id="paper" name="paper">\(options)</select></div>
            """
    }

    // MARK: Copy, own mail

    private var copying: HTML {
        let subject: HTML? =
            letter.subject.isEmpty
            ? nil
            : """
            <p>\(texts("letter.copy.subject")) <bdi class="text"\(texts.copying)>\(letter.subject)</bdi></p>
            """
        return section(
            "copy", "letter.copy.title", sees: "letter.copy.sees",
            """
            \(subject)
            <div><label for="text">\(texts("letter.copy.label"))</label>
            <textarea id="text" rows="12" readonly lang="\(letter.language)" \
            dir="\(letter.direction.rawValue)"\(texts.copying)>
            \(letter.text)</textarea></div>
            """)
    }

    private var mailing: HTML? {
        let office = (draft.target?.emails.first).map { (texts("letter.mail.button"), $0) }
        let embassy = draft.country.flatMap { country in
            draft.target?.embassy(in: country)?.emails.first.map {
                (texts("letter.mail.embassy", ["country": texts.country(country)]), $0)
            }
        }
        let links = [office, embassy].compactMap { $0 }.map { label, email in
            (
                label, email,
                MailtoLink(
                    to: email, subject: letter.subject, text: letter.text,
                    paste: texts("letter.mail.paste"))
            )
        }
        guard !links.isEmpty else { return nil }
        let isWhole = links.allSatisfy(\.2.isWhole)
        let list = links.enumerated().map { index, link -> HTML in
            """
            <li><a class="button\(index == 0 ? "" : " quiet")" href="\(link.2.address)">\(link.0)</a> \
            <span class="text" dir="ltr">\(link.1)</span></li>

            """
        }
        return section(
            "mail", "letter.mail.title", sees: "letter.mail.sees",
            """
            <p>\(texts(isWhole ? "letter.mail.whole" : "letter.mail.long"))</p>
            <ul class="instead" role="list">\(list)</ul>
            """)
    }

    // MARK: The server

    private var sending: HTML? {
        guard draft.kind == .appeal, page.services.sends(for: page.action, to: draft.target) else {
            return nil
        }
        let fields = LetterFields(
            texts: texts, form: page.answer.form, problems: page.answer.problems)
        let rate = draft.target?.lettersPerHour ?? Target.usualLettersPerHour
        let asksName = draft.name.isEmpty
        return section(
            "server", "letter.server.title", sees: "letter.server.sees",
            """
            <p>\(texts.plural("letter.server.wait", rate))</p>
            <p>\(texts("letter.server.key"))</p>
            <form method="post" action="\(path)/letters#main" novalidate>
              \(page.hidden(leaving: asksName ? ["address", "paper", "name"] : ["address", "paper"]))
              \(fields.asked)
              \(asksName ? fields.name(isOptional: false, hint: texts("letter.name.shown")) : .none)
              \(fields.email)
              \(fields.choices("reply", legend: texts("letter.reply"), [
                  ("none", "\(texts("letter.reply.none"))"), ("me", "\(texts("letter.reply.me"))"),
              ]))
              <div class="trap" aria-hidden="true"><label for="website">\(texts("form.trap"))</label>\
            <input id="website" name="website" tabindex="-1" autocomplete="off"></div>
              <button class="button">\(texts("letter.server.button"))</button>
            </form>
            """)
    }

    private var posted: HTML {
        section(
            "posted", "letter.posted.title", sees: nil,
            """
            <p>\(texts("letter.posted.text"))</p>
            \(texts.posted(page.services.posted[page.action.id]))
            <form method="post" action="\(path)/letters/posted">
              <input type="hidden" name="kind" value="\(draft.kind.rawValue)">
              <input type="hidden" name="target" value="\(draft.target?.id ?? "")">
              <button class="button quiet">\(texts("letter.posted.button"))</button>
            </form>
            """)
    }
}
