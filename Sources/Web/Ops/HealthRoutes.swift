import Domain
import Hummingbird
import Ledger
import NIOCore
import Storage

/// For the machines that watch this one.
struct HealthRoutes {
    let services: Services

    static let paths: Set<String> = ["/healthz", "/readyz"]

    /// `/healthz`: the process answers
    @Sendable func health(_ request: Request, _ context: WebContext) -> Response {
        text("ok\n", .ok)
    }

    /// `/readyz`: a signature would be taken and shown now; 503 with the reason otherwise
    @Sendable func ready(_ request: Request, _ context: WebContext) async -> Response {
        do {
            _ = try await services.store.read { try $0.actionRevisions() }
        } catch {
            return text("the database does not answer\n", .serviceUnavailable)
        }
        guard services.mail.hasRoom() else {
            return text("too many mails wait for the relay\n", .serviceUnavailable)
        }
        guard services.limits.pending.hasRoom else {
            return text("too many signatures wait for confirmation\n", .serviceUnavailable)
        }
        // Names are taken all the same; but nobody would see them in the number.
        let isHalted = services.board.all.contains {
            $0.state.takesNames && services.ledger.isHalted($0.id)
        }
        guard !isHalted else {
            return text("a ledger stands still; the log says why\n", .serviceUnavailable)
        }
        return text("ready\n", .ok)
    }

    private func text(_ text: String, _ status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
