import Domain
import Hummingbird
import Languages
import Mail
import Sealing
import Storage

/// A letter that this server shall send: a sealed row and a mail go out, and nothing about the
/// address is looked up.
struct LetterOrderRoutes {
    let services: Services

    /// `POST /{lang}/actions/{slug}/letters`
    @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let texts = try services.texts(context)
        var request = request
        let form = LetterForm(try await request.form())
        let action = try services.letterAction(request, context)
        guard action.state == .open, services.letters.isOpen() else {
            return services.letterPage(texts, action, form, status: .conflict)
        }
        if let seconds = services.secondsToWait(request, context) {
            services.metrics.count(.refused)
            return services.letterPage(texts, action, form, wait: seconds)
        }
        var page: ReadyPage
        switch try await services.ready(texts, action, form) {
        case .success(let ready): page = ready
        case .failure(let problems):
            return services.letterPage(
                texts, action, form, problems.problems, status: .unprocessableContent)
        }
        guard let target = page.draft.target, services.sends(for: action, to: target) else {
            return services.letterPage(
                texts, action, form, [.choice("target")], status: .unprocessableContent)
        }
        let order: LetterOrder
        let draft: [UInt8]
        do {
            order = try LetterOrder(form)
            draft = try json(page, target, order)
        } catch let error as LetterProblems {
            page.answer.problems = error.problems
            return .page(page.html, status: .unprocessableContent)
        }
        let ticket = try await store(draft, order, target, of: page)
        return .seeOther("/\(texts.language)/confirmations/new?for=letter&ticket=\(ticket)")
    }

    /// Throws `LetterProblems` if it does not fit into a row.
    private func json(
        _ page: ReadyPage, _ target: Target, _ order: LetterOrder
    ) throws -> [UInt8] {
        let json = try LetterRequest(
            target: target.id, language: page.letter.language, words: page.draft.words,
            name: page.draft.name, replyTo: order.wantsReply ? order.email.text : nil,
            lang: page.texts.language, version: page.answer.form.version
        ).json()
        guard json.count <= PendingRequest.draftLimit else {
            throw LetterProblems(problems: [.tooMuch])
        }
        return json
    }

    /// Stores the pending row durably, hands over the mail and returns the ticket. Whatever fills
    /// the field that people do not see gets the same answer, and no mail.
    private func store(
        _ draft: [UInt8], _ order: LetterOrder, _ target: Target, of page: ReadyPage
    ) async throws -> String {
        let action = page.action
        let (id, name) = (action.id, target.id)
        guard try await services.store.read({ try $0.hasRoomForLetter(to: name, of: id) }) else {
            throw PageError.lettersWait
        }
        guard let keyNumber = action.row.keyNumber, let key = services.keys.dedupe(keyNumber)
        else { throw PageError.busy }
        let tag = key.letterTag(for: order.email, target: target.id)
        let secret = MailSecret.random()
        let row = PendingRow(
            id: secret.pendingID, expires: services.today + 1,
            sealed: try PendingRequest.letter(action: action.id, tag: tag, draft: draft)
                .sealed(for: secret, allowsMessage: true))
        try await services.insertPending(row)

        let formKey = services.keys.form().today
        try services.mail.enqueue(
            mail(
                to: order.email, secret, code: formKey.code(action: action.id, tag: tag), target,
                of: page))
        return try formKey.seal(
            Ticket(
                secret: secret, action: action.id, tag: tag,
                expires: Int(services.now()) + Ticket.lifeSeconds))
    }

    private func mail(
        to address: EmailAddress, _ secret: MailSecret, code: String, _ target: Target,
        of page: ReadyPage
    ) -> MailJob {
        let (texts, organisation) = (page.texts, services.organisation)
        let text = texts(
            "mail.letter.text",
            [
                "title": services.title(of: page.action, texts),
                "organisation": organisation.name, "code": code,
                "office": target.office.in(texts.language),
                "link": "\(organisation.origin)/c/\(secret.link)",
                "date": texts.date(services.today + 1),
            ])
        let subject = texts(
            "mail.letter.subject", ["code": code, "organisation": organisation.name])
        return MailJob(
            to: address, action: page.action.id, subject: subject, text: text,
            created: services.now(), isSilent: !page.answer.form.website.isEmpty)
    }
}
