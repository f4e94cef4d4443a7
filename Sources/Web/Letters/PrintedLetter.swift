import Domain
import Languages
import Press
import Storage

/// A letter on its way to paper.
struct PrintedLetter {
    let services: Services
    /// Of the page from which it is printed.
    let texts: Texts
    let action: PublishedAction
    let letter: ComposedLetter
    /// Nil for the model letter, which nobody has written yet.
    var draft: LetterDraft?
    var target: Target?
    var goesToEmbassy = false

    private var content: ActionContent { action.content }
    private var isSolidarity: Bool { draft?.kind == .solidarity }

    var sheet: LetterSheet {
        let organisation = services.organisation
        let short = "\(organisation.origin)/actions/\(action.slug)"
        let written = services.languages[letter.language] ?? texts
        let country = draft?.country
        return LetterSheet(
            paper: draft?.paper.map { $0 == "letter" ? .usLetter : .a4 } ?? Paper(country: country),
            window: Window(country: country),
            sender: sender,
            recipient: recipient, date: draft == nil ? "" : written.date(services.today),
            subject: letter.subject, paragraphs: letter.paragraphs, signature: letter.name,
            language: letter.language, direction: letter.direction,
            address: String(short.split(separator: "://").last ?? ""), link: short,
            warning: texts.doNotSend(action.state))
    }

    /// With the country, for an answer from another one.
    private var sender: [String] {
        guard let draft else { return [] }
        let home = draft.address.isEmpty || post?.country == draft.country ? nil : draft.country
        return (draft.name.isEmpty ? [] : [draft.name]) + draft.address
            + (home.map { [capitals($0)] } ?? [])
    }

    private var post: PostalAddress? { (isSolidarity ? people : office).post }

    /// The lines of the envelope, in the language of the letter.
    var recipient: [String] {
        let (lines, post) = isSolidarity ? people : office
        let country = post?.country.flatMap { $0 == draft?.country ? nil : capitals($0) }
        return lines + (post?.lines ?? []) + (country.map { [$0] } ?? [])
    }

    private var office: (lines: [String], post: PostalAddress?) {
        guard let target = draft?.target ?? target else { return ([], nil) }
        let title = target.title.map { $0.in(letter.language) }
        let name = [title, target.name.in(letter.language)].compactMap { $0 }
            .joined(separator: " ")
        return (
            [name, target.office.in(letter.language)],
            goesToEmbassy ? embassy?.post : target.post
        )
    }

    private var people: (lines: [String], post: PostalAddress?) {
        guard let solidarity = content.solidarity else { return ([], nil) }
        return ([solidarity.recipient.in(letter.language)], solidarity.post)
    }

    /// The embassy in the writer's country.
    private var embassy: Embassy? {
        draft?.country.flatMap { (draft?.target ?? target)?.embassy(in: $0) }
    }

    /// The country below an address, in a language that every post reads (UPU S42).
    private func capitals(_ country: String) -> String {
        services.languages.fallback.country(country).uppercased()
    }
}

extension Texts {
    /// What everything says that must not be sent any more; nil while it may.
    func doNotSend(_ state: ActionState) -> String? {
        switch state {
        case .won: self("letter.donotsend.won")
        case .closed, .delivered: self("letter.donotsend")
        case .draft, .open, .paused, .stopped: nil
        }
    }
}

extension PressProblem {
    /// What is wrong and what to do, in words.
    func message(_ texts: Texts) -> String {
        switch self {
        case .missingGlyphs(let words):
            texts("letter.problem.glyphs", ["words": words.joined(separator: texts("mark.comma"))])
        case .tooLong(let lines): texts.plural("letter.problem.lines", max(1, lines))
        case .noMemory: texts("error.busy.text")
        }
    }
}
