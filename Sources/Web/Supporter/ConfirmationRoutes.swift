import Domain
import Hummingbird
import Languages
import Mail
import Sealing

/// The page that waits for the code, and the code itself.
struct ConfirmationRoutes {
    let services: Services

    private static let triesPerDay = 10
    /// What a ticket is for is no secret: it only chooses the words of the page.
    static let letter = "letter"

    /// `GET /{lang}/confirmations/new?ticket=`
    @Sendable func new(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        let query = request.query
        let text = query["ticket"]
        let ticket = try ticket(text).ticket
        let isLetter = query["for"] == Self.letter
        return .page(page(texts, ticket, text, isLetter: isLetter, problem: nil, typed: ""))
    }

    /// `POST /{lang}/confirmations`
    ///
    /// The code is judged before any row is read, so a wrong one is answered alike whatever has
    /// become of the row.
    @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let texts = try services.texts(context)
        var request = request
        let fields = try await request.form()
        let (ticket, key, day) = try ticket(fields["ticket"])
        let typed = fields["code"]
        let code = typed.digits
        let name = key.triesName(action: ticket.action, tag: ticket.tag)

        func refuse(_ problem: String) -> Response {
            .page(
                page(
                    texts, ticket, fields["ticket"], isLetter: fields["for"] == Self.letter,
                    problem: problem, typed: typed),
                status: .unprocessableContent)
        }
        guard code.utf8.count == 6 else { return refuse("confirm.problem.digits") }
        let tries = services.limits.wrongCodes
        guard tries.count(name, day: day) < Self.triesPerDay else {
            return refuse("confirm.problem.locked")
        }
        guard matchesInConstantTime(code, key.code(action: ticket.action, tag: ticket.tag)) else {
            let counted = tries.reserve([(name, Self.triesPerDay)], day: day)
            let isLast = tries.count(name, day: day) >= Self.triesPerDay
            return refuse(
                counted && !isLast ? "confirm.problem.wrong" : "confirm.problem.locked")
        }
        let outcome = try await services.confirm(ticket.secret, lowering: .nothing)
        return .page(
            CountedPage(services: services, texts: texts, outcome: outcome).html)
    }

    /// With the key that it and its code were made with, and the day of both: wrong tries belong to
    /// that day, so that midnight gives no more of them.
    ///
    /// Throws `PageError` for a ticket that is none of ours or has run out.
    private func ticket(_ text: String) throws -> (ticket: Ticket, key: FormKey, day: Int) {
        let (today, yesterday) = services.keys.form()
        for (key, age) in [(today, 0), (yesterday, 1)] {
            guard let key, let ticket = key.open(text) else { continue }
            guard Double(ticket.expires) >= services.now() else { break }
            if services.board.action(ticket.action)?.state == .stopped { throw PageError.ended }
            return (ticket, key, services.today.number - age)
        }
        throw PageError(.notFound, "ticket")
    }

    private func page(
        _ texts: Texts, _ ticket: Ticket, _ text: String, isLetter: Bool, problem: String?,
        typed: String
    ) -> HTML {
        let action = services.board.action(ticket.action)
        let content = action?.content
        let translation = content?.shown(in: texts.language)
        let heading = texts("confirm.title")
        let title = translation.map { "\(heading) – \($0.title)" } ?? heading
        var layout = services.privateLayout(texts, title)
        layout.hasScript = true
        if problem != nil { layout.title = texts("form.errortitle", ["title": title]) }
        let summary = problem.map {
            ErrorSummary(texts: texts, problems: [("code", texts($0))]).html
        }
        let end = isLetter ? "/letter#write" : "#sign"
        let again = action.map { "/\(texts.language)/actions/\($0.slug)\(end)" } ?? "/"
        let notYet = texts(isLetter ? "letter.notyet" : "confirm.notyet")
        let retry = texts(isLetter ? "letter.again" : "confirm.nomail.typo.link")
        // Another tab that confirms a signature says nothing about a letter.
        let waiting = isLetter ? "" : action?.slug ?? ""
        return layout.page(
            """
            <main class="plain" id="main" data-waiting="\(waiting)">
              \(summary)
              <div data-until-done>
                <p class="soft">\(translation?.title ?? "")</p>
                <h1>\(heading)</h1>
              </div>
              <p data-until-done><strong class="state paused">\(notYet)</strong> \(texts("confirm.step"))</p>
              \(form(texts, text, isLetter: isLetter, problem: problem, typed: typed))
              <section aria-labelledby="nothing" data-until-done>
                <h2 id="nothing">\(texts("confirm.nomail"))</h2>
                <ul>
                  <li>\(texts.html("confirm.nomail.spam", ["sender": "<span class=\"text\">\(services.mail.sender)</span>"]))</li>
                  <li>\(texts("confirm.nomail.newest"))</li>
                  <li>\(texts("confirm.nomail.link"))</li>
                  <li>\(texts.html("confirm.nomail.typo", ["link": "<a href=\"\(again)\">\(retry)</a>"]))</li>
                </ul>
              </section>
              <p class="small soft">\(texts("confirm.life"))</p>
              <template><h1 tabindex="-1">\(texts("waiting.done.title"))</h1>\
            <p>\(texts("waiting.done.text"))</p></template>
            </main>
            """)
    }

    private func form(
        _ texts: Texts, _ ticket: String, isLetter: Bool, problem: String?, typed: String
    ) -> HTML {
        let purpose: HTML? =
            isLetter ? "<input type=\"hidden\" name=\"for\" value=\"\(Self.letter)\">" : nil
        let error = problem.map {
            """
            <span class="error" id="code-error"><span class="hidden">\(texts("form.error"))</span>\
            \(texts($0))</span>
            """ as HTML
        }
        let invalid: HTML =
            problem == nil
            ? " aria-describedby=\"code-hint\""
            : " aria-invalid=\"true\" aria-describedby=\"code-hint code-error\""
        return """
            <form method="post" action="/\(texts.language)/confirmations" novalidate>
              <input type="hidden" name="ticket" value="\(ticket)">\(purpose)
              <div\(problem == nil ? "" : " class=\"wrong\"" as HTML)>
                <label for="code">\(texts("confirm.code"))</label>
                <span class="hint" id="code-hint">\(texts("confirm.code.hint"))</span>
                \(error)
                <input class="digits" id="code" name="code" inputmode="numeric" \
            autocomplete="one-time-code" spellcheck="false" value="\(typed)"\(invalid)>
              </div>
              <button class="button">\(texts(isLetter ? "letter.confirm.button" : "confirm.button"))</button>
            </form>
            """
    }
}
