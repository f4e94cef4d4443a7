import Domain
import Foundation
import Languages
import Ledger
import Sealing
import Storage

/// Recounts an action's ledger in the reader's browser. Script and style stand in the page itself,
/// so that the page is whole as a file.
struct VerifyPage {
    let services: Services
    let texts: Texts
    let action: PublishedAction
    let standing: Standing
    /// The log's verifier key.
    let key: String

    private var title: String { services.title(of: action, texts) }

    private var style: [UInt8] { services.board.shown.style }

    private var log: String { "/actions/\(action.slug)/log/" }

    /// With this policy the page runs and shows only what stands in it, and asks `connect` alone.
    func policy(connect: String) -> String {
        func hash(_ bytes: [UInt8]) -> String {
            "'sha256-\(digest(bytes).base64)'"
        }
        return """
            default-src 'none'; script-src \(hash(Assets.verifier)); style-src \(hash(style)); \
            connect-src \(connect); form-action 'none'; base-uri 'none'; \
            require-trusted-types-for 'script'; trusted-types 'none'
            """
    }

    var html: HTML {
        let path = "/actions/\(action.slug)/verify"
        var layout = services.layout(
            texts, path: path, title: "\(texts("verify.title")) – \(title)")
        layout.description = texts("verify.lead")
        layout.isPrivate = action.state == .draft || action.state == .stopped
        layout.style = HTML(trusted: style)
        // Rounded up: nobody is told less than it takes.
        let megabytes = (standing.size * Self.bytesForEntry + 999_999) / 1_000_000
        return layout.page(
            main(
                log: log, size: texts("verify.size", ["number": texts.number(megabytes)]),
                attributes: " data-size=\"\(standing.size)\" data-number=\"\(standing.number)\"",
                kicker: "<a href=\"/\(texts.language)/actions/\(action.slug)\">\(title)</a>",
                parts: server + deliveries + keep) + script)
    }

    /// The same for everybody and as long as the program, the texts and the look stay.
    var file: HTML {
        let origin = services.organisation.origin
        let size = texts("verify.size.file", ["number": texts.number(100_000)])
        let address: HTML = "<bdi class=\"text\">\(origin)\(log)</bdi>"
        let about: HTML = "<p>\(texts.html("verify.file", ["address": address]))</p>"
        return """
            <!DOCTYPE html>
            <html lang="\(texts.language)" dir="\(texts.direction.rawValue)">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(policy(connect: origin + log))">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(texts("verify.title")) – \(title)</title>
            <style>\(HTML(trusted: style))</style>
            </head>
            <body>
            \(main(log: origin + log, size: size, attributes: .none, kicker: HTML(text: title), parts: section("about", "layout.about", about)))
            \(script)
            </body>
            </html>

            """
    }

    /// An entry after its length.
    private static let bytesForEntry = LedgerEntry.size + 2

    private var script: HTML { "\n<script>\(HTML(trusted: Assets.verifier))</script>" }

    private func main(
        log: String, size: String, attributes: HTML, kicker: HTML, parts: HTML
    ) -> HTML {
        """
        <main class="action about" id="main" data-log="\(log)" data-origin="\(standing.origin)" \
        data-key="\(key)" data-group="\(texts.group)" data-texts="\(said)" \
        data-follows="\(texts.formsJSON("verify.follows"))"\(attributes)>
          <header class="lead">
            <p class="kicker">\(kicker)</p>
            <h1>\(texts("verify.title"))</h1>
            <p class="brief">\(texts("verify.lead"))</p>
            <noscript><p><strong>\(texts("verify.noscript"))</strong></p></noscript>
            <div class="recount" data-part="controls" hidden>
              <p class="soft">\(size)</p>
              <button type="button" class="button" data-part="button">\(texts("verify.start"))</button>
              <progress data-part="bar" aria-label="\(texts("verify.title"))" hidden></progress>
              <p class="brief" role="status" data-part="said"></p>
            </div>
          </header>
          <div class="story">
            \(result)\(parts)\
        \(section("proves", "count.5.title", "<p>\(texts("count.5"))</p>", isProse: true))\
        \(section("not", "count.6.title", "<p>\(texts("count.6"))</p>", isProse: true))\(command)
          </div>
        </main>
        """
    }

