import Domain
import Languages
import Storage

/// The frame that every page stands in.
struct Layout {
    let texts: Texts
    let organisation: String
    /// Scheme, host and port of the site.
    let origin: String
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
    /// Every language that this page has, for the switch.
    var languages: [Texts] = []

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
        <title>\(title) – \(organisation)</title>
        \(description.map { "<meta name=\"description\" content=\"\($0)\">\n" as HTML })\
        \(isPrivate ? "<meta name=\"robots\" content=\"noindex\">\n" as HTML : .none)\
        \(isPrivate ? .none : alternates)\
        <link rel="stylesheet" href="\(stylesheet)">
        </head>
        <body>
        <a class="skip" href="#\(skip.target)">\(texts(skip.key))</a>

        <header>
          <div class="head">
            <a class="org" href="/\(texts.language)/">\(mark)<bdi>\(organisation)</bdi></a>
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
            <meta property="og:site_name" content="\(organisation)">
            <meta property="og:title" content="\(title)">
            <meta property="og:description" content="\(description ?? "")">
            <meta property="og:url" content="\(address)">
            <meta property="og:locale" content="\(texts.language)">

            """
    }

    /// The idea itself: a solid standing on a line.
    private var mark: HTML {
        """
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
        """
        <footer class="foot">
          <p><strong><bdi>\(organisation)</bdi></strong></p>
          <nav aria-label="\(texts("layout.about"))">
            <ul role="list">
              <li><a href="/\(texts.language)/privacy">\(texts("layout.privacy"))</a></li>
              <li><a href="/\(texts.language)/how-we-count">\(texts("layout.count"))</a></li>
              <li><a href="/\(texts.language)/withdrawals/new">\(texts("layout.withdraw"))</a></li>
              <li><a href="/\(texts.language)/">\(texts("layout.actions"))</a></li>
            </ul>
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
        Layout(
            texts: texts, organisation: organisation.name, origin: organisation.origin,
            path: path, title: title,
            stylesheet: Assets.stylesheetAddress, languages: languages.all)
    }
}
