import Domain
import Languages
import Sealing

/// The pages of taking a name back.
struct WithdrawalPage {
    let services: Services
    let texts: Texts

    func form(
        _ typed: (code: String, email: String) = ("", ""),
        problem: (field: String?, message: String)? = nil
    ) -> HTML {
        let heading = texts("withdraw.title")
        var layout = layout(heading)
        if problem != nil { layout.title = texts("form.errortitle", ["title": heading]) }
        let summary = problem.map { ErrorSummary(texts: texts, problems: [$0]).html }
        return layout.page(
            """
            <main class="plain" id="main">
              \(summary)
              <h1>\(heading)</h1>
              <p>\(texts("withdraw.lead"))</p>
              <form method="post" action="/\(texts.language)/withdrawals" novalidate>
                \(codeField(typed.code, problem))
                <button class="button">\(texts("withdraw.button"))</button>
              </form>
              <p class="small"><a href="/\(texts.language)/receipts/new">\(texts("receipt.link"))</a></p>
              <section aria-labelledby="bymail">
                <h2 id="bymail">\(texts("withdraw.bymail"))</h2>
                <p>\(texts("withdraw.bymail.text"))</p>
                <form method="post" action="/\(texts.language)/withdrawals" novalidate>
                  \(field("email", "withdraw.email", nil, problem, input: "<input id=\"email\" name=\"email\" type=\"email\" inputmode=\"email\" autocomplete=\"email\" spellcheck=\"false\" value=\"\(typed.email)\">"))
                  <button class="button quiet">\(texts("withdraw.email.button"))</button>
                </form>
              </section>
            </main>
            """)
    }

    /// Where the withdrawal code is typed.
    func codeField(_ typed: String, _ problem: (field: String?, message: String)?) -> HTML {
        field(
            "withdrawal", "withdraw.code", "withdraw.code.hint", problem,
            input: """
                <input id="withdrawal" name="withdrawal" autocomplete="off" \
                autocapitalize="characters" spellcheck="false" dir="ltr" value="\(typed)" \
                aria-describedby="withdrawal-hint">
                """)
    }

    private func field(
        _ id: String, _ label: String, _ hint: String?,
        _ problem: (field: String?, message: String)?, input: HTML
    ) -> HTML {
        let isWrong = problem?.field == id
        let hint = hint.map { "<span class=\"hint\" id=\"\(id)-hint\">\(texts($0))</span>" as HTML }
        let error: HTML? =
            isWrong
            ? """
            <span class="error"><span class="hidden">\(texts("form.error"))</span>\
            \(problem?.message ?? "")</span>
            """ : nil
        return """
            <div\(isWrong ? " class=\"wrong\"" as HTML : .none)>
              <label for="\(id)">\(texts(label))</label>\(hint)\(error)
              \(input)
            </div>
            """
    }

    /// After a request by mail: the same for every address.
    var sent: HTML {
        let heading = texts("withdraw.sent.title")
        return layout(heading).page(
            """
            <main class="plain" id="main">
              <h1>\(heading)</h1>
              <p>\(texts("withdraw.sent.text"))</p>
              <ul>
                <li>\(texts.html("confirm.nomail.spam", ["sender": "<span class=\"text\">\(services.mail.sender)</span>"]))</li>
                <li>\(texts("withdraw.sent.code"))</li>
              </ul>
            </main>
            """)
    }

    /// The mailed link.
    func confirm(
        _ actions: [ActionID], _ secret: MailSecret, problem: String? = nil
    ) -> HTML {
        let heading = texts("remove.title")
        let summary = problem.map { "<p class=\"error\" role=\"alert\">\($0)</p>" as HTML }
        let choice: HTML? =
            actions.count > 1 ? "<input type=\"hidden\" name=\"choice\" value=\"yes\">" : nil
        let items = actions.map { id -> HTML in
            actions.count == 1
                ? "<p><strong>\(title(id))</strong></p>"
                : """
                <div class="choice"><input type="checkbox" id="a\(id.description)" name="action" \
                value="\(id.description)" checked><label for="a\(id.description)">\(title(id))</label></div>
                """
        }
        return layout(heading).page(
            """
            <main class="plain" id="main">
              <h1>\(heading)</h1>
              <p>\(texts("remove.lead"))</p>
              \(summary)
              <form method="post" action="/w">
                \(choice)
                <input type="hidden" name="secret" value="\(secret.link)">
                \(items)
                <button class="button">\(texts("withdraw.button"))</button>
              </form>
            </main>
            """)
    }

    func done(_ actions: [ActionID]) -> HTML {
        let heading = texts("withdrawn.title")
        let items = actions.map { "<li>\(title($0))</li>" as HTML }
        return layout(heading).page(
            """
            <main class="plain" id="main">
              <h1>\(heading)</h1>
              <p>\(texts("withdrawn.text"))</p>
              <ul>\(items)</ul>
              <p>\(texts("withdrawn.copies"))</p>
              <p><a href="/\(texts.language)/">\(texts("action.others"))</a></p>
            </main>
            """)
    }

    private func title(_ action: ActionID) -> String {
        services.title(of: services.board.action(action), texts)
    }

    private func layout(_ title: String) -> Layout { services.privateLayout(texts, title) }
}
