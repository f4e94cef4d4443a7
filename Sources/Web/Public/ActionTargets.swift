import Domain
import Languages

/// Who is asked, the letter to them, and what to print: the hands that a reader can lend.
extension ActionPage {
    var targets: HTML {
        let copies = (content.copies ?? []).map { copy -> HTML in
            "<address><bdi>\(copy.name.in(texts.language))</bdi>\(reach(copy.post, copy.emails))</address>"
        }
        let copied: HTML =
            copies.isEmpty
            ? .none
            : """
            <div class="screen"><p class="small soft">\(texts("target.copies"))</p>
            \(copies)</div>
            """
        return """
            <section class="side" aria-labelledby="target">
              <h2 id="target">\(texts("target.title"))</h2>
              \(content.targets.map(target))
              \(copied)
            </section>
            """
    }

    private func target(_ target: Target) -> HTML {
        let title = target.title.map { "\($0.in(texts.language)) " as HTML }
        let fax = target.fax.map { number -> HTML in
            // A number is read from the left in every script.
            "<br>" + texts.html("target.fax", ["number": "<span dir=\"ltr\">\(number)</span>"])
        }
        let salutation = target.salutation.map {
            texts("target.salutation", ["salutation": $0.in(texts.language)])
        }
        let language = target.language.map {
            texts("target.language", ["language": texts.languageName($0)])
        }
        let noPost: String? =
            target.noPostFrom.isEmpty
            ? nil
            : texts(
                "target.nopost",
                [
                    "countries": target.noPostFrom.map(texts.country).joined(
                        separator: texts("mark.comma"))
                ])
        let notes = [salutation, language, noPost].compactMap { $0 }.joined(separator: " ")
        return """
            <address><strong>\(title)<bdi>\(target.name.in(texts.language))</bdi></strong><br>\
            \(target.office.in(texts.language))\(reach(target.post, target.emails))\(fax)</address>
            <p class="small soft">\(notes)</p>
            \(embassies(target))
            """
    }

    private func reach(_ post: PostalAddress?, _ emails: [String]) -> HTML {
        let country = post?.country.map { "<br>\(texts.country($0))" as HTML }
        let lines = (post?.lines ?? []).map { "<br><bdi>\($0)</bdi>" as HTML }
        let mailboxes = emails.map { "<br><span class=\"text\">\($0)</span>" as HTML }
        return "\(lines)\(country)\(mailboxes)"
    }

    private func embassies(_ target: Target) -> HTML {
        guard !target.embassies.isEmpty else { return .none }
        let list = target.embassies.map { embassy -> HTML in
            """
            <address><bdi>\(embassy.name.in(texts.language))</bdi>\
            \(reach(embassy.post, embassy.emails))</address>

            """
        }
        return """
            <details class="small screen"><summary>\(texts("target.embassies"))</summary>
            \(list)</details>
            """
    }

    var letter: HTML? {
        guard action.state == .open || action.state == .draft else { return nil }
        return """
            <section class="side" aria-labelledby="letter">
              <h2 id="letter">\(texts("letter.title"))</h2>
              <p>\(texts("letter.text"))</p>
              <div class="letter"\(contentLanguage)>\(markdown.html(translation.letter))</div>
              <p class="screen"><a class="button quiet" href="\(path)/letter">\(texts("letter.write"))</a></p>
              \(texts.posted(posted))
            </section>
            """
    }

    /// What is printed and passed on, and the way back for an answer.
    var papers: HTML? {
        guard action.state != .draft else { return nil }
        let isAsking = action.state == .open || action.state == .paused
        let things: [(key: String, name: String)] =
            isAsking
            ? [
                ("papers.sheet", "sheet.pdf"), ("papers.petition", "petition.pdf"),
                ("papers.calendar", "deadline.ics"), ("papers.kit", "kit.zip"),
                ("papers.reply", "replies/new"),
            ] : [("papers.reply", "replies/new")]
        let list = things.map {
            "<li><a href=\"\(path)/\($0.name)\">\(texts($0.key))</a></li>\n" as HTML
        }
        return """
            <section class="side screen" aria-labelledby="papers">
              <h2 id="papers">\(texts(isAsking ? "papers.title" : "papers.after"))</h2>
              <ul role="list">\(list)</ul>
            </section>
            """
    }

    private var path: String { "/\(texts.language)/actions/\(action.slug)" }
}
