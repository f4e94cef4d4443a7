import Domain
import Hummingbird
import Languages
import Mail
import Sealing
import Storage

/// Taking a name back: by the code at any time, by mail while the action is open.
struct WithdrawalRoutes {
    let services: Services

    /// `GET /{lang}/withdrawals/new`
    @Sendable func new(_ request: Request, _ context: WebContext) throws -> Response {
        .page(WithdrawalPage(services: services, texts: try services.texts(context)).form())
    }

    /// `POST /{lang}/withdrawals` with `withdrawal` or `email`
    @Sendable func create(_ request: Request, _ context: WebContext) async throws -> Response {
        let texts = try services.texts(context)
        var request = request
        let fields = try await request.form()
        let page = WithdrawalPage(services: services, texts: texts)
        let typed = (code: fields["withdrawal"], email: fields["email"])
        if let seconds = services.secondsToWait(request, context) {
            let problem = texts.plural("problem.toomany", minutes(seconds))
            return .page(page.form(typed, problem: (nil, problem)), status: .tooManyRequests)
                .with(retryAfterSeconds: seconds)
        }
        func refuse(_ field: String, _ key: String) -> Response {
            .page(page.form(typed, problem: (field, texts(key))), status: .unprocessableContent)
        }
        if !typed.code.trimmed.isEmpty {
            guard let code = WithdrawalCode(typed: typed.code) else {
                return refuse("withdrawal", "withdraw.problem.shape")
            }
            guard let action = try await withdraw(code) else {
                return refuse("withdrawal", "withdraw.problem.unknown")
            }
            return .page(page.done([action]))
        }
        guard !typed.email.trimmed.isEmpty else {
            return refuse("withdrawal", "withdraw.problem.missing")
        }
        guard let address = try? EmailAddress(typed.email) else {
            return refuse("email", "problem.email.one")
        }
        try await requestRemoval(address, texts)
        return .page(page.sent)
    }

    /// `GET /w/{secret}`: what would be taken back, and one button.
    @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let secret = MailSecret(link: context.parameters.get("secret") ?? "") else {
            throw PageError.removalNotValid
        }
        let texts = services.languages.best(for: request.headers[.acceptLanguage])
        let removable = try await removable(secret)
        let page = WithdrawalPage(services: services, texts: texts)
        return .page(page.confirm(removable.actions, secret))
    }

    /// `POST /w` with `secret`, and with `action` once or more where only some are meant.
    @Sendable func remove(_ request: Request, _ context: WebContext) async throws -> Response {
        var request = request
        let fields = try await request.form()
        guard let secret = MailSecret(link: fields["secret"]) else {
            throw PageError.removalNotValid
        }
        let all = try await removable(secret)
        let chosen = Set(fields.every("action"))
        let removable = all.filter { chosen.contains($0.action.description) }
        let texts = services.languages.best(for: request.headers[.acceptLanguage])
        let page = WithdrawalPage(services: services, texts: texts)
        // Boxes that are all cleared send nothing: that is a choice, and not the choice of all.
        guard !removable.isEmpty || (fields["choice"].isEmpty && chosen.isEmpty) else {
            let html = page.confirm(all.actions, secret, problem: texts("remove.none"))
            return .page(html, status: .unprocessableContent)
        }
        let meant = removable.isEmpty ? all : removable
        let id = secret.pendingID
        let today = services.today
        let removed = try await services.store.write { transaction -> [ActionID]? in
            guard try transaction.deletePending(id) else { return nil }
            return try meant.filter {
                try transaction.removeOnRequest(action: $0.action, tag: $0.tag, today: today)
            }.actions
        }
        guard let removed else { throw PageError.removalNotValid }
        services.limits.pending.release()
        for _ in removed { services.countRemoval() }
        return .page(page.done(removed))
    }

    /// Nil for a code that belongs to nothing; the same answer when it is used again.
    private func withdraw(_ code: WithdrawalCode) async throws -> ActionID? {
        let (lookup, preimage, today) = (code.lookup, code.preimage, services.today)
        let outcome = try await services.store.write {
            try $0.withdraw(lookup: lookup, preimage: preimage, today: today)
        }
        switch outcome {
        case .withdrawn(let action):
            services.countRemoval()
            return action
        case .already(let action): return action
        case .unknown: return nil
        }
    }

    /// The same work for every address: one look-up, one row, one job. The job of a mailbox that
    /// is not counted is never sent.
    private func requestRemoval(_ address: EmailAddress, _ texts: Texts) async throws {
        let tags = services.board.all.filter { $0.state.takesRemovalByMail }
            .flatMap { action -> [(ActionID, [UInt8])] in
                guard let number = action.row.keyNumber, let key = services.keys.dedupe(number)
                else { return [] }
                let letters = action.content.targets.filter { !$0.emails.isEmpty }
                    .map { key.letterTag(for: address, target: $0.id) }
                return ([key.tag(for: address)] + letters).map { (action.id, $0) }
            }
        let found = try await services.store.read { try $0.actionsWithTag(tags) }
        let secret = MailSecret.random()
        let request = PendingRequest.removal(found.map { .init(action: $0.0, tag: $0.1) })
        let row = PendingRow(
            id: secret.pendingID, expires: services.today + 1,
            sealed: try request.sealed(
                for: secret, allowsMessage: services.board.all.contains { $0.content.allowsMessage }
            ))
        try await services.insertPending(row)
        let text = texts(
            "mail.remove.text",
            [
                "organisation": services.organisation.name,
                "link": "\(services.organisation.origin)/w/\(secret.link)",
                "date": texts.date(services.today + 1),
            ])
        let subject = texts(
            "mail.remove.subject", ["organisation": services.organisation.name])
        try services.mail.enqueue(
            MailJob(
                to: address, action: nil, subject: subject, text: text, created: services.now(),
                isSilent: found.isEmpty))
    }

    private func removable(_ secret: MailSecret) async throws -> [PendingRequest.Removable] {
        let id = secret.pendingID
        let today = services.today
        let pending = try await services.store.read { try $0.pending(id, today: today) }
        guard let pending,
            case .removal(let removable)? = PendingRequest(sealed: pending.sealed, for: secret)
        else { throw PageError.removalNotValid }
        return removable
    }
}

extension [PendingRequest.Removable] {
    /// Each once, though a mailbox may have signed and written.
    fileprivate var actions: [ActionID] {
        reduce(into: []) { if !$0.contains($1.action) { $0.append($1.action) } }
    }
}
