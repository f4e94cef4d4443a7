import HTTPTypes
import Hummingbird
import Ledger
import NIOCore

/// An action's ledger as static files (C2SP tlog-tiles), for whoever checks the number.
///
/// Only what a published checkpoint covers is there, by the one spelling of its name.
struct LogRoutes {
    let services: Services

    /// `/actions/{slug}/log/checkpoint`
    @Sendable func checkpoint(_ request: Request, _ context: WebContext) throws -> Response {
        try file("checkpoint", request, context, type: Self.text, caching: "public, max-age=2")
    }

    /// `/actions/{slug}/log/vkey`: what checks the checkpoint's signature.
    @Sendable func key(_ request: Request, _ context: WebContext) throws -> Response {
        try file("vkey", request, context, type: Self.text, caching: "public, max-age=3600")
    }

    /// `/actions/{slug}/log/statements.json`: the texts whose hashes entries carry.
    @Sendable func statements(_ request: Request, _ context: WebContext) throws -> Response {
        try file(
            "statements.json", request, context, type: "application/json; charset=utf-8",
            caching: "public, max-age=2")
    }

    /// `/actions/{slug}/log/tile/...`: what has this name never changes.
    @Sendable func tile(_ request: Request, _ context: WebContext) throws -> Response {
        let name = "tile/" + context.parameters.getCatchAll().joined(separator: "/")
        guard let tile = Tile(path: name),
            let action = services.board[context.parameters.get("slug") ?? ""],
            let standing = services.ledger.standing(of: action.id),
            tile.isCovered(bySize: standing.size)
        else { throw PageError.notFound }
        return try file(
            tile.path, request, context, type: "application/octet-stream",
            caching: "public, max-age=31536000, immutable")
    }

    private static let text = "text/plain; charset=utf-8"

    private func file(
        _ name: String, _ request: Request, _ context: WebContext, type: String, caching: String
    ) throws -> Response {
        let slug = context.parameters.get("slug") ?? ""
        let action = try services.action(slug, request, context)
        guard let bytes = try services.ledgerFiles.read("\(action.slug)/\(name)") else {
            throw PageError.notFound
        }
        return Response(
            status: .ok,
            headers: [
                .contentType: type, .cacheControl: caching,
                // A page that was kept as a file, and any other checker, may read it.
                .allowOrigin: "*", .resourcePolicy: "cross-origin",
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
