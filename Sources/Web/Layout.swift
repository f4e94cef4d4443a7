import Domain
import Foundation
import Languages
import Press
import Storage

/// The frame that every page stands in.
struct Layout {
    let texts: Texts
    let organisation: Organisation
    /// This page's address without its language, for instance `/actions/baku-2017`; nil for a
    /// page that has no address to link to.
    var path: String?
    var title: String
    var description: String?
    /// A fact about the whole page, under the head.
    var notice: HTML?
    /// A page that is there for one person or one moment.
    var isPrivate = false
    var skip = Skip(target: "main", key: "layout.skip")
    var stylesheet: String
    /// The stylesheet itself, on a page that asks for no other file.
    var style: HTML?
    /// The picture that other sites show beside a link to this page.
    var card: Card?
    /// Whether the module has anything to do here.
    var hasScript = false
    /// Whether only a letter on the page goes to paper.
    var printsLetterAlone = false
    /// Every language that this page has, for the switch.
    var languages: [Texts] = []

    struct Card {
        var path: String
        var text: String
    }

    struct Skip {
        var target: String
        var key: String
    }

    func page(_ main: HTML) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="\(texts.language)" dir="\(texts.direction.rawValue)">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title) – \(organisation.name)</title>
        \(description.map { "<meta name=\"description\" content=\"\($0)\">\n" as HTML })\
        \(isPrivate ? "<meta name=\"robots\" content=\"noindex\">\n" as HTML : .none)\
        \(isPrivate ? .none : alternates)\
        \(style.map { "<style>\($0)</style>" } ?? "<link rel=\"stylesheet\" href=\"\(stylesheet)\">" as HTML)
        \(hasScript ? "<script type=\"module\" src=\"\(Assets.scriptAddress)\"></script>\n" as HTML : .none)\
        </head>
        <body\(printsLetterAlone ? " class=\"alone\"" as HTML : .none)>
        <a class="skip" href="#\(skip.target)">\(texts(skip.key))</a>

        <header>
          <div class="head">
            <a class="org" href="/\(texts.language)/">\(mark)<bdi>\(organisation.name)</bdi></a>
            \(languageSwitch)
          </div>
          \(notice)
        </header>

        \(main)

        \(foot)
        </body>
        </html>

        """
    }

    /// The page's own address, and the same page in every language, each naming all others.
    private var alternates: HTML {
        guard let path else { return .none }
        let origin = organisation.origin
        let links = languages.map { other -> HTML in
            let address = "\(origin)/\(other.language)\(path)"
            return "<link rel=\"alternate\" hreflang=\"\(other.language)\" href=\"\(address)\">\n"
        }
        let fallback = languages.first.map { first -> HTML in
            let address = "\(origin)/\(first.language)\(path)"
            return "<link rel=\"alternate\" hreflang=\"x-default\" href=\"\(address)\">\n"
        }
        let address = "\(origin)/\(texts.language)\(path)"
        let feed = "/\(texts.language)/feed"
        return """
            <link rel="canonical" href="\(address)">
            \(links)\(fallback)\
            <link rel="alternate" type="application/atom+xml" href="\(feed).atom">
            <link rel="alternate" type="application/feed+json" href="\(feed).json">
            <meta property="og:type" content="article">
            <meta property="og:site_name" content="\(organisation.name)">
            <meta property="og:title" content="\(title)">
            <meta property="og:description" content="\(description ?? "")">
            <meta property="og:url" content="\(address)">
            <meta property="og:locale" content="\(texts.language)">
            \(picture(origin))
            """
    }

    private func picture(_ origin: String) -> HTML {
        guard let card else { return .none }
        return """
            <meta property="og:image" content="\(origin)\(card.path)">
            <meta property="og:image:type" content="image/png">
            <meta property="og:image:width" content="\(ShareCard.width)">
            <meta property="og:image:height" content="\(ShareCard.height)">
            <meta property="og:image:alt" content="\(card.text)">
            <meta name="twitter:card" content="summary_large_image">

            """
    }

    /// The organisation's own, else the idea itself: a solid standing on a line.
    private var mark: HTML {
        if let logo = organisation.appearance.logo { return HTML(trusted: Array(logo.utf8)) }
        return """
            <svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">\
            <circle cx="13" cy="9.5" r="8.5" fill="currentColor"/>\
            <path d="M0 24h26" stroke="currentColor" stroke-width="4"/></svg>
            """
    }

    private var languageSwitch: HTML {
        guard languages.count > 1, let path else { return .none }
        let links = languages.map { other -> HTML in
            let current: HTML = other.language == texts.language ? " aria-current=\"page\"" : ""
            return """
                <a href="/\(other.language)\(path)" lang="\(other.language)" \
                hreflang="\(other.language)" dir="\(other.direction.rawValue)"\(current)>\
                \(other.name)</a>

                """
        }
        return """
            <nav class="tongues" aria-label="\(texts("layout.languages"))">\(links)</nav>
            """
    }

    private var foot: HTML {
        let links = [
            ("privacy", "layout.privacy"), ("how-we-count", "layout.count"),
            ("withdrawals/new", "layout.withdraw"), ("accessibility", "layout.accessibility"),
            ("", "layout.actions"),
        ].map { path, key -> HTML in
            "<li><a href=\"/\(texts.language)/\(path)\">\(texts(key))</a></li>\n"
        }
        let own = organisation.appearance.footer.map {
            "<p><bdi>\($0.in(texts.language))</bdi></p>" as HTML
        }
        return """
            <footer class="foot">
              <p><strong><bdi>\(organisation.name)</bdi></strong></p>
              \(own)
              <nav aria-label="\(texts("layout.about"))">
                <ul role="list">
                  \(links)</ul>
              </nav>
            </footer>
            """
    }
}

extension Texts {
    /// A sentence of the catalogue with markup in its places.
    func html(_ key: String, _ places: [String: HTML] = [:]) -> HTML {
        filled(pieces(key), places)
    }

    /// The forms of a sentence as JSON by CLDR category, with `#` for the number, for the script
    /// that counts on.
    func formsJSON(_ key: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try? encoder.encode(pluralForms(key, number: "#"))
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// The form for `count`; `{number}` is the count unless `places` says otherwise.
    func html(plural key: String, _ count: Int, _ places: [String: HTML] = [:]) -> HTML {
        var places = places
        if places["number"] == nil { places["number"] = HTML(text: number(count)) }
        return filled(pieces(plural: key, count), places)
    }

    private func filled(_ pieces: [TextPiece], _ places: [String: HTML]) -> HTML {
        pieces.reduce(HTML.none) { html, piece in
            switch piece {
            case .text(let text): html + HTML(text: text)
            case .place(let name): html + (places[name] ?? HTML(text: "{\(name)}"))
            }
        }
    }
}

extension Services {
    /// The frame for a page with this title in this language.
    func layout(_ texts: Texts, path: String?, title: String) -> Layout {
        let dress = board.shown
        return Layout(
            texts: texts, organisation: dress.organisation, path: path, title: title,
            stylesheet: dress.stylesheetAddress, languages: languages.all)
    }

    /// The frame for a page that is for one person and found by nobody else.
    func privateLayout(_ texts: Texts, _ title: String) -> Layout {
        var layout = layout(texts, path: nil, title: title)
        layout.isPrivate = true
        return layout
    }

    /// What an action is called; what a stopped one said is said no more.
    func title(of action: PublishedAction?, _ texts: Texts) -> String {
        guard let action, action.state != .stopped else { return texts("action.stopped.title") }
        return action.content.shown(in: texts.language).title
    }
}
