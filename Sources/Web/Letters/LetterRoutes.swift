import Domain
import HTTPTypes
import Hummingbird
import Languages
import NIOCore
import Press
import Storage

/// A letter from its model to the page on which it is ready; nothing of it is stored.
struct LetterRoutes {
    let services: Services
    private let pages = PageCache()

    init(services: Services) { self.services = services }

    /// `GET /{lang}/actions/{slug}/letter`
    @Sendable func show(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        let action = try services.letterAction(request, context)
        let state = [
            "\(action.row.revision)", "\(services.posted[action.id])",
            "\(services.letters.isOpen())",
        ]
        return pages.page(
            "letter/\(texts.language)/\(action.slug)", state: services.edition(state),
            caching: action.state == .draft ? "no-store" : StoredPage.caching
        ) {
            LetterPage(services: services, texts: texts, action: action).html.bytes
        }.response(to: request)
    }

    /// `POST /{lang}/actions/{slug}/letter`: the letter made ready, or with `edit` the form again
    @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let texts = try services.texts(context)
        var request = request
        let fields = try await request.form()
        let action = try services.letterAction(request, context)
        let form = LetterForm(fields)
        guard fields["edit"].isEmpty, LetterPage.isOpen(action.state) else {
            return services.letterPage(
                texts, action, form,
                status: LetterPage.isOpen(action.state) ? .ok : .conflict)
        }
        if let seconds = services.secondsToWait(request, context, services.limits.drafts) {
            return services.letterPage(texts, action, form, wait: seconds)
        }
        switch try await services.ready(texts, action, form) {
        case .success(let page): return .page(page.html)
        case .failure(let problems):
            return services.letterPage(
                texts, action, form, problems.problems, status: .unprocessableContent)
        }
    }

    /// `GET /{lang}/actions/{slug}/letter.pdf`: the model letter, without a writer
    @Sendable func model(_ request: Request, _ context: WebContext) async throws -> Response {
        let texts = try services.texts(context)
        let action = try services.letterAction(request, context)
        let target = action.content.targets.first
        let words = ComposedLetter.Words(
            target: target, language: action.content.bestLanguage(for: target))
        let printed = PrintedLetter(
            services: services, texts: texts, action: action,
            letter: ComposedLetter(words, content: action.content, languages: services.languages),
            target: target)
        return try await services.prints.page(
            "letter/\(texts.language)/\(action.slug)",
            state: services.edition(["\(action.row.revision)"]), contentType: "application/pdf",
            caching: action.state == .draft ? "no-store" : StoredPage.caching,
            special: [
                .contentDisposition: "inline; filename=\"letter-\(action.slug).pdf\"",
                .robots: "noindex",
            ]
        ) {
            try printed.sheet.pdf()
        }.response(to: request)
    }

    /// `POST /{lang}/actions/{slug}/letter.pdf` with the fields of the letter, `paper`, and
    /// `by=embassy` for a letter by way of the embassy
    @Sendable func print(_ request: Request, _ context: WebContext) async throws -> Response {
        let texts = try services.texts(context)
        var request = request
        let fields = try await request.form()
        let action = try services.letterAction(request, context)
        let form = LetterForm(fields)
        guard LetterPage.isOpen(action.state) else {
            return services.letterPage(texts, action, form, status: .conflict)
        }
        if let seconds = services.secondsToWait(request, context) {
            return services.letterPage(texts, action, form, wait: seconds)
        }
        var page: ReadyPage
        switch try await services.ready(texts, action, form) {
        case .success(let ready): page = ready
        case .failure(let problems):
            return services.letterPage(
                texts, action, form, problems.problems, status: .unprocessableContent)
        }
        let sheet = page.printed(toEmbassy: fields["by"] == "embassy" ? true : nil).sheet
        do {
            return .letter(try await services.prints.print { try sheet.pdf() }, slug: action.slug)
        } catch let problem as PressProblem {
            if problem == .noMemory { throw PageError.busy }
            page.answer.obstacle = problem.message(texts)
            return .page(page.html, status: .unprocessableContent)
        }
    }

    /// `POST /{lang}/actions/{slug}/letters/posted` with `kind` and `target`
    @Sendable func posted(_ request: Request, _ context: WebContext) async throws -> Response {
        let texts = try services.texts(context)
        var request = request
        let form = LetterForm(try await request.form())
        let action = try services.letterAction(request, context)
        guard action.state == .open else {
            return services.letterPage(texts, action, form, status: .conflict)
        }
        if let seconds = services.secondsToWait(request, context) {
            return services.letterPage(texts, action, form, wait: seconds)
        }
        let draft: LetterDraft
        do {
            draft = try LetterDraft(form, content: action.content)
        } catch {
            return services.letterPage(
                texts, action, form, error.problems, status: .unprocessableContent)
        }
        let (id, target) = (action.id, draft.target?.id ?? LetterPurpose.solidarity.rawValue)
        try await services.store.write { try $0.tallyLetter(.posted, action: id, target: target) }
        services.posted.add(1, to: id)
        return .seeOther("/\(texts.language)/actions/\(action.slug)/letters/thanks")
    }

    /// `GET /{lang}/actions/{slug}/letters/thanks`
    @Sendable func thanks(_ request: Request, _ context: WebContext) throws -> Response {
        let texts = try services.texts(context)
        let action = try services.letterAction(request, context)
        let heading = texts("letter.thanks.title")
        let title = services.title(of: action, texts)
        let layout = services.privateLayout(texts, "\(heading) – \(title)")
        let path = "/\(texts.language)/actions/\(action.slug)"
        return .page(
            layout.page(
                """
                <main class="plain" id="main">
                  <div><p class="soft">\(title)</p><h1>\(heading)</h1></div>
                  <p>\(texts("letter.thanks.text"))</p>
                  \(texts.posted(services.posted[action.id]))
                  <p><a href="\(path)">\(texts("fediverse.back"))</a></p>
                </main>
                """))
    }
}

