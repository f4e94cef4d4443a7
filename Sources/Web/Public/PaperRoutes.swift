import Domain
import HTTPTypes
import Hummingbird
import Languages
import Press
import Storage

/// What of an action can be printed, kept or put into a calendar. All of it follows the action.
struct PaperRoutes {
    let services: Services

    /// `/actions/{slug}`: short enough for a code and for typing, in the reader's language.
    @Sendable func short(_ request: Request, _ context: WebContext) throws -> Response {
        let action = try services.action(
            context.parameters.get("slug") ?? "", request, context)
        let texts = services.languages.best(for: request.headers[.acceptLanguage])
        var response = Response.seeOther("/\(texts.language)/actions/\(action.slug)")
        response.headers[.vary] = "Accept-Language"
        return response
    }

    /// `/{lang}/actions/{slug}/deadline.ics`: the only one that a stopped action has, so that
    /// calendars hear of it.
    @Sendable func calendar(_ request: Request, _ context: WebContext) async throws -> Response {
        let asked = try asked(request, context)
        let origin = services.organisation.origin
        return try await page(
            asked, "deadline.ics", "text/calendar; charset=utf-8", isKept: true
        ) {
            ActionCalendar(texts: asked.texts, action: asked.action, origin: origin).bytes
        }.response(to: request)
    }

    /// `/{lang}/actions/{slug}/sheet.pdf`, with `?paper=letter` for US Letter.
    @Sendable func sheet(_ request: Request, _ context: WebContext) async throws -> Response {
        let (asked, paper) = (try shown(request, context), paper(request))
        let print = print(asked)
        return try await page(asked, "sheet.pdf", "application/pdf", paper: paper) {
            try print.sheet(paper).pdf()
        }.response(to: request)
    }

    /// `/{lang}/actions/{slug}/petition.pdf`, with `?paper=letter` for US Letter.
    @Sendable func petition(_ request: Request, _ context: WebContext) async throws -> Response {
        let (asked, paper) = (try shown(request, context), paper(request))
        let print = print(asked)
        return try await page(asked, "petition.pdf", "application/pdf", paper: paper) {
            try print.petition(paper).pdf()
        }.response(to: request)
    }

    /// `/{lang}/actions/{slug}/kit.zip`, with `?paper=letter` for US Letter.
    @Sendable func kit(_ request: Request, _ context: WebContext) async throws -> Response {
        let (asked, paper) = (try shown(request, context), paper(request))
        let kit = ActionKit(
            print: print(asked), letter: letter(asked, paper), asked: asked.texts, paper: paper,
            today: services.today)
        return try await page(asked, "kit.zip", "application/zip", paper: paper, isKept: true) {
            try kit.zip()
        }.response(to: request)
    }

    private struct Asked {
        let texts: Texts
        let action: PublishedAction
    }

    private func asked(_ request: Request, _ context: WebContext) throws -> Asked {
        Asked(
            texts: try services.texts(context),
            action: try services.action(
                context.parameters.get("slug") ?? "", request, context))
    }

    /// What was stopped shows nothing any more.
    private func shown(_ request: Request, _ context: WebContext) throws -> Asked {
        let asked = try asked(request, context)
        guard asked.action.state != .stopped else { throw PageError.notFound }
        return asked
    }

    private func paper(_ request: Request) -> Paper {
        request.query["paper"] == "letter" ? .usLetter : .a4
    }

    private func print(_ asked: Asked) -> SheetPrint {
        SheetPrint(
            services.languages, wished: asked.texts, action: asked.action,
            organisation: services.organisation)
    }

    /// The model letter in the language that its first target reads best.
    private func letter(_ asked: Asked, _ paper: Paper) -> LetterSheet {
        let content = asked.action.content
        let target = content.targets.first
        let words = ComposedLetter.Words(
            target: target, language: content.bestLanguage(for: target))
        var sheet = PrintedLetter(
            services: services, texts: asked.texts, action: asked.action,
            letter: ComposedLetter(words, content: content, languages: services.languages),
            target: target
        ).sheet
        sheet.paper = paper
        sheet.window = paper == .usLetter ? .us : .din5008B
        return sheet
    }

    /// `isKept`: a file to keep rather than a page to look at.
    private func page(
        _ asked: Asked, _ name: String, _ contentType: String, paper: Paper = .a4,
        isKept: Bool = false, print: @escaping @Sendable () throws -> [UInt8]
    ) async throws -> StoredPage {
        let (slug, language) = (asked.action.slug, asked.texts.language)
        let disposition = isKept ? "attachment" : "inline"
        return try await services.prints.page(
            "\(name)/\(paper)/\(language)/\(slug)",
            state: services.edition(["\(asked.action.row.revision)"]), contentType: contentType,
            caching: asked.action.state == .draft ? "no-store" : StoredPage.caching,
            special: [
                .contentDisposition: "\(disposition); filename=\"\(slug)-\(language)-\(name)\"",
                // Paper that search engines keep would outlive the action.
                .robots: "noindex",
            ], print: print)
    }
}