    private func section(
        _ id: String, _ heading: String, _ content: HTML, isProse: Bool = false
    ) -> HTML {
        let style: HTML = isProse ? " class=\"side\"" : .none
        let content: HTML = isProse ? "<div class=\"prose\">\(content)</div>" : content
        return """
            <section\(style) aria-labelledby="\(id)">
              <h2 id="\(id)">\(texts(heading))</h2>
              \(content)
            </section>

            """
    }

    /// Filled in by the script.
    private var result: HTML {
        let rows: [(part: String, key: String, onlyIfAny: Bool)] = [
            ("counted", "count.counted", false), ("withdrawn", "count.withdrawn", false),
            ("removed", "count.removed", false), ("aside1", "count.aside.1", true),
            ("aside2", "count.aside.2", true), ("aside0", "count.aside.other", true),
            ("paper", "count.paper", true), ("entries", "count.entries", false),
            ("root", "count.root", false),
        ]
        let cells = rows.map { part, key, onlyIfAny -> HTML in
            let isRoot: HTML = part == "root" ? " class=\"text\" dir=\"ltr\"" : .none
            return """
                <tr><th scope="row">\(texts(key))</th><td><span data-part="\(part)"\(isRoot)\
                \(onlyIfAny ? " data-if-any" as HTML : .none)></span></td></tr>

                """
        }
        return """
            <section aria-labelledby="result-title" data-part="result" hidden>
              <h2 id="result-title">\(texts("verify.result"))</h2>
              <table><tbody>\(cells)</tbody></table>
            </section>

            """
    }

    private var server: HTML {
        let rows = StandingRows(
            texts: texts, slug: action.slug, standing: standing,
            organisation: services.organisation.name
        ).html
        return section("server", "verify.server", "<table><tbody>\(rows)</tbody></table>")
    }

    /// What is said of deliveries; a stopped action says no more of them.
    private var deliveries: HTML {
        guard action.state != .stopped else { return .none }
        let views = DeliveryViews(
            texts: texts, content: action.content, record: standing.deliveries)
        return (views.list.map { section("deliveries", "delivery.title", $0) } ?? .none)
            + (views.regions.map { section("regions", "regions.title", $0) } ?? .none)
    }

    private var keep: HTML {
        let file = file.bytes
        let size = texts.number((file.count + 999) / 1000)
        let hashes = [("verify.hash.file", file), ("verify.hash.script", Assets.verifier)]
        let lines = hashes.map { key, bytes -> HTML in
            "<p class=\"small\">\(texts(key))<br><span class=\"text\" dir=\"ltr\">\(digest(bytes).hex)</span></p>"
        }
        return section(
            "keep", "verify.keep",
            """
            <p>\(texts("verify.keep.text"))</p>
            <p><a class="button quiet" href="/\(texts.language)/actions/\(action.slug)/verify.html" \
            download>\(texts("verify.keep.link", ["number": size]))</a></p>
            \(lines)
            """)
    }

    private var command: HTML {
        let address = services.organisation.origin + log.dropLast()
        return section(
            "command", "verify.command",
            """
            <p>\(texts("verify.command.text"))</p>
            <p class="text" dir="ltr" translate="no">outcry ledger verify \(address)</p>
            """)
    }

    /// The sentences of the script by the names that it knows.
    private var said: String {
        let keys = [
            "verify.start", "verify.stop", "verify.progress", "verify.fits", "verify.signed",
            "verify.unchecked", "verify.bad", "verify.open", "verify.stopped", "verify.zero",
            "verify.network", "verify.browser", "verify.large", "verify.missing",
            "verify.damaged", "verify.key", "verify.origin", "verify.unsigned", "verify.forged",
            "verify.root", "verify.entry", "verify.said", "verify.first", "verify.signature",
            "verify.transition", "verify.code", "verify.batch", "verify.malformed",
        ]
        let sentences = keys.map { (String($0.dropFirst("verify.".count)), texts($0)) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try? encoder.encode(Dictionary(uniqueKeysWithValues: sentences))
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}
