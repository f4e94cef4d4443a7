import Domain
import Languages
import Storage

/// The page of one action: what happened, who says so, what is asked, and the form.
struct ActionPage {
    let texts: Texts
    let action: PublishedAction
    let translation: Translation
    let claims: Claims
    let number: Int
    /// Signatures on paper, which are not in the number.
    var paper = 0
    var deliveries = DeliveryRecord()
    /// People who say that they posted a letter, which are in no number either.
    var posted = 0
    /// The day of the number.
    let today: Day
    let organisation: Organisation
    let layout: Layout
    /// Set on a page that answers a form.
    var problems: FormAnswer?

    struct FormAnswer {
        var form: SignatureForm
        var problems: [FormProblem]
        /// A reason that is not in the form: too many at once.
        var obstacle: String?
    }

    var content: ActionContent { action.content }

    var html: HTML {
        var layout = layout
        layout.title = pageTitle
        // What a stopped action said is said no more, in no corner of the page.
        let isStopped = action.state == .stopped
        layout.description = isStopped ? nil : claims.plain(translation.summary)
        layout.notice = isStopped ? nil : notices
        layout.skip =
            action.state.takesNames
            ? .init(target: "sign", key: "action.skip") : .init(target: "main", key: "layout.skip")
        layout.isPrivate = problems != nil || action.state == .draft || action.state == .stopped
        layout.hasScript = action.state == .open
        if !isStopped, action.state.isPublic {
            layout.card = .init(
                path: "/\(texts.language)/actions/\(action.slug)/card.png",
                text: "\(texts("state.\(action.state.rawValue)")): \(translation.title)")
        }
        return layout.page(isStopped ? stopped : main)
    }

    private var pageTitle: String {
        if action.state == .stopped { return texts("action.stopped.title") }
        let title = texts("action.title", ["title": translation.title])
        return problems == nil ? title : texts("form.errortitle", ["title": title])
    }

    private var main: HTML {
        """
        <main class="action" id="main">
          \(lead)
          \(sheet)
          <div class="story">
            \(outcome)
            \(story)
            \(figures)
            \(timeline)
            \(targets)
            \(letter)
            \(papers)
            \(share)
            \(versions)
          </div>
        </main>
        """
    }

    // MARK: Head

    private var notices: HTML {
        let fallback: HTML? =
            isTranslated
            ? nil
            : "<p class=\"notice\">\(texts("layout.fallback", ["language": texts.languageName(translation.language)]))</p>"
        let example = content.notice.map {
            "<p class=\"notice\">\($0.in(texts.language))</p>" as HTML
        }
        let since = texts.date(Day(seconds: Double(action.row.stateSince) / 1000))
        let state: HTML =
            switch action.state {
            case .draft: "<p class=\"notice paused\">\(texts("state.draft.notice"))</p>"
            case .open, .stopped: ""
            case .paused, .closed, .delivered:
                """
                <p class="notice \(cssClass)">\
                \(texts("state.\(action.state.rawValue).notice", ["date": since]))</p>
                """
            case .won:
                """
                <p class="notice won"><strong>\(texts("state.won"))</strong> – \
                \(content.outcome?.text.in(texts.language) ?? "") <a href="#outcome">\
                \(texts("outcome.more"))</a></p>
                """
            }
        return state + (fallback ?? .none) + (example ?? .none)
    }

    var isTranslated: Bool { translation.language == texts.language }

    /// Marks a part that is in another language than the page around it.
    var contentLanguage: HTML {
        isTranslated
            ? "" : " lang=\"\(translation.language)\" dir=\"\(translation.direction.rawValue)\""
    }

    private var cssClass: String {
        switch action.state {
        case .delivered: "closed"
        case .draft: "paused"
        default: action.state.rawValue
        }
    }

