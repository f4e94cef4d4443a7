import Domain
import Hummingbird
import Languages
import Ledger
import Mail
import Storage
import Synchronization

/// The pages that explain the others: how we count, what we keep, for whom the pages are made.
struct AboutRoutes {
    let services: Services
    private let pages = PageCache()

    init(services: Services) { self.services = services }

    /// `/{lang}/how-we-count`
    @Sendable func howWeCount(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        let actions = services.board.all.filter { $0.state.isPublic && $0.state != .stopped }
        let standings = actions.map { services.ledger.standing(of: $0.id) }
        let state = actions.map { "\($0.row.revision)" } + standings.map { $0?.edition ?? "none" }
        return pages.page("count/\(texts.language)", state: services.edition(state)) {
            page(
                texts, "count", path: "/how-we-count",
                before: numberTable(texts, Array(zip(actions, standings)))
            ).bytes
        }.response(to: request)
    }

    /// `/{lang}/privacy`
    @Sendable func privacy(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        return pages.page("privacy/\(texts.language)", state: services.edition([])) {
            page(
                texts, "privacy", path: "/privacy",
                after: settings(texts) + contact(texts)
            ).bytes
        }.response(to: request)
    }

    /// `/{lang}/accessibility`
    @Sendable func accessibility(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        return pages.page("accessibility/\(texts.language)", state: services.edition([])) {
            page(texts, "accessibility", path: "/accessibility", after: contact(texts)).bytes
        }.response(to: request)
    }

    /// A page of the catalogue: `<name>.title`, `<name>.lead` and `<name>.1`, `<name>.2` ... each
    /// with its `.title`.
    private func page(
        _ texts: Texts, _ name: String, path: String, before: HTML = .none, after: HTML = .none
    ) -> HTML {
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
              <div class="story">\(before)\(sections)\(after)</div>
            </main>
            """)
    }

    /// One group of rows for each action that has a ledger.
    private func numberTable(
        _ texts: Texts, _ entries: [(action: PublishedAction, standing: Standing?)]
    ) -> HTML {
        let groups = entries.compactMap { action, standing -> HTML? in
            guard let standing else { return nil }
            let address: HTML = "/\(texts.language)/actions/\(action.slug)"
            let title = action.content.shown(in: texts.language).title
            return """
                <tbody>
                <tr><th scope="rowgroup" colspan="2"><a href="\(address)">\(title)</a></th></tr>
                \(rows(texts, action, standing))\
                <tr><td colspan="2"><a href="\(address)/verify">\(texts("verify.title"))</a></td></tr>
                </tbody>

                """
        }
        guard !groups.isEmpty else { return .none }
        return """
            <section aria-labelledby="numbers">
              <h2 id="numbers">\(texts("count.numbers"))</h2>
              <table class="standing"><caption>\(texts("count.caption"))</caption>
              \(groups)</table>
            </section>
            """
    }

    private func rows(_ texts: Texts, _ action: PublishedAction, _ standing: Standing) -> HTML {
        StandingRows(
            texts: texts, slug: action.slug, standing: standing,
            organisation: services.organisation.name
        ).html
    }

    private func contact(_ texts: Texts) -> HTML {
        let organisation = services.organisation
        let name: HTML = "<bdi>\(organisation.name)</bdi>"
        let text =
            if let contact = organisation.appearance.contact {
                texts.html(
                    "contact.here",
                    [
                        "organisation": name,
                        "contact": """
                        <a href="\(contact)"><bdi>\(contact.withoutMailto)</bdi></a>
                        """,
                    ])
            } else {
                texts.html("contact.none", ["organisation": name])
            }
        return """
            <section class="side" aria-labelledby="contact">
              <h2 id="contact">\(texts("contact.title"))</h2>
              <div class="prose"><p>\(text)</p></div>
            </section>
            """
    }

    /// What holds on this server, read from where the program itself reads it.
    private func settings(_ texts: Texts) -> HTML {
        func days(_ number: Int) -> String { texts.plural("settings.days", number) }
        let set = services.arrangements
        let relay =
            switch set.relay {
            case .none: texts("settings.relay.none")
            case .here: texts("settings.relay.here")
            case .host(let name): name
            }
        let rows: [(String, String)] = [
            ("keepers", texts.number(set.keepers)),
            ("forms", texts.number(services.limits.prefixes.limit)),
            ("mails", texts.number(MailJob.mailsPerDay)),
            ("relay", relay),
            ("between", texts("settings.between.\(set.hasProxy ? "proxy" : "nothing")")),
            ("pending", days(Retention.pending)),
            ("records", days(Retention.records)),
            ("fingerprints", days(Retention.fingerprints)),
        ]
        let lines = rows.map { key, value -> HTML in
            """
            <tr><th scope="row">\(texts("settings.\(key)"))</th><td><bdi>\(value)</bdi></td></tr>

            """
        }
        return """
            <section aria-labelledby="settings">
              <h2 id="settings">\(texts("settings.title"))</h2>
              <table><caption>\(texts("settings.caption"))</caption>
              <thead><tr><th scope="col">\(texts("settings.what"))</th>\
            <th scope="col">\(texts("settings.value"))</th></tr></thead>
              <tbody>\(lines)</tbody></table>
            </section>
            """
    }
}

extension String {
    fileprivate var withoutMailto: String {
        hasPrefix("mailto:") ? String(dropFirst("mailto:".count)) : self
    }
}
