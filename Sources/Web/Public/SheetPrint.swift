import Domain
import Languages
import Press
import Storage

/// What of an action is printed on sheets: its words as plain text, every source with a number.
struct SheetPrint {
    let texts: Texts
    let action: PublishedAction
    let organisation: Organisation
    let translation: Translation
    let claims: Claims
    /// The sources that are named on the sheet, in the folder's order; from 1.
    private let sources: [Source]

    /// In the language of the action's text if the interface speaks it: paper has one language.
    init(_ languages: Languages, wished: Texts, action: PublishedAction, organisation: Organisation)
    {
        let content = action.content
        translation = content.shown(in: wished.language)
        texts = languages[translation.language] ?? wished
        self.action = action
        self.organisation = organisation
        claims = Claims(texts: texts, content: content)
        let named = Set(
            content.claims.map(\.source) + content.events.map(\.source)
                + [content.outcome?.source].compactMap { $0 })
        sources = content.sources.filter { named.contains($0.id) }
    }

    private var content: ActionContent { action.content }

    /// Without a language: to be typed, and the code stays small.
    var link: String { "\(organisation.origin)/actions/\(action.slug)" }

    /// As one reads and types it.
    var address: String {
        link.split(separator: "://", maxSplits: 1).last.map(String.init) ?? link
    }

    var identity: [String] {
        let day = action.versions.last.map { texts.date($0.day) }
        let draft = action.state == .draft ? texts("state.draft") : nil
        return [
            draft, content.caseNumber, content.documentIndex, texts.country(content.country), day,
        ].compactMap { $0 }
    }

    var recipient: String {
        guard let target = content.targets.first else { return "" }
        return texts(
            "action.to",
            [
                "office": target.office.in(texts.language), "name": target.name.in(texts.language),
            ])
    }

    private var until: String {
        if action.state.isOver { return texts("state.\(action.state.rawValue).instead") }
        if action.state == .paused {
            let since = Day(seconds: Double(action.row.stateSince) / 1000)
            return texts("state.paused.notice", ["date": texts.date(since)])
        }
        return content.closes.map { texts("sheet.until", ["date": texts.date($0)]) }
            ?? texts("sheet.now")
    }

    /// What came of it, once that is said.
    private var outcome: [String] {
        guard action.state == .won || action.state == .delivered, let outcome = content.outcome
        else { return [] }
        let words = [outcome.text] + (outcome.next.map { [$0] } ?? [])
        return words.map { cited($0.in(texts.language)) }
    }

    private func head(_ paper: Paper) -> SheetHead {
        SheetHead(
            paper: paper, language: translation.language, textDirection: translation.direction,
            direction: texts.direction, organisation: organisation.name, identity: identity,
            title: translation.title, recipient: recipient,
            demand: claims.plain(translation.demand), address: address, link: link,
            warning: texts.ended(action.state), solid: organisation.appearance.brand,
            onSolid: organisation.appearance.onBrand)
    }

    func sheet(_ paper: Paper) -> ActionSheet {
        var sheet = ActionSheet(
            head: head(paper), labels: labels, summary: claims.plain(translation.summary),
            until: until)
        sheet.heads = heads
        sheet.facts = facts
        sheet.outcome = outcome
        // Nobody finds an address or a letter on paper that asks for nothing any more.
        if !action.state.isOver {
            sheet.targets = content.targets.map(target)
            sheet.copies = copies
            sheet.letter = PlainMarkdown.paragraphs(claims.plain(translation.letter))
        }
        sheet.story = PlainMarkdown.sections(cited(translation.body)).map {
            .init(heading: $0.heading, paragraphs: $0.paragraphs)
        }
        sheet.days = days
        sheet.sources = sources.map(citation)
        return sheet
    }

    private var labels: ActionSheet.Labels {
        .init(
            banner: texts("sheet.banner"), facts: texts.plural("claims.title", facts.count),
            act: action.state.isOver ? texts("outcome.title") : texts("sheet.act"),
            actText: action.state.isOver ? "" : texts("sheet.act.text"),
            letter: texts("sheet.letter"), more: texts("sheet.more"), days: texts("days.title"),
            sources: texts("sheet.sources"), check: texts("sheet.check"),
            cut: texts("sheet.cut", ["address": isolated(address)]),
            pages: [1, 2].map {
                texts("sheet.pages", ["number": texts.number($0), "count": texts.number(2)])
            })
    }

    // MARK: Figures

    /// Those that somebody gives and did not take back; what was corrected is on the page.
    private var figures: [Figure] {
        content.figures.filter { figure in
            content.claims.contains { $0.figure == figure.id && $0.isCurrent }
        }
    }

    /// More columns than these are too narrow for words.
    private static let mostColumns = 3

    private var hasColumns: Bool { figures.count <= Self.mostColumns }

    private var heads: [String] {
        hasColumns ? figures.map { $0.label.in(texts.language) } : [""]
    }

    private var facts: [ActionSheet.Fact] {
        claims.rows.compactMap { row in
            let current = row.claims.filter(\.isCurrent)
            guard !current.isEmpty else { return nil }
            let cells = figures.map { figure in
                let said = current.filter { $0.figure == figure.id }
                    .map { words($0, isDated: hasManyDays(row)) }.joined(
                        separator: texts("mark.semicolon"))
                if hasColumns { return said.isEmpty ? texts("claims.notstated") : said }
                return said.isEmpty ? "" : "\(figure.label.in(texts.language)): \(said)"
            }
            return .init(
                who: row.who, source: source(of: row),
                cells: hasColumns
                    ? cells
                    : [cells.filter { !$0.isEmpty }.joined(separator: texts("mark.semicolon"))])
        }
    }