    private var lead: HTML {
        let brief = translation.brief.map { line -> HTML in
            "<li><strong>\(line.when)</strong> <span>\(claims.html(line.text))</span></li>\n"
        }
        let summary: HTML =
            brief.isEmpty
            ? "<p class=\"brief\"\(contentLanguage)>\(claims.html(translation.summary))</p>"
            : "<ul class=\"brief\" role=\"list\"\(contentLanguage)>\(brief)</ul>"
        let have: HTML? =
            number > 0
            ? """
            <span data-forms="\(texts.formsJSON("action.have"))">\
            \(texts.plural("action.have", number))</span>
            """ : nil
        let go: HTML =
            action.state.takesNames
            ? """
            <p class="go"><a class="button" href="#sign">\(texts("form.button"))</a> \(have)</p>
            """ : .none
        return """
            <header class="lead">
              <p class="kicker"><span class="state \(cssClass)">\
            \(texts("state.\(action.state.rawValue)"))</span> \
            <span>\(content.caseNumber) · \(texts.country(content.country))</span></p>
              <h1\(contentLanguage)>\(translation.title)</h1>
              \(summary)
              \(go)
            </header>
            """
    }

    // MARK: The petition sheet

    private var sheet: HTML {
        let target = content.targets.first
        let form: HTML =
            action.state.takesNames
            ? SignatureFormView(page: self).html
            : "<div class=\"instead\">\(instead)</div>"
        return """
            <section class="sheet" id="sign" aria-labelledby="demand">
              <div class="demand">
                <p>\(texts("action.to", ["office": target?.office.in(texts.language) ?? "", "name": target?.name.in(texts.language) ?? ""]))</p>
                <h2 id="demand"\(contentLanguage)>\(translation.demand)</h2>
              </div>
              \(tally)
              \(form)
            </section>
            """
    }

    private var tally: HTML {
        let goal = content.goal(above: number)
        let figure = texts.html(
            plural: "action.signed", number,
            ["number": "<b>\(texts.number(number))</b>"])
        let asOf = texts("action.asof", ["date": texts.date(today)])
        let explained: HTML =
            "<a href=\"/\(texts.language)/how-we-count\">\(texts("layout.count"))</a>"
        let recounted: HTML =
            "<a href=\"/\(texts.language)/actions/\(action.slug)/verify\">\(texts("verify.title"))</a>"
        let link = action.state == .draft ? explained : "\(explained) · \(recounted)"
        let count: HTML = """
             data-count="/actions/\(action.slug)/count.json" data-number="\(number)" \
            data-forms="\(texts.formsJSON("action.signed"))" \
            data-group="\(texts.group)" data-goals="\(content.goals.map(String.init).joined(separator: " "))"
            """
        guard action.state.takesNames || action.state == .paused || action.state == .draft else {
            return
                "<div class=\"tally\"><p>\(figure)</p><p class=\"small\">\(asOf) \(link)</p>\(onPaper)</div>"
        }
        let label = texts("action.progress", ["goal": texts.number(goal)])
        return """
            <div class="tally"\(action.state == .open ? count : .none)>
              <p>\(figure)</p>
              <progress max="\(goal)" value="\(number)" aria-label="\(label)"></progress>
              <p class="small"><span data-goal="\(texts("action.goal", ["goal": "#"]))">\
            \(texts("action.goal", ["goal": texts.number(goal)]))</span> \(asOf) \(link)</p>
              \(onPaper)<p class="hidden" role="status"></p>
            </div>
            """
    }

    private var onPaper: HTML {
        guard paper > 0 else { return .none }
        let words = texts.html(
            "paper.page",
            [
                "number": "<b>\(texts.number(paper))</b>",
                "organisation": "<bdi>\(organisation.name)</bdi>",
            ])
        return "<p class=\"small\">\(words)</p>\n"
    }

    /// What stands where the form was.
    private var instead: HTML {
        let outcome: HTML =
            action.state == .won && content.outcome != nil
            ? "<p><a class=\"button\" href=\"#outcome\">\(texts("outcome.more"))</a></p>" : .none
        return """
            <p>\(texts("state.\(action.state.rawValue).instead"))</p>
            \(outcome)
            <p><a href="/\(texts.language)/">\(texts("action.others"))</a></p>
            """
    }

    private var stopped: HTML {
        """
        <main class="plain" id="main">
          <div><p class="kicker"><span class="state stopped">\(texts("state.stopped"))</span></p>
          <h1>\(texts("action.stopped.title"))</h1></div>
          <p>\(texts("state.stopped.instead"))</p>
          <p><a href="/\(texts.language)/withdrawals/new">\(texts("action.stopped.withdraw"))</a></p>
          <p><a href="/\(texts.language)/">\(texts("action.others"))</a></p>
        </main>
        """
    }
}
