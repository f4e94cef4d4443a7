import Domain
import Hummingbird
import Languages
import Storage
import Synchronization

/// The pages that explain the others: how we count, and what we keep.
struct AboutRoutes {
    let services: Services
    private let pages = PageCache()

    init(services: Services) { self.services = services }

    /// `/{lang}/how-we-count`
    @Sendable func howWeCount(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        let actions = services.board.all.filter { $0.state.isPublic && $0.state != .stopped }
        let numbers = actions.map { services.number(of: $0) }
        let state = (numbers + actions.map(\.row.revision)).map(String.init) + ["\(services.today)"]
        return pages.page("count/\(texts.language)", state: state.joined(separator: " ")) {
            page(
                texts, "count", path: "/how-we-count",
                numberTable(texts, Array(zip(actions, numbers)))
            ).bytes
        }.response(to: request, caching: ActionRoutes.caching)
    }

    /// `/{lang}/privacy`
    @Sendable func privacy(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        return pages.page("privacy/\(texts.language)", state: "") {
            page(texts, "privacy", path: "/privacy", .none).bytes
        }.response(to: request, caching: ActionRoutes.caching)
    }

    /// A page of the catalogue: `<name>.title`, `<name>.lead` and `<name>.1`, `<name>.2` ... each
    /// with its `.title`.
    private func page(_ texts: Texts, _ name: String, path: String, _ data: HTML) -> HTML {
        let places = ["organisation": services.organisation.name, "sender": services.mail.sender]
        var sections = HTML.none
        var number = 1
        while texts.keys.contains("\(name).\(number).title") {
            let id = "part-\(number)"
            sections =
                sections + """
                    <section class="side" aria-labelledby="\(id)">
                      <h2 id="\(id)">\(texts("\(name).\(number).title"))</h2>
                      <div class="prose"><p>\(texts("\(name).\(number)", places))</p></div>
                    </section>

                    """
            number += 1
        }
        let title = texts("\(name).title")
        var layout = services.layout(texts, path: path, title: title)
        layout.description = texts("\(name).lead", places)
        return layout.page(
            """
            <main class="action about" id="main">
              <header class="lead"><h1>\(title)</h1>
              <p class="brief">\(texts("\(name).lead", places))</p></header>
              <div class="story">\(data)\(sections)</div>
            </main>
            """)
    }

    private func numberTable(
        _ texts: Texts, _ entries: [(action: PublishedAction, number: Int)]
    ) -> HTML {
        guard !entries.isEmpty else { return .none }
        let rows = entries.map { action, number -> HTML in
            let translation =
                action.content.shown(in: texts.language)
            return """
                <tr><th scope="row"><a href="/\(texts.language)/actions/\(action.slug)">\
                \(translation.title)</a></th><td>\(texts.number(number))</td></tr>
                """
        }
        let caption = texts("count.caption", ["date": texts.date(services.today)])
        return """
            <section aria-labelledby="numbers">
              <h2 id="numbers">\(texts("count.numbers"))</h2>
              <table><caption>\(caption)</caption>
              <thead><tr><th scope="col">\(texts("count.action"))</th>\
            <th scope="col">\(texts("count.number"))</th></tr></thead>
              <tbody>\(rows)</tbody></table>
            </section>
            """
    }
}
