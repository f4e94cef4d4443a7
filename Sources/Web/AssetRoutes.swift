import Domain
import Foundation
import Hummingbird
import Sealing
import Storage

/// The files that the program brings for its pages.
enum Assets {
    /// The one module; its address changes with its content, so that it is kept for a year.
    static let scriptAddress = "/outcry.js?v=\(hash(scriptBytes))"

    static let script = StoredPage(
        scriptBytes, contentType: "text/javascript; charset=utf-8", hash: hash(scriptBytes),
        caching: forever)

    /// For what is named after its content.
    static let forever = "public, max-age=31536000, immutable"

    static let stylesheet = file("outcry.css")
    private static let scriptBytes = file("outcry.js")

    /// What recounts a ledger; it stands in its page itself.
    static let verifier = file("verify.js")

    static func hash(_ bytes: [UInt8]) -> String { String(digest(bytes).hex.prefix(12)) }

    /// Empty if the program's own files are missing.
    private static func file(_ name: String) -> [UInt8] {
        let file = Bundle.module.resourceURL?.appending(path: "Assets/\(name)")
        return file.flatMap { try? Array(Data(contentsOf: $0)) } ?? []
    }
}

/// How an organisation's pages look: the stylesheet with its colours, and the mark.
struct Dress: Sendable {
    let organisation: Organisation
    /// Changes with the content, so that it is kept for a year.
    let stylesheetAddress: String
    let stylesheet: StoredPage
    /// The stylesheet's text.
    let style: [UInt8]
    let icon: StoredPage

    init(_ organisation: Organisation) {
        let look = organisation.appearance
        self.organisation = organisation
        style = Assets.stylesheet + (look.isStandard ? [] : Array(look.style.utf8))
        let hash = Assets.hash(style)
        stylesheetAddress = "/outcry.css?v=\(hash)"
        stylesheet = StoredPage(
            style, contentType: "text/css; charset=utf-8", hash: hash, caching: Assets.forever)
        let icon = Array(look.icon.utf8)
        self.icon = StoredPage(
            icon, contentType: "image/svg+xml", hash: Assets.hash(icon),
            caching: "public, max-age=86400")
    }
}

extension Appearance {
    fileprivate var isStandard: Bool {
        brand == Self.standard.brand && onBrand == Self.standard.onBrand
            && brandNight == Self.standard.brandNight && headlines == Self.standard.headlines
    }

    /// The four properties that the stylesheet leaves to an organisation.
    fileprivate var style: String {
        """
        :root{--brand:\(brand.hex);--on-brand:\(onBrand.hex);--brand-night:\(brandNight.hex);\
        --face:var(--\(headlines.rawValue))}

        """
    }

    fileprivate var icon: String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26">\
        <style>g{color:\(brand.hex)}@media (prefers-color-scheme:dark){g{color:\(brandNight.hex)}}\
        </style><g><circle cx="13" cy="9.5" r="8.5" fill="currentColor"/>\
        <path d="M0 24h26" stroke="currentColor" stroke-width="4"/></g></svg>
        """
    }
}

struct AssetRoutes {
    let services: Services

    @Sendable func stylesheet(_ request: Request, _ context: WebContext) -> Response {
        services.board.shown.stylesheet.response(to: request)
    }

    @Sendable func script(_ request: Request, _ context: WebContext) -> Response {
        Assets.script.response(to: request)
    }

    @Sendable func icon(_ request: Request, _ context: WebContext) -> Response {
        services.board.shown.icon.response(to: request)
    }
}
