import Domain
import Foundation
import Hummingbird
import Sealing

/// The files that pages need: one stylesheet and the mark.
enum Assets {
    /// Its address changes with its content, so that it is kept for a year.
    static let stylesheetAddress = "/outcry.css?v=\(stylesheetHash)"

    static let stylesheet = StoredPage(
        stylesheetBytes, contentType: "text/css; charset=utf-8", hash: stylesheetHash)

    static let icon = StoredPage(
        Array(
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 26 26">\
            <style>@media (prefers-color-scheme:dark){svg{color:#c8aeff}}</style>\
            <g color="#4a1a8c"><circle cx="13" cy="9.5" r="8.5" fill="currentColor"/>\
            <path d="M0 24h26" stroke="currentColor" stroke-width="4"/></g></svg>
            """.utf8), contentType: "image/svg+xml", hash: "mark-1")

    private static let stylesheetHash = String(digest(stylesheetBytes).hex.prefix(12))

    /// Empty if the program's own files are missing, which `isComplete` says at start.
    private static let stylesheetBytes: [UInt8] = {
        let file = Bundle.module.resourceURL?.appending(path: "Assets/outcry.css")
        return file.flatMap { try? Array(Data(contentsOf: $0)) } ?? []
    }()

    static var isComplete: Bool { !stylesheetBytes.isEmpty }
}

struct AssetRoutes {
    private static let forever = "public, max-age=31536000, immutable"

    @Sendable func stylesheet(_ request: Request, _ context: WebContext) -> Response {
        Assets.stylesheet.response(to: request, caching: Self.forever)
    }

    @Sendable func icon(_ request: Request, _ context: WebContext) -> Response {
        Assets.icon.response(to: request, caching: "public, max-age=86400")
    }
}
