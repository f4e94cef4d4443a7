import Domain
import Foundation
import Hummingbird
import Languages
import NIOCore
import Storage

/// How machines find the actions: feeds in each language, a map of the site, and whom to tell of
/// a hole. Of a stopped action the feeds say that it was stopped, and nothing else.
struct FeedRoutes {
    let services: Services
    private let pages = PageCache()

    init(services: Services) { self.services = services }

    private var origin: String { services.organisation.origin }

    private var actions: [PublishedAction] {
        services.board.all.filter { $0.state.isPublic && $0.state != .stopped }
    }

    private var followed: [PublishedAction] { services.board.all.filter(\.state.isPublic) }

    private var state: String {
        services.edition(
            followed.map {
                "\($0.slug) \($0.row.revision) \(services.deliveries(of: $0).edition)"
            })
    }

    /// Newest first.
    private func entries(_ texts: Texts) -> [FeedEntries.Entry] {
        followed.flatMap { action in
            FeedEntries(
                texts: texts, action: action, deliveries: services.deliveries(of: action),
                origin: origin
            ).all
        }.sorted { ($1.updated, $0.id) < ($0.updated, $1.id) }
    }

    private func title(_ texts: Texts) -> String {
        "\(texts("list.title")) – \(services.organisation.name)"
    }

    /// `/{lang}/feed.atom` (RFC 4287)
    @Sendable func atom(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        return pages.page(
            "atom/\(texts.language)", state: state,
            contentType: "application/atom+xml; charset=utf-8"
        ) {
            let entries = entries(texts)
            let items = entries.map { entry -> HTML in
                """
                <entry><id>\(entry.id)</id><title>\(entry.title)</title>\
                <link href="\(entry.address)"/><updated>\(timestamp(entry.updated))</updated>\
                <summary>\(entry.summary)</summary></entry>

                """
            }
            let feed: HTML = """
                <?xml version="1.0" encoding="utf-8"?>
                <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="\(texts.language)">
                <id>\(origin)/\(texts.language)/</id><title>\(title(texts))</title>
                <author><name>\(services.organisation.name)</name></author>
                <link href="\(origin)/\(texts.language)/"/>
                <link rel="self" href="\(origin)/\(texts.language)/feed.atom"/>
                <updated>\(timestamp(entries.first?.updated ?? 0))</updated>
                \(items)</feed>

                """
            return feed.bytes
        }.response(to: request)
    }

    private struct JSONFeed: Encodable {
        let version = "https://jsonfeed.org/version/1.1"
        let title: String
        let language: String
        let homePageUrl: String
        let feedUrl: String
        let items: [Item]

        struct Item: Encodable {
            let id: String
            let url: String
            let title: String
            let contentText: String
            let dateModified: String
        }
    }

    /// `/{lang}/feed.json` (JSON Feed 1.1)
    @Sendable func json(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        return try pages.page(
            "jsonfeed/\(texts.language)", state: state,
            contentType: "application/feed+json; charset=utf-8"
        ) {
            let home = "\(origin)/\(texts.language)/"
            let feed = JSONFeed(
                title: title(texts), language: texts.language, homePageUrl: home,
                feedUrl: home + "feed.json",
                items: entries(texts).map {
                    .init(
                        id: $0.id, url: $0.address, title: $0.title,
                        contentText: $0.summary, dateModified: timestamp($0.updated))
                })
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(try encoder.encode(feed))
        }.response(to: request)
    }

    /// `/sitemap.xml`, each page with all its languages
    @Sendable func sitemap(_ request: Request, _ context: WebContext) -> Response {
        pages.page("sitemap", state: state, contentType: "application/xml") {
            let paths =
                ["/", "/how-we-count", "/privacy", "/accessibility"]
                + actions.map { "/actions/\($0.slug)" }
            let tags = services.languages.tags
            let urls = paths.flatMap { path in
                tags.map { tag -> HTML in
                    let others = tags.map { other -> HTML in
                        """
                        <xhtml:link rel="alternate" hreflang="\(other)" \
                        href="\(origin)/\(other)\(path)"/>
                        """
                    }
                    return "<url><loc>\(origin)/\(tag)\(path)</loc>\(others)</url>\n"
                }
            }
            let map: HTML = """
                <?xml version="1.0" encoding="utf-8"?>
                <urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" \
                xmlns:xhtml="http://www.w3.org/1999/xhtml">
                \(urls)</urlset>

                """
            return map.bytes
        }.response(to: request)
    }

    /// `/robots.txt`
    @Sendable func robots(_ request: Request, _ context: WebContext) -> Response {
        text(
            """
            User-agent: *
            Disallow: /c/
            Disallow: /w/
            Disallow: /u/
            Disallow: /dev/
            Sitemap: \(origin)/sitemap.xml

            """)
    }

    /// `/.well-known/security.txt` (RFC 9116), once the organisation has said whom to tell
    @Sendable func security(_ request: Request, _ context: WebContext) throws -> Response {
        guard let contact = services.securityContact else { throw PageError.notFound }
        let languages = services.languages.tags.joined(separator: ", ")
        return text(
            """
            Contact: \(contact)
            Expires: \(services.today + 180)T00:00:00Z
            Preferred-Languages: \(languages)
            Canonical: \(origin)/.well-known/security.txt

            """)
    }

    private func text(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/plain; charset=utf-8", .cacheControl: "public, max-age=3600",
            ],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
