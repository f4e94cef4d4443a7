import Domain
import Languages
import Storage

/// All actions: first what one can do now, then how the others ended.
struct ListPage {
    let texts: Texts
    let entries: [(action: PublishedAction, number: Int)]
    let layout: Layout

    var html: HTML {
        var layout = layout
        layout.title = texts("list.title")
        layout.description = texts("list.description", ["organisation": layout.organisation.name])
        let open = entries.filter { $0.action.state == .open || $0.action.state == .paused }
        let over = entries.filter { $0.action.state != .open && $0.action.state != .paused }
        return layout.page(
            """
            <main class="index" id="main">
              <header><h1>\(texts("list.title"))</h1></header>
              \(section("open", title: texts("list.open"), open, empty: texts("list.open.none")))
              \(over.isEmpty ? HTML.none : section("over", title: texts("list.over"), over, empty: ""))
            </main>
            """)
    }

    private func section(
        _ id: String, title: String, _ list: [(action: PublishedAction, number: Int)],
        empty: String
    ) -> HTML {
        let items = list.map { entry($0.action, $0.number) }
        let content: HTML =
            items.isEmpty ? "<p>\(empty)</p>" : "<ul role=\"list\">\(items)</ul>"
        return """
            <section aria-labelledby="\(id)">
              <h2 id="\(id)">\(title)</h2>
              \(content)
            </section>
            """
    }

    private func entry(_ action: PublishedAction, _ number: Int) -> HTML {
        let content = action.content
        let translation = content.shown(in: texts.language)
        let state = action.state
        let since = texts.date(Day(seconds: Double(action.row.stateSince) / 1000))
        if state == .stopped {
            return """
                <li class="entry">
                  <p class="kicker"><span class="state stopped">\(texts("state.stopped"))</span> <span>\(since)</span></p>
                  <h3>\(texts("action.stopped.title"))</h3>
                  <p>\(texts("state.stopped.instead"))</p>
                </li>

                """
        }
        let page = "/\(texts.language)/actions/\(action.slug)"
        let text =
            state == .won && content.outcome != nil
            ? content.outcome?.text.in(texts.language) ?? "" : translation.summary
        let summary = Claims(texts: texts, content: content).html(text, page: page)
        let css = state == .delivered ? "closed" : state.rawValue
        return """
            <li class="entry\(state == .open || state == .paused ? " now" as HTML : "")">
              <p class="kicker"><span class="state \(css)">\(texts("state.\(state.rawValue)"))</span> \
            <span>\(texts.country(content.country))</span> <span>\(texts("list.since", ["date": since]))</span></p>
              <h3><a href="\(page)">\(translation.title)</a></h3>
              <p>\(summary)</p>
              \(tally(action, number))
            </li>

            """
    }

    private func tally(_ action: PublishedAction, _ number: Int) -> HTML {
        let figure = texts.html(
            plural: "action.signed", number, ["number": "<b>\(texts.number(number))</b>"])
        guard action.state == .open else {
            return "<div class=\"tally\"><p>\(figure)</p></div>"
        }
        let goal = action.content.goal(above: number)
        let words = texts("list.goal", ["goal": texts.number(goal)])
        return """
            <div class="tally"><p>\(figure)</p>\
            <progress max="\(goal)" value="\(number)" aria-label="\(words)"></progress>\
            <p>\(words)</p></div>
            """
    }
}
