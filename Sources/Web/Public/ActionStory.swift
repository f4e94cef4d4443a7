import Domain
import Languages
import Storage

// The story under the sheet: text, figures, days, target, letter, versions.
extension ActionPage {
    var markdown: Markdown {
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
        let deliveries = DeliveryViews(texts: texts, content: content, record: deliveries).days
        guard !content.events.isEmpty || !deliveries.isEmpty else { return nil }
        var days = content.events.map { ($0.date.firstDay, day($0.date, $0.text, $0.source)) }
        let outcome = action.state == .won || action.state == .delivered ? content.outcome : nil
        if let outcome {
            days.append((outcome.date.firstDay, day(outcome.date, outcome.text, outcome.source)))
        }
        for (day, line) in deliveries {
            days.insert((day, line), at: days.firstIndex { $0.0 > day } ?? days.endIndex)
        }
        let next: HTML =
            outcome != nil
            ? .none
            : """
            <li><span class="when">\(texts("days.next"))</span> \
            <span>\(texts("days.\(action.state == .open ? "open" : "other")"))</span></li>
            """
        return """
            <section aria-labelledby="days">
              <h2 id="days">\(texts("days.title"))</h2>
              <ol class="days" role="list">\(days.map { $0.1 })\(next)</ol>
            </section>
            """
    }

    private func day(_ date: PartialDate, _ text: LocalText, _ source: String) -> HTML {
        """
        <li><time datetime="\(machineDate(date))">\(texts.date(date))</time> \
        <span>\(claims.html(text.in(texts.language))) \(self.source(source))</span></li>

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
}
