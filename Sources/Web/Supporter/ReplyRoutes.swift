import Domain
import Hummingbird
import Languages
import Logging
import Sealing
import Storage

/// A supporter hands in what a target answered: sealed to the organisation at once.
struct ReplyRoutes {
    let services: Services

    /// Replies that are kept for one action, some 35 MB.
    static let limit = 2_000
    /// Text of any script, each byte of it as three characters of a form.
    private static let formLimit = 32 * 1024

    /// `GET /{lang}/actions/{slug}/replies/new`
    @Sendable func new(_ request: Request, _ context: WebContext) throws -> Response {
        let page = try page(context)
        return .page(page.form())
    }

    /// `POST /{lang}/actions/{slug}/replies`
    @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let page = try page(context)
        var request = request
        let form = ReplyForm(try await request.form(limit: Self.formLimit))
        if let seconds = services.secondsToWait(request, context) {
            let obstacle = page.texts.plural("problem.toomany", minutes(seconds))
            return .page(page.form(form, obstacle: obstacle), status: .tooManyRequests)
                .with(retryAfterSeconds: seconds)
        }
        let reply: Reply
        do {
            reply = try Reply(form, lang: page.texts.language, day: services.today)
        } catch {
            return .page(page.form(form, error.problems), status: .unprocessableContent)
        }
        try await keep(reply, of: page.action)
        return .seeOther("\(page.address)/thanks")
    }

    /// `GET /{lang}/actions/{slug}/replies/thanks`: the same for everybody.
    @Sendable func thanks(_ request: Request, _ context: WebContext) throws -> Response {
        .page(try page(context).thanks)
    }

    private func keep(_ reply: Reply, of action: PublishedAction) async throws {
        let id = ReplyID.random()
        let sealer = try await services.sealer(for: action)
        let row = ReplyRow(
            id: id, action: action.id, day: services.today,
            sealed: try sealer.seal(reply, action: action.id, id: id))
        let now = services.nowMilliseconds
        let isKept = try await services.store.write {
            try $0.insert(row, limit: Self.limit, nowMilliseconds: now)
        }
        guard isKept else {
            services.logger.error("no more replies can be kept for an action: see outcry check")
            throw PageError.busy
        }
    }

    /// Throws `PageError` for an action that takes none.
    private func page(_ context: WebContext) throws -> ReplyPage {
        let texts = try services.texts(context)
        guard let action = services.board[context.parameters.get("slug") ?? ""],
            action.state.isPublic, action.state != .stopped
        else { throw PageError.notFound }
        guard action.row.keepsRecords(nowMilliseconds: services.nowMilliseconds) else {
            throw PageError.noReplies
        }
        return ReplyPage(services: services, texts: texts, action: action)
    }
}

extension ReplyForm {
    fileprivate init(_ fields: FormFields) {
        self.init()
        text = fields["reply"]
        date = fields["date"]
        from = fields["from"]
        note = fields["note"]
        website = fields["website"]
    }
}