    private func words(_ claim: Claim, isDated: Bool) -> String {
        let note = claim.note.map { " (\($0.in(texts.language)))" } ?? ""
        let day = isDated ? texts("claims.asof", ["date": texts.date(claim.asOf)]) : nil
        return ([claims.value(claim) + note] + [day].compactMap { $0 })
            .joined(separator: texts("mark.comma"))
    }

    /// Whether the claims of a row are of different days, so that each says its own.
    private func hasManyDays(_ row: Claims.Row) -> Bool { Set(row.claims.map(\.asOf)).count > 1 }

    private func source(of row: Claims.Row) -> String {
        let asOf = hasManyDays(row) ? nil : row.claims.first?.asOf
        let day = asOf.map { texts("claims.asof", ["date": texts.date($0)]) }
        return [day, mark(row.source.id)].compactMap { $0 }.joined(separator: " ")
    }

    private func mark(_ id: String) -> String {
        sources.firstIndex { $0.id == id }.map { "[\($0 + 1)]" } ?? ""
    }

    /// With the number of its source behind each figure.
    private func cited(_ text: String) -> String {
        text.claimPieces.map { piece in
            switch piece {
            case .text(let text): text
            case .claim(let id):
                content.claims.first { $0.id == id }.map {
                    "\(claims.value($0)) \(mark($0.source))"
                } ?? ""
            }
        }.joined()
    }

    private func citation(_ source: Source) -> String {
        let head = "\(isolated(source.publisher)): \(isolated(source.title))"
        let words = [head, texts.date(source.date)].joined(separator: texts("mark.comma"))
        return source.url.map { "\(words) – \(isolated($0))" } ?? words
    }

    private var days: [(when: String, text: String)] {
        var days = content.events.map { event in
            (
                texts.date(event.date),
                "\(cited(event.text.in(texts.language))) \(mark(event.source))"
            )
        }
        if action.state == .won || action.state == .delivered, let outcome = content.outcome {
            days.append(
                (
                    texts.date(outcome.date),
                    "\(cited(outcome.text.in(texts.language))) \(mark(outcome.source))"
                ))
        }
        return days.map { (when: $0.0, text: $0.1) }
    }

    // MARK: Who is written to

    private func target(_ target: Target) -> ActionSheet.Target {
        let language = texts.language
        var ways: [(label: String, lines: [String])] = []
        if let post = target.post { ways.append((texts("sheet.post"), lines(post))) }
        if !target.emails.isEmpty { ways.append((texts("sheet.mail"), target.emails)) }
        if let fax = target.fax { ways.append((texts("sheet.fax"), [fax])) }
        let name = target.name.in(language)
        let notes = [
            target.salutation.map {
                texts("target.salutation", ["salutation": $0.in(language)])
            },
            target.language.map {
                texts("target.language", ["language": texts.languageName($0)])
            },
            target.noPostFrom.isEmpty
                ? nil : texts("sheet.nopost", ["countries": countries(target.noPostFrom)]),
        ].compactMap { $0 }
        return .init(
            name: [target.title?.in(language), name].compactMap { $0 }.joined(separator: " "),
            office: target.office.in(language), ways: ways, notes: notes)
    }

    private var copies: [(label: String, lines: [String])] {
        var copies: [(label: String, lines: [String])] = (content.copies ?? []).map {
            (
                texts("sheet.copies"),
                [$0.name.in(texts.language)] + ($0.post.map(lines) ?? []) + $0.emails
            )
        }
        let embassies = content.targets.flatMap(\.embassies).map(\.country)
        if !embassies.isEmpty {
            copies.append(
                (
                    texts("sheet.embassy"),
                    [texts("sheet.embassies", ["countries": countries(embassies)])]
                ))
        }
        return copies
    }

    private func countries(_ codes: [String]) -> String {
        codes.map(texts.country).joined(separator: texts("mark.comma"))
    }

    private func lines(_ post: PostalAddress) -> [String] {
        post.lines + (post.country.map { [texts.country($0)] } ?? [])
    }
}

extension Texts {
    /// What everything on paper says once an action has ended; nil before.
    func ended(_ state: ActionState) -> String? {
        switch state {
        case .won: self("sheet.ended.won")
        case .closed, .delivered: self("sheet.ended")
        case .draft, .open, .paused, .stopped: nil
        }
    }
}

extension Claim {
    fileprivate var isCurrent: Bool { supersededBy == nil && corrected == nil }
}

extension SheetPrint {
    func petition(_ paper: Paper) -> PetitionSheet {
        PetitionSheet(
            head: head(paper),
            labels: .init(
                banner: texts("petition.title"),
                heads: ["petition.number", "petition.name", "petition.place", "petition.signature"]
                    .map { texts($0) },
                back: back, check: texts("petition.online")),
            promise: texts("petition.who", ["organisation": isolated(organisation.name)]))
    }

    /// Until when and to whom the filled sheets go.
    private var back: [(label: String, text: String)] {
        let until = content.closes.map { (texts("petition.until"), texts.date($0)) }
        let contact = organisation.appearance.contact.map {
            $0.hasPrefix("mailto:") ? String($0.dropFirst("mailto:".count)) : $0
        }
        let to = [organisation.name, contact].compactMap { $0.map(isolated) }
            .joined(separator: texts("mark.comma"))
        return [until, (texts("petition.return"), to)].compactMap { $0 }
            .map { (label: $0.0, text: $0.1) }
    }
}
