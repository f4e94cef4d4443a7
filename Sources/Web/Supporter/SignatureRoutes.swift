import Domain
import Hummingbird
import Languages
import Mail
import Sealing
import Storage

/// A form comes in, a sealed row and a mail go out; nothing about the address is looked up.
struct SignatureRoutes {
    let services: Services

    /// `POST /{lang}/actions/{slug}/signatures`
    @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let texts = try services.texts(context)
        var request = request
        let fields = try await request.form()
        let slug = context.parameters.get("slug") ?? ""
        guard let action = services.board[slug], action.state.isPublic else {
            throw PageError.notFound
        }
        guard action.state.takesNames else {
            return page(action, texts, nil, status: .conflict)
        }
        let form = SignatureForm(fields)
        if let seconds = services.secondsToWait(request, context) {
            services.metrics.count(.refused)
            return tooMany(action, texts, form, seconds)
        }
        let draft: SignatureDraft
        do {
            draft = try SignatureDraft(form, allowsMessage: action.content.allowsMessage)
        } catch {
            return page(
                action, texts, .init(form: form, problems: error.problems),
                status: .unprocessableContent)
        }
        let pledge = pledge(draft, form, action, texts)
        let limit = RecordContent.pledgeLimit(allowsMessage: action.content.allowsMessage)
        guard pledge.count <= limit else {
            return page(
                action, texts, .init(form: form, problems: [.tooMuch]),
                status: .unprocessableContent)
        }
        var flags: SignatureFlags = form.website.isEmpty ? [] : .honeypot
        if DisposableDomains.contains(draft.email.domain) { flags.insert(.disposable) }
        let ticket = try await store(pledge, of: draft, flags, for: action, texts)
        services.metrics.count(.signed)
        return .seeOther("/\(texts.language)/confirmations/new?ticket=\(ticket)")
    }

    private func pledge(
        _ draft: SignatureDraft, _ form: SignatureForm, _ action: PublishedAction, _ texts: Texts
    ) -> [UInt8] {
        let consent = SignatureFormView.consentText(
            texts, organisation: services.organisation.name)
        return Pledge(
            draft: draft, lang: texts.language,
            version: action.versionHash(named: form.version),
            consent: digest(consent.utf8).hex, day: services.today
        ).json()
    }

    /// Stores the pending row durably, hands over the mail and returns the ticket.
    private func store(
        _ pledge: [UInt8], of draft: SignatureDraft, _ flags: SignatureFlags,
        for action: PublishedAction, _ texts: Texts
    ) async throws -> String {
        guard let keyNumber = action.row.keyNumber, let key = services.keys.dedupe(keyNumber)
        else { throw PageError.busy }
        let tag = key.tag(for: draft.email)
        let secret = MailSecret.random()
        let sealed = try PendingRequest.signature(
            action: action.id, tag: tag, flags: flags, pledge: pledge
        ).sealed(for: secret, allowsMessage: action.content.allowsMessage)
        let row = PendingRow(id: secret.pendingID, expires: services.today + 1, sealed: sealed)
        try await services.insertPending(row)

        let formKey = services.keys.form().today
        try services.mail.enqueue(
            services.confirmationMail(
                to: draft.email, secret: secret, code: formKey.code(action: action.id, tag: tag),
                action: action, texts))
        return try formKey.seal(
            Ticket(
                secret: secret, action: action.id, tag: tag,
                expires: Int(services.now()) + Ticket.lifeSeconds))
    }

    private func page(
        _ action: PublishedAction, _ texts: Texts, _ answer: ActionPage.FormAnswer?,
        status: HTTPResponse.Status
    ) -> Response {
        let page = services.actionPage(
            action, texts, number: services.number(of: action), answer: answer)
        return .page(page.html, status: status)
    }

    private func tooMany(
        _ action: PublishedAction, _ texts: Texts, _ form: SignatureForm, _ seconds: Int
    ) -> Response {
        let answer = ActionPage.FormAnswer(
            form: form, problems: [], obstacle: texts.plural("problem.toomany", minutes(seconds)))
        return page(action, texts, answer, status: .tooManyRequests)
            .with(retryAfterSeconds: seconds)
    }
}

extension SignatureForm {
    init(_ fields: FormFields) {
        self.init()
        name = fields["name"]
        country = fields["country"]
        show = fields["show"]
        updates = fields["updates"]
        message = fields["message"]
        version = fields["version"]
        website = fields["website"]
        (email, asked) = fields.chosenEmail
    }
}

extension Services {
    /// Throws `PageError.busy` when so many wait that no more fit.
    func insertPending(_ row: PendingRow) async throws {
        guard mail.hasRoom(), limits.pending.reserve() else { throw PageError.busy }
        do {
            try await store.write { try $0.insert(row) }
        } catch {
            limits.pending.release()
            throw error
        }
    }

    func confirmationMail(
        to address: EmailAddress, secret: MailSecret, code: String, action: PublishedAction,
        _ texts: Texts
    ) -> MailJob {
        let title =
            action.content.shown(in: texts.language).title
        let until = texts.date(today + 1)
        let text = texts(
            "mail.confirm.text",
            [
                "title": title, "organisation": organisation.name, "code": code,
                "link": "\(organisation.origin)/c/\(secret.link)", "date": until,
            ])
        let subject = texts(
            "mail.confirm.subject", ["code": code, "organisation": organisation.name])
        return MailJob(
            to: address, action: action.id, subject: subject, text: text, created: now())
    }
}
