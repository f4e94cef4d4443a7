import Domain
import HTTPTypes
import Hummingbird
import Languages
import NIOCore

/// A supporter's own entry in the ledger, for who asks with the withdrawal code; nobody needs it.
struct ReceiptRoutes {
    let services: Services

    /// `GET /{lang}/receipts/new`
    @Sendable func new(_ request: Request, _ context: WebContext) throws -> Response {
        .page(ReceiptPage(services: services, texts: try services.texts(context)).form())
    }

    /// `POST /{lang}/receipts` with `withdrawal`, and with `download=yes` for the file
    @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let texts = try services.texts(context)
        var request = request
        let fields = try await request.form()
        let page = ReceiptPage(services: services, texts: texts)
        let typed = fields["withdrawal"]
        if let seconds = services.secondsToWait(request, context) {
            let problem = texts.plural("problem.toomany", minutes(seconds))
            return .page(page.form(typed, problem: (nil, problem)), status: .tooManyRequests)
                .with(retryAfterSeconds: seconds)
        }
        func refuse(_ key: String) -> Response {
            .page(
                page.form(typed, problem: ("withdrawal", texts(key))),
                status: .unprocessableContent)
        }
        guard !typed.trimmed.isEmpty else { return refuse("receipt.problem.missing") }
        guard let code = WithdrawalCode(typed: typed) else {
            return refuse("withdraw.problem.shape")
        }
        switch try await services.receipt(for: code) {
        case .unknown: return refuse("withdraw.problem.unknown")
        case .takenBack(let action): return .page(page.takenBack(action))
        case .waiting: return .page(page.waiting)
        case .entry(let action, let index, let size, let proof):
            guard fields["download"] == "yes" else {
                return .page(page.entry(action, code, index: index, size: size))
            }
            return .receipt(proof, slug: services.board.action(action)?.slug ?? "action")
        }
    }
}

extension Response {
    fileprivate static func receipt(_ proof: [UInt8], slug: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"outcry-receipt-\(slug).tlog-proof\"",
                .robots: "noindex, noarchive, nosnippet",
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: proof)))
    }
}