extension Response {
    /// A letter for its writer alone.
    fileprivate static func letter(_ pdf: [UInt8], slug: String) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "application/pdf", .cacheControl: "no-store",
                .contentDisposition: "attachment; filename=\"letter-\(slug).pdf\"",
                .robots: "noindex, noarchive, nosnippet",
            ],
            body: .init(byteBuffer: ByteBuffer(bytes: pdf)))
    }
}

extension Services {
    /// The action of a letter's page; what was stopped has none any more.
    func letterAction(_ request: Request, _ context: WebContext) throws -> PublishedAction {
        let action = try action(context.parameters.get("slug") ?? "", request, context)
        guard action.state != .stopped else { throw PageError.notFound }
        return action
    }

    /// The letter's page with a form that was sent to it.
    func letterPage(
        _ texts: Texts, _ action: PublishedAction, _ form: LetterForm,
        _ problems: [LetterProblem] = [], obstacle: String? = nil, status: HTTPResponse.Status
    ) -> Response {
        let answer = LetterPage.Answer(form: form, problems: problems, obstacle: obstacle)
        let page = LetterPage(services: self, texts: texts, action: action, answer: answer)
        return .page(page.html, status: status)
    }

    /// Too many came from one neighbourhood; nothing that was typed is lost.
    func letterPage(
        _ texts: Texts, _ action: PublishedAction, _ form: LetterForm, wait seconds: Int
    ) -> Response {
        letterPage(
            texts, action, form, obstacle: texts.plural("problem.toomany", minutes(seconds)),
            status: .tooManyRequests
        ).with(retryAfterSeconds: seconds)
    }

    /// The letter of a form, made of the version that the form was shown with.
    func ready(
        _ texts: Texts, _ action: PublishedAction, _ form: LetterForm
    ) async throws -> Result<ReadyPage, LetterProblems> {
        var form = form
        form.version = action.versionHash(named: form.version)
        let draft: LetterDraft
        do throws(LetterProblems) {
            draft = try LetterDraft(form, content: action.content)
        } catch {
            return .failure(error)
        }
        let content = try await content(of: action, version: form.version)
        let letter = ComposedLetter(draft, content: content, languages: languages)
        guard !letter.isTooLong else { return .failure(LetterProblems(problems: [.tooMuch])) }
        return .success(
            ReadyPage(
                services: self, texts: texts, action: action, draft: draft, letter: letter,
                answer: .init(form: form)))
    }
}
