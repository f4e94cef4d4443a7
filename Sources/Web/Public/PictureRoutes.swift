import Domain
import Hummingbird
import Languages
import Press
import Storage

/// The card that stands for an action elsewhere, and the pictures of its story.
struct PictureRoutes {
    let services: Services
    private let pages = PageCache()

    init(services: Services) { self.services = services }

    /// `/{lang}/actions/{slug}/card.png`
    @Sendable func card(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        let action = try action(request, context)
        let page = try pages.page(
            "card/\(texts.language)/\(action.slug)",
            state: services.edition(["\(action.row.revision)"]), contentType: "image/png",
            forOthers: true
        ) {
            let card = ShareCard(action, texts, services.organisation)
            guard let png = card.png() else { throw PageError.busy }
            return png
        }
        return page.response(to: request)
    }

    /// `/actions/{slug}/pictures/{hash}.jpeg` or `.png`: named after its content, so for ever
    @Sendable func picture(_ request: Request, _ context: WebContext) async throws -> Response {
        let action = try action(request, context)
        let name = context.parameters.get("picture") ?? ""
        guard let picture = action.content.pictures?.first(where: { $0.address == name }) else {
            throw PageError.notFound
        }
        let (id, version) = (action.id, action.row.version)
        let bytes = try await services.store.read {
            try $0.file(picture.path, of: id, version: version)
        }
        guard let bytes else { throw PageError.notFound }
        return StoredPage(
            bytes, contentType: picture.contentType, hash: picture.hash,
            caching: "public, max-age=86400"
        ).response(to: request)
    }

    /// What was stopped shows nothing any more.
    private func action(_ request: Request, _ context: WebContext) throws -> PublishedAction {
        let action = try services.action(context.parameters.get("slug") ?? "", request, context)
        guard action.state != .stopped else { throw PageError.notFound }
        return action
    }
}

extension ShareCard {
    /// What stands for an action elsewhere, with its state.
    init(_ action: PublishedAction, _ texts: Texts, _ organisation: Organisation) {
        let translation = action.content.shown(in: texts.language)
        let state = texts("state.\(action.state.rawValue)")
        self.init(
            organisation: organisation.name,
            kicker: "\(state) · \(texts.country(action.content.country))",
            title: translation.title, direction: translation.direction,
            solid: organisation.appearance.brand, onSolid: organisation.appearance.onBrand)
    }
}

extension PictureFile {
    var address: String { "\(hash).\(kind)" }

    var contentType: String { "image/\(kind)" }
}
