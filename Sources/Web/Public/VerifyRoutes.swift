import Domain
import HTTPTypes
import Hummingbird
import Languages
import Ledger
import Storage

/// The page that recounts an action's ledger in the reader's browser, and the same as a file.
struct VerifyRoutes {
    let services: Services
    private let pages = PageCache()

    init(services: Services) { self.services = services }

    /// `/{lang}/actions/{slug}/verify`
    @Sendable func show(_ request: Request, _ context: WebContext) throws -> Response {
        let page = try page(request, context)
        let name = "\(page.texts.language)/\(page.action.slug)"
        let state = ["\(page.action.row.revision)", page.standing.edition]
        return pages.page(
            "page/\(name)", state: services.edition(state),
            special: [
                .contentSecurityPolicy: "\(page.policy(connect: "'self'")); frame-ancestors 'none'"
            ]
        ) {
            page.html.bytes
        }.response(to: request)
    }

    /// `/{lang}/actions/{slug}/verify.html`: works from a disk.
    @Sendable func file(_ request: Request, _ context: WebContext) throws -> Response {
        let page = try page(request, context)
        let slug = page.action.slug
        let state = ["\(page.action.row.revision)", page.standing.origin]
        return pages.page(
            "file/\(page.texts.language)/\(slug)", state: services.edition(state),
            special: [
                .contentDisposition: "attachment; filename=\"outcry-verify-\(slug).html\"",
                .robots: "noindex",
            ]
        ) {
            page.file.bytes
        }.response(to: request)
    }

    /// There is nothing to recount before an action was opened.
    private func page(_ request: Request, _ context: WebContext) throws -> VerifyPage {
        let texts = try services.texts(context)
        let action = try services.action(context.parameters.get("slug") ?? "", request, context)
        guard let standing = services.ledger.standing(of: action.id),
            let key = try services.ledgerFiles.read("\(action.slug)/vkey")
        else { throw PageError.notFound }
        return VerifyPage(
            services: services, texts: texts, action: action, standing: standing,
            key: String(decoding: key, as: UTF8.self).trimmed)
    }
}
