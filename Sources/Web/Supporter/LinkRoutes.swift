import Domain
import Hummingbird
import Languages
import Sealing
import Storage

/// The mailed link: it shows what is about to be signed or sent, and one button. Nothing counts on
/// GET.
struct LinkRoutes {
    let services: Services

    /// `GET /c/{secret}`
    @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let secret = MailSecret(link: context.parameters.get("secret") ?? "") else {
            throw PageError.linkNotValid
        }
        let id = secret.pendingID
        let today = services.today
        let (pending, spent) = try await services.store.read {
            (try $0.pending(id, today: today), try $0.spent(id, today: today))
        }
        if let spent {
            guard SpentAnswer(sealed: spent, for: secret) != nil else {
                throw PageError.linkNotValid
            }
            let texts = services.languages.best(for: request.headers[.acceptLanguage])
            return .page(usedPage(texts, secret))
        }
        switch pending.flatMap({ PendingRequest(sealed: $0.sealed, for: secret) }) {
        case .signature(let action, _, _, let bytes):
            return try signature(action, bytes, secret)
        case .letter(let action, _, let draft):
            let waiting = try await services.waitingLetter(action, draft)
            let texts = services.languages[waiting.request.lang] ?? services.languages.fallback
            return .page(
                LetterLinkPage(
                    services: services, texts: texts, waiting: waiting, secret: secret
                ).html)
        case .removal, nil: throw PageError.linkNotValid
        }
    }

    private func signature(
        _ action: ActionID, _ bytes: [UInt8], _ secret: MailSecret
    ) throws -> Response {
        guard let published = services.board.action(action) else { throw PageError.linkNotValid }
        let pledge = try Pledge(json: bytes)
        let texts = services.languages[pledge.lang] ?? services.languages.fallback
        guard published.state != .stopped else { throw PageError.ended }
        return .page(page(texts, published, pledge, secret))
    }

    /// `POST /c`
    @Sendable func confirm(_ request: Request, _ context: WebContext) async throws -> Response {
        var request = request
        let fields = try await request.form()
        guard let secret = MailSecret(link: fields["secret"]) else {
            throw PageError.linkNotValid
        }
        let lowering = Lowering(
            countOnly: fields["show"] == "count", noUpdates: fields["updates"] == "no",
            noReply: fields["reply"] == "none")
        let outcome = try await services.confirm(secret, lowering: lowering)
        let texts =
            services.languages[fields["lang"]]
            ?? services.languages.best(for: request.headers[.acceptLanguage])
        return .page(CountedPage(services: services, texts: texts, outcome: outcome).html)
    }

    private func page(
        _ texts: Texts, _ action: PublishedAction, _ pledge: Pledge, _ secret: MailSecret
    ) -> HTML {
        let translation =
            action.content.shown(in: texts.language)
        let heading = texts("link.title")
        let layout = services.privateLayout(texts, "\(heading) – \(translation.title)")
        let office = action.content.targets.first?.office.in(texts.language) ?? ""
        let choices: [HTML?] = [
            pledge.show == .target
                ? choice("show", "count", texts("link.countonly", ["office": office])) : nil,
            pledge.email != nil ? choice("updates", "no", texts("link.noupdates")) : nil,
        ]
        return layout.page(
            """
            <main class="plain" id="main">
              <div><p class="soft">\(translation.title)</p><h1>\(heading)</h1></div>
              <p>\(texts("link.demand")) <strong>\(translation.demand)</strong></p>
              \(summary(texts, pledge, office))
              <form method="post" action="/c">
                <input type="hidden" name="secret" value="\(secret.link)">
                <input type="hidden" name="lang" value="\(texts.language)">
                \(choices.compactMap { $0 })
                <button class="button">\(texts("confirm.button"))</button>
              </form>
              <p class="small soft">\(texts("link.notyou"))</p>
            </main>
            """)
    }

    private func choice(_ name: String, _ value: String, _ label: String) -> HTML {
        """
        <div class="choice"><input type="checkbox" id="\(name)" name="\(name)" value="\(value)">\
        <label for="\(name)">\(label)</label></div>
        """
    }

    private func summary(_ texts: Texts, _ pledge: Pledge, _ office: String) -> HTML {
        let shown =
            pledge.show == .target
            ? texts("link.show.target", ["office": office]) : texts("link.show.count")
        let updates = pledge.email == nil ? texts("link.updates.no") : texts("link.updates.yes")
        let country = pledge.country.map {
            "<dt>\(texts("form.country"))</dt><dd>\(texts.country($0))</dd>" as HTML
        }
        let message = pledge.message.map {
            "<dt>\(texts("form.message"))</dt><dd class=\"kept\"><bdi>\($0)</bdi></dd>" as HTML
        }
        return """
            <dl class="pledge">
              <dt>\(texts("link.name"))</dt><dd><bdi>\(pledge.name)</bdi></dd>
              \(country)
              <dt>\(texts("link.show"))</dt><dd>\(shown)</dd>
              <dt>\(texts("link.updates"))</dt><dd>\(updates)</dd>
              \(message)
            </dl>
            """
    }

    private func usedPage(_ texts: Texts, _ secret: MailSecret) -> HTML {
        let heading = texts("link.used.title")
        let layout = services.privateLayout(texts, heading)
        return layout.page(
            """
            <main class="plain" id="main">
              <h1>\(heading)</h1>
              <p>\(texts("link.used.text"))</p>
              <form method="post" action="/c">
                <input type="hidden" name="secret" value="\(secret.link)">
                <button class="button">\(texts("link.used.button"))</button>
              </form>
            </main>
            """)
    }
}
