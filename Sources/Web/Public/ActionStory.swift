import Domain
import Languages
import Storage

// The story under the sheet: text, figures, days, target, letter, versions.
extension ActionPage {
    private var markdown: Markdown {
        Markdown(claim: { claims.link($0) }, picture: { picture($0) })
    }

    /// Loaded only when somebody comes near it; what it shows is said for those who do not see it.
    private func picture(_ picture: Markdown.Picture) -> HTML {
        guard let file = content.pictures?.first(where: { $0.path == picture.path }) else {
            return .none
        }
        let caption =
            picture.caption.isEmpty
            ? nil : "<figcaption class=\"small soft\">\(picture.caption)</figcaption>" as HTML
        return """
            <figure><img src="/actions/\(action.slug)/pictures/\(file.address)" \
            alt="\(picture.shows)" width="\(file.width)" height="\(file.height)" \
            loading="lazy" decoding="async">\(caption)</figure>
            """
    }

    var outcome: HTML? {
        guard let outcome = content.outcome,
            action.state == .won || action.state == .delivered
        else { return nil }
        let next = outcome.next.map {
            "<h3>\(texts("outcome.next"))</h3><p>\(claims.html($0.in(texts.language)))</p>" as HTML
        }
        return """
            <section class="side" aria-labelledby="outcome">
              <h2 id="outcome">\(texts("outcome.title"))</h2>
              <div class="prose">
                <p><strong>\(texts.date(outcome.date))</strong> \
            \(claims.html(outcome.text.in(texts.language))) \(source(outcome.source))</p>
                \(next)
              </div>
            </section>
            """
    }

    var story: [HTML] {
        markdown.sections(translation.body).enumerated().map { index, section in
            let id = "part-\(index + 1)"
            let parts = section.parts.map { part -> HTML in
                switch part {
                case .prose(let html): "<div class=\"prose\">\(html)</div>"
                case .turn(let html): "<p class=\"turn\">\(html)</p>"
                }
            }
            guard let heading = section.heading else {
                return "<section\(contentLanguage)>\(parts)</section>"
            }
            return """
                <section class="side" aria-labelledby="\(id)"\(contentLanguage)>
                  <h2 id="\(id)">\(heading)</h2>
                  \(parts)
                </section>

                """
        }
    }

    var figures: HTML? {
        guard !claims.rows.isEmpty else { return nil }
        return """
            <section aria-labelledby="figures">
              <h2 id="figures">\(texts.plural("claims.title", claims.rows.count))</h2>
              \(claims.table)
              <p class="small soft">\(texts("claims.kept"))</p>
            </section>
            """
    }

    var timeline: HTML? {
        guard !content.events.isEmpty else { return nil }
        var days = content.events.map { event -> HTML in
            """
            <li><time datetime="\(machineDate(event.date))">\(texts.date(event.date))</time> \
            <span>\(claims.html(event.text.in(texts.language))) \(source(event.source))</span></li>

            """
        }
        if action.state == .won || action.state == .delivered, let outcome = content.outcome {
            days.append(
                """
                <li><time datetime="\(machineDate(outcome.date))">\(texts.date(outcome.date))</time> \
                <span>\(claims.html(outcome.text.in(texts.language))) \
                \(source(outcome.source))</span></li>
                """)
        } else {
            days.append(
                """
                <li><span class="when">\(texts("days.next"))</span> \
                <span>\(texts("days.\(action.state == .open ? "open" : "other")"))</span></li>
                """)
        }
        return """
            <section aria-labelledby="days">
              <h2 id="days">\(texts("days.title"))</h2>
              <ol class="days" role="list">\(days)</ol>
            </section>
            """
    }

    /// `datetime` takes days, months and years; a season is said as its year.
    private func machineDate(_ date: PartialDate) -> String {
        if case .season(let year, _) = date { return String(year) }
        return date.description
    }

    /// A source named in the text, with its address where one is known.
    private func source(_ id: String) -> HTML {
        guard let source = content.source(id) else { return .none }
        let title: HTML =
            source.url.map { "<a href=\"\($0)\" rel=\"noreferrer\">\(source.title)</a>" }
            ?? "\(source.title)"
        return """
            <small class="cite soft"><bdi>\(source.publisher)</bdi>: <bdi>\(title)</bdi>\
            \(texts("mark.comma"))\(texts.date(source.date))</small>
            """
    }

    var targets: HTML {
        let list = content.targets.map { target -> HTML in
            let post = (target.post?.lines ?? []).map { "<br><bdi>\($0)</bdi>" as HTML }
            let email = target.emails.map { "<br><span class=\"text\">\($0)</span>" as HTML }
            let salutation = target.salutation.map {
                texts("target.salutation", ["salutation": $0.in(texts.language)])
            }
            let language = target.language.map {
                texts("target.language", ["language": texts.languageName($0)])
            }
            return """
                <address><strong><bdi>\(target.name.in(texts.language))</bdi></strong><br>\(target.office.in(texts.language))\
                \(post)\(email)</address>
                <p class="small soft">\([salutation, language].compactMap { $0 }.joined(separator: " "))</p>
                """
        }
        return """
            <section class="side" aria-labelledby="target">
              <h2 id="target">\(texts("target.title"))</h2>
              \(list)
            </section>
            """
    }

    var letter: HTML? {
        guard action.state == .open || action.state == .draft else { return nil }
        return """
            <section class="side" aria-labelledby="letter">
              <h2 id="letter">\(texts("letter.title"))</h2>
              <p>\(texts("letter.text"))</p>
              <div class="letter"\(contentLanguage)>\(markdown.html(translation.letter))</div>
            </section>
            """
    }

    var share: HTML? {
        guard action.state == .open else { return nil }
        return """
            <section class="side screen" aria-labelledby="share">
              <h2 id="share">\(texts("share.title"))</h2>
              \(ShareLinks(texts: texts, slug: action.slug, title: translation.title, origin: organisation.origin).html(quiet: true))
            </section>
            """
    }

    var versions: HTML {
        let list = action.versions.reversed().map { version -> HTML in
            let key = version.number == 1 ? "versions.first" : "versions.corrected"
            return """
                <li>\(texts(key, ["number": texts.number(version.number), "date": texts.date(version.day)])) \
                <span class="text">\(String(version.hash.prefix(16)))</span></li>
                """
        }
        return """
            <section class="side" aria-labelledby="versions">
              <h2 id="versions">\(texts("versions.title"))</h2>
              <p class="small">\(texts("versions.text"))</p>
              <ul class="small" role="list">\(list)</ul>
              <p class="small"><a href="/\(texts.language)/actions/\(action.slug).json">\
            \(texts("versions.data"))</a></p>
            </section>
            """
    }

    private var content: ActionContent { action.content }
}
