import Domain
import Foundation
import Hummingbird
import Languages
import Mail
import NIOCore
import Storage

/// The mails of a demonstration; to be seen from this machine only.
struct OutboxRoutes {
    let services: Services
    let outbox: Outbox

    /// `/dev/outbox`
    @Sendable func page(_ request: Request, _ context: WebContext) throws -> Response {
        guard services.isLocal(request, context) else { throw PageError.notFound }
        let texts = services.languages.best(for: request.headers[.acceptLanguage])
        let layout = services.privateLayout(texts, texts("outbox.title"))
        let mails = outbox.all.reversed().map { mail -> HTML in
            """
            <section class="mail"><h2>\(mail.subject)</h2><p class="small soft">\(mail.to)</p>
            <pre class="letter">\(linked(mail.text))</pre></section>

            """
        }
        let empty: HTML? = mails.isEmpty ? "<p>\(texts("outbox.empty"))</p>" : nil
        return .page(
            layout.page(
                """
                <main class="plain outbox" id="main">
                  <h1>\(texts("outbox.title"))</h1>
                  <p>\(texts("outbox.text"))</p>
                  \(empty)\(mails)
                </main>
                """))
    }

    /// `/dev/outbox.json`, newest last
    @Sendable func json(_ request: Request, _ context: WebContext) throws -> Response {
        guard services.isLocal(request, context) else { throw PageError.notFound }
        let json = try JSONEncoder().encode(outbox.all)
        return Response(
            status: .ok,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: json)))
    }

    /// Lines that are an address of this server become links.
    private func linked(_ text: String) -> HTML {
        text.split(separator: "\n", omittingEmptySubsequences: false).reduce(HTML.none) {
            html, line in
            let line = String(line)
            return html
                + (line.hasPrefix(services.organisation.origin)
                    ? "<a href=\"\(line)\">\(line)</a>\n" : "\(line)\n")
        }
    }
}
