import Domain
import HTTPTypes
import Hummingbird
import Languages
import Ledger
import NIOCore
import Sealing
import Storage
import Synchronization

/// List and action pages, as markup and as data; printed once, served from memory.
struct ActionRoutes {
    let services: Services
    private let pages = PageCache()

    init(services: Services) { self.services = services }

    /// `/`
    @Sendable func root(_ request: Request, _ context: WebContext) -> Response {
        let texts = services.languages.best(for: request.headers[.acceptLanguage])
        var response = Response.seeOther("/\(texts.language)/")
        response.headers[.vary] = "Accept-Language"
        return response
    }

    /// `/{lang}/`
    @Sendable func list(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        let actions = services.board.all.filter(\.state.isPublic)
        let numbers = actions.map { services.number(of: $0) }
        let state = actions.map { "\($0.row.revision)" } + numbers.map(String.init)
        let page = pages.page("list/\(texts.language)", state: services.edition(state)) {
            ListPage(
                texts: texts, entries: Array(zip(actions, numbers)),
                layout: services.layout(texts, path: "/", title: "")
            ).html.bytes
        }
        return page.response(to: request)
    }

    /// `/{lang}/actions/{slug}` and the same with `.json`
    @Sendable func show(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        let name = context.parameters.get("slug") ?? ""
        let isData = name.hasSuffix(".json")
        let slug = isData ? String(name.dropLast(5)) : name
        let action = try services.action(slug, request, context)
        let number = services.number(of: action)
        let state = services.edition(
            [
                "\(action.row.revision)", "\(number)", "\(services.paper(of: action))",
                services.deliveries(of: action).edition, "\(services.posted[action.id])",
            ])
        let key = "\(isData ? "data" : "page")/\(texts.language)/\(slug)"
        let page = try pages.page(
            key, state: state,
            contentType: isData ? "application/json; charset=utf-8" : "text/html; charset=utf-8",
            caching: action.state == .draft ? "no-store" : StoredPage.caching
        ) {
            isData
                ? try services.actionJSON(action, texts, number: number)
                : services.actionPage(action, texts, number: number).html.bytes
        }
        return page.response(to: request)
    }

    /// `/actions/{slug}/count.json`
    @Sendable func count(_ request: Request, _ context: WebContext) throws -> Response {
        let action = try services.action(
            context.parameters.get("slug") ?? "", request, context)
        let standing = services.ledger.standing(of: action.id)
        let json = try CountJSON(
            number: standing?.number ?? 0, size: standing?.size,
            asOf: timestamp(standing?.asOf ?? services.now()), proved: standing != nil
        ).bytes()
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/json; charset=utf-8",
                .cacheControl: "public, max-age=5",
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: json)))
    }
}

/// The newest print of each page.
final class PageCache: Sendable {
    private let pages = Mutex<[String: (state: String, page: StoredPage)]>([:])

    /// The page as it was printed for this state, or a new print.
    func page(
        _ key: String, state: String, contentType: String = "text/html; charset=utf-8",
        caching: String = StoredPage.caching, forOthers: Bool = false, special: HTTPFields = [:],
        print: () throws -> [UInt8]
    ) rethrows -> StoredPage {
        if let known = pages.withLock({ $0[key] }), known.state == state { return known.page }
        let bytes = try print()
        let hash = String(digest(bytes).hex.prefix(32))
        let page = StoredPage(
            bytes, contentType: contentType, hash: hash, caching: caching, forOthers: forOthers,
            special: special)
        pages.withLock { $0[key] = (state, page) }
        return page
    }
}

extension Services {
    /// The language of the path; throws `PageError.notFound` for one that nobody speaks here.
    func texts(_ context: WebContext) throws -> Texts {
        guard let texts = languages[context.parameters.get("lang") ?? ""] else {
            throw PageError.notFound
        }
        return texts
    }

    /// An action that may be seen: a draft only with `--preview`, and only from this machine.
    func action(_ slug: String, _ request: Request, _ context: WebContext) throws -> PublishedAction
    {
        guard let action = board[slug] else { throw PageError.notFound }
        // A proxy on this machine that forgets to say for whom it asks would make a draft public.
        let mayPreview =
            action.row.preview && isLocal(request, context)
            && !limits.proxies.contains(context.peer)
        guard action.state.isPublic || mayPreview else { throw PageError.notFound }
        return action
    }

    /// Whether a request comes from this machine itself and from no proxy on it.
    func isLocal(_ request: Request, _ context: WebContext) -> Bool {
        let host = request.head.authority?.prefix { $0 != ":" } ?? ""
        let forwarded: [HTTPField.Name] = [.forwardedFor, .forwarded, .via, .realIP]
        guard !forwarded.contains(where: { request.headers[$0] != nil }) else { return false }
        let isLoopbackName = ["127.0.0.1", "localhost", "[", ""].contains(host)
        return isLoopbackName && context.peer?.isLoopback ?? true
    }

    func number(of action: PublishedAction) -> Int { ledger.number(of: action.id) }

    /// Signatures on paper, a number of its own.
    func paper(of action: PublishedAction) -> Int { ledger.standing(of: action.id)?.paper ?? 0 }

    /// What the ledger says of deliveries.
    func deliveries(of action: PublishedAction) -> DeliveryRecord {
        ledger.standing(of: action.id)?.deliveries ?? DeliveryRecord()
    }

    func actionPage(
        _ action: PublishedAction, _ texts: Texts, number: Int,
        answer: ActionPage.FormAnswer? = nil
    ) -> ActionPage {
        let translation =
            action.content.shown(in: texts.language)
        return ActionPage(
            texts: texts, action: action, translation: translation,
            claims: Claims(texts: texts, content: action.content), number: number,
            paper: paper(of: action), deliveries: deliveries(of: action),
            posted: posted[action.id], today: today,
            organisation: organisation,
            layout: layout(texts, path: "/actions/\(action.slug)", title: translation.title),
            problems: answer)
    }
}

extension SocketAddress {
    var isLoopback: Bool {
        guard let address = ipAddress else { return false }
        return address.hasPrefix("127.") || address == "::1" || address.hasPrefix("::ffff:127.")
    }
}
