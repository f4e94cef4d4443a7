import Domain
import Languages
import Storage

/// The one page that is flooded with ink: you are counted.
struct CountedPage {
    let services: Services
    let texts: Texts
    let outcome: Confirmed

    var html: HTML {
        switch outcome {
        case .counted(let code, let action, let number):
            counted(code, services.board.action(action), number)
        case .already(let action): already(services.board.action(action))
        case .letter(let place, let action):
            LetterLinePage(
                services: services, texts: texts, action: services.board.action(action),
                place: place
            ).html
        }
    }

    /// Nil once the action was stopped: nothing of it is said any more.
    private func translation(_ action: PublishedAction?) -> Translation? {
        guard let action, action.state != .stopped else { return nil }
        return action.content.shown(in: texts.language)
    }

    private func layout(_ heading: String, _ action: PublishedAction?) -> Layout {
        let title = translation(action).map { "\(heading) – \($0.title)" } ?? heading
        var layout = services.privateLayout(texts, title)
        layout.hasScript = true
        return layout
    }

    private func counted(
        _ code: WithdrawalCode, _ action: PublishedAction?, _ number: Int
    ) -> HTML {
        let size: HTML = number >= 1_000_000 ? " class=\"long\"" : ""
        let figure = texts.html(
            plural: "counted.number", number,
            ["number": "<b\(size)>\(texts.number(number))</b>"])
        let goal = action?.content.goal(above: number) ?? 0
        // The ledger takes a name in a little later: the first ones come before any number.
        let isFirst = number == 0
        return services.parts.page(
            "counted/\(texts.language)/\(action?.slug ?? "")",
            state: services.edition(["\(action?.row.revision ?? 0)", "\(goal)", "\(isFirst)"]),
            fillings: [
                isFirst ? HTML(text: texts("counted.first")) : figure,
                HTML(joining: code.groups.map { "<span>\($0)</span>" }),
            ]
        ) {
            counted(action, goal: goal, isFirst: isFirst)
        }
    }

    /// The page with gaps for the number and the code.
    private func counted(_ action: PublishedAction?, goal: Int, isFirst: Bool) -> HTML {
        let heading = texts("counted.title")
        let demand = translation(action).map { translation -> HTML in
            let office = action?.content.targets.first?.office.in(texts.language) ?? ""
            let places = ["office": office, "demand": translation.demand]
            return "<p>\(texts(isFirst ? "counted.tell.first" : "counted.tell", places))</p>"
        }
        return layout(heading, action).page(
            """
            <main class="counted" id="main" data-confirmed="\(action?.slug ?? "")">
              <div class="inked">
                <h1>\(heading)</h1>
                <p>\(HTML.gap)</p>
                \(demand)
              </div>
              <div class="after">
                \(share(action, goal: goal))
                \(letter(action))
                <section aria-labelledby="keep">
                  <h2 id="keep">\(texts("counted.keep"))</h2>
                  <p>\(texts("counted.keep.text"))</p>
                  <p class="withdraw" dir="ltr" translate="no"\(texts.copying)>\(HTML.gap)</p>
                  <p class="small">\(texts("counted.keep.print")) \
            <a href="/\(texts.language)/withdrawals/new">\(texts("counted.keep.where"))</a></p>
                </section>
                <section aria-labelledby="next">
                  <h2 id="next">\(texts("counted.next"))</h2>
                  <ol>
                    <li>\(texts.plural("counted.next.number", services.ledgerInterval)) \
            <a href="/\(texts.language)/how-we-count">\(texts("layout.count"))</a></li>
                    <li>\(texts("counted.next.name"))</li>
                    <li>\(texts("counted.next.updates"))</li>
                  </ol>
                  <p class="small"><a href="/\(texts.language)/receipts/new">\(texts("receipt.link"))</a></p>
                </section>
              </div>
            </main>
            """)
    }

    private func share(_ action: PublishedAction?, goal: Int) -> HTML? {
        guard let action, action.state == .open, let translation = translation(action) else {
            return nil
        }
        let links = ShareLinks(
            texts: texts, slug: action.slug, title: translation.title,
            origin: services.organisation.origin)
        return """
            <section aria-labelledby="share">
              <h2 id="share">\(texts("counted.share"))</h2>
              <p>\(texts("counted.share.text", ["goal": texts.number(goal)]))</p>
              \(links.html(quiet: false))
              <h3>\(texts("counted.scan"))</h3>
              <p>\(texts("counted.scan.text"))</p>
              \(links.code)
            </section>
            """
    }

    private func letter(_ action: PublishedAction?) -> HTML? {
        guard let action, action.state == .open else { return nil }
        return """
            <section aria-labelledby="letter">
              <h2 id="letter">\(texts("letter.after"))</h2>
              <p>\(texts("letter.after.text"))</p>
              <p><a class="button quiet" href="/\(texts.language)/actions/\(action.slug)/letter">\
            \(texts("letter.write"))</a></p>
            </section>
            """
    }

    private func already(_ action: PublishedAction?) -> HTML {
        let heading = texts("already.title")
        return layout(heading, action).page(
            """
            <main class="plain" id="main" data-confirmed="\(action?.slug ?? "")">
              <div><p class="soft">\(translation(action)?.title ?? "")</p><h1>\(heading)</h1></div>
              <p>\(texts("already.text"))</p>
              <p><a href="/\(texts.language)/withdrawals/new">\(texts("already.withdraw"))</a></p>
            </main>
            """)
    }
}
