import Domain
import Languages

/// The pages of asking for one's own entry in the ledger.
struct ReceiptPage {
    let services: Services
    let texts: Texts

    private var address: String { "/\(texts.language)/receipts" }

    func form(_ typed: String = "", problem: (field: String?, message: String)? = nil) -> HTML {
        let heading = texts("receipt.title")
        var layout = layout(heading)
        if problem != nil { layout.title = texts("form.errortitle", ["title": heading]) }
        let summary = problem.map { ErrorSummary(texts: texts, problems: [$0]).html }
        let field = WithdrawalPage(services: services, texts: texts).codeField(typed, problem)
        return layout.page(
            """
            <main class="plain" id="main">
              \(summary)
              <h1>\(heading)</h1>
              <p>\(texts("receipt.lead"))</p>
              <p>\(texts("receipt.warning"))</p>
              <form method="post" action="\(address)" novalidate>
                \(field)
                <button class="button">\(texts("receipt.button"))</button>
              </form>
            </main>
            """)
    }

    /// `index` is from 0, as in the file; people count from 1.
    func entry(_ action: ActionID, _ code: WithdrawalCode, index: Int, size: Int) -> HTML {
        let places = ["index": texts.number(index + 1), "size": texts.number(size)]
        let heading = texts("receipt.entry", places)
        return layout(heading).page(
            """
            <main class="plain" id="main">
              <div><p class="soft">\(title(action))</p><h1>\(heading)</h1></div>
              <p>\(texts("receipt.entry.text"))</p>
              <section aria-labelledby="keep">
                <h2 id="keep">\(texts("receipt.keep"))</h2>
                <p>\(texts("receipt.keep.text"))</p>
                <p>\(texts("receipt.index", ["index": texts.number(index)]))</p>
                <form method="post" action="\(address)">
                  <input type="hidden" name="withdrawal" value="\(code.groups.joined())">
                  <input type="hidden" name="download" value="yes">
                  <button class="button quiet">\(texts("receipt.download"))</button>
                </form>
              </section>
            </main>
            """)
    }

    var waiting: HTML {
        let heading = texts("receipt.waiting")
        return layout(heading).page(
            """
            <main class="plain" id="main">
              <h1>\(heading)</h1>
              <p>\(texts.plural("receipt.waiting.text", services.ledgerInterval))</p>
            </main>
            """)
    }

    func takenBack(_ action: ActionID) -> HTML {
        let heading = texts("receipt.back")
        return layout(heading).page(
            """
            <main class="plain" id="main">
              <h1>\(heading)</h1>
              <p>\(texts("receipt.back.text")) <strong>\(title(action))</strong></p>
            </main>
            """)
    }

    private func title(_ action: ActionID) -> String {
        services.title(of: services.board.action(action), texts)
    }

    private func layout(_ title: String) -> Layout { services.privateLayout(texts, title) }
}
