import Domain
import Hummingbird
import Languages
import Logging
import NIOCore
import Sealing
import Storage

/// The link that ends somebody's updates. Whose it is, nobody here knows: what is stored is the
/// hash of its token, which the keeper takes out of the list before the next mail.
struct UpdateRoutes {
    let services: Services

    /// `GET /u/{token}`: one button; nothing happens here.
    @Sendable func show(_ request: Request, _ context: WebContext) throws -> Response {
        let token = try token(context.parameters.get("token") ?? "")
        let texts = services.languages.best(for: request.headers[.acceptLanguage])
        let heading = texts("unsubscribe.title")
        return .page(
            services.privateLayout(texts, heading).page(
                """
                <main class="plain" id="main">
                  <h1>\(heading)</h1>
                  <p>\(texts("unsubscribe.lead", ["organisation": services.organisation.name]))</p>
                  <form method="post" action="/u">
                    <input type="hidden" name="token" value="\(token.link)">
                    <button class="button">\(texts("unsubscribe.button"))</button>
                  </form>
                  <p class="small soft">\(texts("unsubscribe.name"))</p>
                </main>
                """))
    }

    /// `POST /u` with `token`: the button.
    @Sendable func end(_ request: Request, _ context: WebContext) async throws -> Response {
        var form = request
        return try await end(token(form.form()["token"]), request, context)
    }

    /// `POST /u/{token}` with `List-Unsubscribe=One-Click` (RFC 8058): the button of a mail program.
    ///
    /// The one POST that other sites may send: mail providers do, for those who read there. The
    /// token is all it needs, and all that whoever has it can do is to end one person's updates.
    @Sendable func oneClick(_ request: Request, _ context: WebContext) async throws -> Response {
        var request = request
        let token = try token(context.parameters.get("token") ?? "")
        let body = String(buffer: try await request.body(limit: Self.oneClickLimit))
        // In either of the two codings of a form, these words stand as they are.
        guard body.contains("List-Unsubscribe"), body.contains("One-Click") else {
            throw PageError.badForm
        }
        return try await end(token, request, context)
    }

    private static let oneClickLimit = 2_048

    private func token(_ link: String) throws -> UpdateToken {
        guard let token = UpdateToken(link: link) else { throw PageError.updateLinkNotValid }
        return token
    }

    /// The same for every token that is one, known or not, and however often.
    private func end(
        _ token: UpdateToken, _ request: Request, _ context: WebContext
    ) async throws -> Response {
        let (bound, hash, today) = (services.limits.unsubscribed, token.hash, services.today)
        if let seconds = services.secondsToWait(request, context, services.limits.links) {
            throw PageError(.tooManyRequests, "busy", retryAfterSeconds: seconds)
        }
        guard bound.reserve() else {
            services.logger.error("no more links that end updates can be kept: see outcry check")
            throw PageError.busy
        }
        do {
            let isNew = try await services.store.write { try $0.unsubscribe(hash, today: today) }
            if !isNew { bound.release() }
        } catch {
            bound.release()
            throw error
        }
        let texts = services.languages.best(for: request.headers[.acceptLanguage])
        let heading = texts("unsubscribed.title")
        return .page(
            services.privateLayout(texts, heading).page(
                """
                <main class="plain" id="main">
                  <h1>\(heading)</h1>
                  <p>\(texts("unsubscribed.text", ["organisation": services.organisation.name]))</p>
                  <p>\(texts("unsubscribe.name"))</p>
                  <p><a href="/\(texts.language)/withdrawals/new">\(texts("layout.withdraw"))</a></p>
                </main>
                """))
    }
}
