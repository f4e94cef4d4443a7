import Domain
import Languages
import Sealing

/// The mailed link of a letter: the whole of it, to whom it goes, what is told of its writer, and
/// one button.
struct LetterLinkPage {
    let services: Services
    let texts: Texts
    let waiting: WaitingLetter
    let secret: MailSecret

    var html: HTML {
        let heading = texts("letter.link.title")
        let title = services.title(of: waiting.action, texts)
        let layout = services.privateLayout(texts, "\(heading) – \(title)")
        return layout.page(
            """
            <main class="plain" id="main">
              <div><p class="soft">\(title)</p><h1>\(heading)</h1></div>
              \(summary)
              <div class="letter kept" lang="\(waiting.composed.language)" \
            dir="\(waiting.composed.direction.rawValue)">\(waiting.composed.text)</div>
              <form method="post" action="/c">
                <input type="hidden" name="secret" value="\(secret.link)">
                <input type="hidden" name="lang" value="\(texts.language)">
                \(withoutReply)
                <button class="button">\(texts("letter.confirm.button"))</button>
              </form>
              <p class="small soft">\(texts("letter.link.notyou"))</p>
            </main>
            """)
    }

    private var summary: HTML {
        let target = waiting.target
        let sees =
            waiting.request.replyTo.map { texts("letter.link.both", ["address": $0]) }
            ?? texts("letter.link.name")
        return """
            <dl class="pledge">
              <dt>\(texts("letter.link.to"))</dt>
              <dd><bdi>\(target.name.in(texts.language))</bdi>, \(target.office.in(texts.language))</dd>
              <dt>\(texts("letter.link.sees"))</dt><dd>\(sees)</dd>
              <dt>\(texts("letter.copy.subject"))</dt><dd><bdi>\(waiting.composed.subject)</bdi></dd>
            </dl>
            """
    }

    private var withoutReply: HTML? {
        guard waiting.request.replyTo != nil else { return nil }
        return """
            <div class="choice"><input type="checkbox" id="reply" name="reply" value="none">\
            <label for="reply">\(texts("letter.link.noreply"))</label></div>
            """
    }
}

/// The answer to a confirmed letter.
struct LetterLinePage {
    let services: Services
    let texts: Texts
    let action: PublishedAction?
    let place: LetterPlace

    var html: HTML {
        let heading = texts(place.isSecond ? "letter.second.title" : "letter.line.title")
        let title = services.title(of: action, texts)
        let layout = services.privateLayout(texts, "\(heading) – \(title)")
        let back = action.map {
            """
            <p><a href="/\(texts.language)/actions/\($0.slug)">\(texts("fediverse.back"))</a></p>
            """ as HTML
        }
        return layout.page(
            """
            <main class="plain" id="main">
              <div><p class="soft">\(title)</p><h1>\(heading)</h1></div>
              \(place.isSecond ? "<p>\(texts("letter.second.text"))</p>" : line)
              \(back)
            </main>
            """)
    }

    private var line: HTML {
        let targets = action?.content.targets ?? []
        let target = targets.indices.contains(place.target) ? targets[place.target] : nil
        let rate = target?.lettersPerHour ?? Target.usualLettersPerHour
        let goes = target.map {
            "<p>\(texts("letter.line.to", ["office": $0.office.in(texts.language)]))</p>" as HTML
        }
        return """
            \(action?.state == .stopped ? nil : goes)
            <p>\(texts.plural("letter.server.wait", rate))</p>
            <p>\(texts("letter.server.key"))</p>
            <p>\(texts("letter.line.after"))</p>
            <p>\(texts("letter.line.back")) <a href="/\(texts.language)/withdrawals/new">\
            \(texts("layout.withdraw"))</a></p>
            """
    }
}
