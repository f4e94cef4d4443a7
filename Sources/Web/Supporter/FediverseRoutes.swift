import Domain
import Hummingbird
import Languages
import Storage

/// Sharing where everybody is on another server: one says which, and gets a link. Nothing is
/// stored, and this server asks that one nothing.
struct FediverseRoutes {
    let services: Services

    /// `GET /{lang}/actions/{slug}/fediverse`
    @Sendable func new(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        return .page(page(texts, try action(context)))
    }

    /// `POST /{lang}/actions/{slug}/fediverse`: `server`, a host name or a whole fediverse name
    @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let texts = try services.texts(context)
        let action = try action(context)
        var request = request
        let typed = try await request.form()["server"]
        guard let server = Self.server(typed) else {
            return .page(page(texts, action, typed: typed), status: .unprocessableContent)
        }
        return .page(link(texts, action, server))
    }

    /// The host in `@you@mastodon.social`, `https://mastodon.social/home` or `Mastodon.social`.
    static func server(_ typed: String) -> String? {
        var text = Substring(typed.trimmed)
        for scheme in ["https://", "http://"] where text.lowercased().hasPrefix(scheme) {
            text = text.dropFirst(scheme.count)
        }
        text = text.prefix { $0 != "/" }
        return EmailAddress.hostName(text.split(separator: "@").last ?? "")
    }

    private func action(_ context: WebContext) throws -> PublishedAction {
        guard let action = services.board[context.parameters.get("slug") ?? ""],
            action.state.isPublic
        else { throw PageError.notFound }
        guard action.state == .open else { throw PageError.ended }
        return action
    }

    private func page(
        _ texts: Texts, _ action: PublishedAction, typed: String? = nil
    ) -> HTML {
        let heading = texts("fediverse.title")
        let problem = typed == nil ? nil : texts("fediverse.problem")
        let summary = problem.map {
            ErrorSummary(texts: texts, problems: [("server", $0)]).html
        }
        let error = problem.map {
            """
            <span class="error" id="server-error"><span class="hidden">\(texts("form.error"))</span>\
            \($0)</span>
            """ as HTML
        }
        let described: HTML =
            problem == nil
            ? " aria-describedby=\"server-hint\""
            : " aria-invalid=\"true\" aria-describedby=\"server-hint server-error\""
        return frame(
            texts, action, heading, isError: problem != nil,
            """
            \(summary)
            <div><p class="soft">\(title(action, texts))</p><h1>\(heading)</h1></div>
            <p>\(texts("fediverse.text"))</p>
            <form method="post" action="/\(texts.language)/actions/\(action.slug)/fediverse" novalidate>
              <div\(problem == nil ? "" : " class=\"wrong\"" as HTML)>
                <label for="server">\(texts("fediverse.server"))</label>
                <span class="hint" id="server-hint">\(texts("fediverse.server.hint"))</span>
                \(error)
                <input id="server" name="server" inputmode="url" autocapitalize="none" \
            autocomplete="off" spellcheck="false" dir="ltr" value="\(typed ?? "")"\(described)>
              </div>
              <button class="button">\(texts("fediverse.button"))</button>
            </form>
            """)
    }

    private func link(_ texts: Texts, _ action: PublishedAction, _ server: String) -> HTML {
        let heading = texts("fediverse.ready")
        let title = title(action, texts)
        let address = "\(services.organisation.origin)/\(texts.language)/actions/\(action.slug)"
        let words = "\(title)\n\n\(address)".percentEncoded
        let form = "/\(texts.language)/actions/\(action.slug)/fediverse"
        return frame(
            texts, action, heading, isError: false,
            """
            <div><p class="soft">\(title)</p><h1>\(heading)</h1></div>
            <p>\(texts("fediverse.open.text"))</p>
            <p><a class="button" href="https://\(server)/share?text=\(words)" rel="noreferrer">\
            \(texts.html("fediverse.open", ["server": "<bdi>\(server)</bdi>"]))</a></p>
            <p><a href="\(form)">\(texts("fediverse.again"))</a></p>
            """)
    }

    private func title(_ action: PublishedAction, _ texts: Texts) -> String {
        action.content.shown(in: texts.language).title
    }

    private func frame(
        _ texts: Texts, _ action: PublishedAction, _ heading: String, isError: Bool, _ main: HTML
    ) -> HTML {
        let title = "\(heading) – \(title(action, texts))"
        let layout = services.privateLayout(
            texts, isError ? texts("form.errortitle", ["title": title]) : title)
        let back = "/\(texts.language)/actions/\(action.slug)"
        return layout.page(
            """
            <main class="plain" id="main">
              \(main)
              <p><a href="\(back)">\(texts("fediverse.back"))</a></p>
            </main>
            """)
    }
}
