import Domain
import HTTPTypes
import Hummingbird
import Languages
import Logging
import Press
import Sealing
import Storage

/// Turns every error into a page that says what to do.
struct ErrorPages: RouterMiddleware {
    typealias Context = WebContext

    let services: Services

    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return page(for: error, request, context)
        }
    }

    private func page(for error: any Error, _ request: Request, _ context: WebContext) -> Response {
        let known = understood(error)
        let texts =
            services.languages[context.parameters.get("lang") ?? firstComponent(request)]
            ?? services.languages.best(for: request.headers[.acceptLanguage])
        if known == Self.internalError || known == .unprintable {
            // The route's pattern, never its path; the error's kind, never its content.
            services.logger.error(
                "request failed",
                metadata: [
                    "route": "\(context.endpointPath ?? "none")", "error": "\(type(of: error))",
                ])
        }
        let title = texts("error.\(known.name).title")
        let layout = services.privateLayout(texts, title)
        let when = known.retryAfterSeconds.map {
            "<p>\(texts.plural("error.retry", minutes($0)))</p>" as HTML
        }
        let html = layout.page(
            """
            <main class="plain" id="main">
              <h1>\(title)</h1>
              <p>\(texts("error.\(known.name).text"))</p>
              \(when)
              <p><a href="/\(texts.language)/">\(texts("action.others"))</a></p>
            </main>
            """)
        var response = Response.page(html, status: known.status)
        response.headers[.allow] = known.allow
        return known.retryAfterSeconds.map { response.with(retryAfterSeconds: $0) } ?? response
    }

    private static let internalError = PageError(.internalServerError, "internal")

    private func understood(_ error: any Error) -> PageError {
        switch error {
        case let error as PageError: return error
        case StorageError.busy, StorageError.full: return .busy
        case SealingError.pledgeTooLong: return .badForm
        case PressProblem.noMemory: return .busy
        case is PressProblem: return .unprintable
        case let error as HTTPError:
            return switch error.status {
            case .notFound: .notFound
            case .contentTooLarge: .tooLarge
            default:
                error.status.code < 500 ? PageError(error.status, "badform") : Self.internalError
            }
        default: return Self.internalError
        }
    }

    private func firstComponent(_ request: Request) -> String {
        request.uri.path.split(separator: "/").first.map(String.init) ?? ""
    }
}
