import Domain
import Ledger
import Sealing
import Storage

/// What became of a confirmation.
enum Confirmed {
    /// Counted, now or by this secret before; the code takes it back. `number` is the public one
    /// of that moment, which does not have this signature in it yet.
    case counted(WithdrawalCode, ActionID, number: Int)
    /// The mailbox was counted before, by another mail.
    case already(ActionID)
    /// A letter, not a signature.
    case letter(LetterPlace, ActionID)
}

/// What whoever holds the mailbox may take out of a pledge before it counts.
struct Lowering: Sendable {
    var countOnly = false
    var noUpdates = false
    /// A letter's: its target does not get the writer's address.
    var noReply = false

    static let nothing = Lowering()

    func applied(to bytes: [UInt8]) throws -> [UInt8] {
        guard countOnly || noUpdates else { return bytes }
        var pledge = try Pledge(json: bytes)
        if countOnly { pledge.show = .count }
        if noUpdates { pledge.email = nil }
        return pledge.json()
    }
}

extension Services {
    /// Counts the signature of this secret, or queues its letter, durably and once.
    ///
    /// Throws `PageError.linkNotValid` for a secret that is used up, expired or unknown,
    /// `.ended` when the action takes none any more and `.demandChanged`.
    func confirm(_ secret: MailSecret, lowering: Lowering) async throws -> Confirmed {
        let id = secret.pendingID
        let today = today
        let (pending, spent) = try await store.read { transaction in
            // What waits is not spent: the transaction that spends a row takes it away.
            let pending = try transaction.pending(id, today: today)
            return (pending, try pending == nil ? transaction.spent(id, today: today) : nil)
        }
        if let spent { return try answer(spent, secret) }
        let confirmed: Confirmed?
        switch pending.flatMap({ PendingRequest(sealed: $0.sealed, for: secret) }) {
        case .signature(let action, let tag, let flags, let pledge):
            confirmed = try await confirmSignature(
                id, secret, action, tag, flags, try lowering.applied(to: pledge))
        case .letter(let action, let tag, let draft):
            confirmed = try await confirmLetter(
                id, secret, action, tag, draft, withoutReply: lowering.noReply)
        case .removal, nil: throw PageError.linkNotValid
        }
        if let confirmed { return confirmed }
        // Another request with the same secret was faster: its answer is the answer.
        let given = try await store.read { try $0.spent(id, today: today) }
        guard let given else { throw PageError.linkNotValid }
        return try answer(given, secret)
    }

    /// Nil if another request with the same secret came first.
    private func confirmSignature(
        _ id: [UInt8], _ secret: MailSecret, _ actionID: ActionID, _ tag: [UInt8],
        _ flags: SignatureFlags, _ pledge: [UInt8]
    ) async throws -> Confirmed? {
        guard let action = board.action(actionID) else { throw PageError.linkNotValid }
        guard !ledger.isFrozen(actionID) else { throw PageError.ended }
        let code = WithdrawalCode.random()
        let number = ledger.number(of: actionID)
        let confirmation = try await prepare(
            id, code, number, secret, action, tag, flags, pledge)
        let now = nowMilliseconds
        let outcome = try await store.write {
            try $0.confirm(confirmation, nowMilliseconds: now)
        }
        switch outcome {
        case .counted:
            limits.pending.release()
            metrics.count(.confirmed)
            return .counted(code, actionID, number: number)
        case .already:
            limits.pending.release()
            metrics.count(.already)
            return .already(actionID)
        case .gone: return nil
        case .ended: throw PageError.ended
        case .demandChanged: throw PageError.demandChanged
        }
    }

    private func answer(_ spent: [UInt8], _ secret: MailSecret) throws -> Confirmed {
        guard let answer = SpentAnswer(sealed: spent, for: secret) else {
            throw PageError.linkNotValid
        }
        if let letter = answer.letter { return .letter(letter, answer.action) }
        return answer.code.map { .counted($0, answer.action, number: answer.number) }
            ?? .already(answer.action)
    }

    /// Everything that costs time, before the transaction.
    private func prepare(
        _ pendingID: [UInt8], _ code: WithdrawalCode, _ number: Int, _ secret: MailSecret,
        _ action: PublishedAction, _ tag: [UInt8], _ flags: SignatureFlags, _ pledge: [UInt8]
    ) async throws -> Confirmation {
        let parsed = try Pledge(json: pledge)
        guard let version = [UInt8](hex: parsed.version) else { throw PageError.linkNotValid }
        let sealer = try await sealer(for: action)
        let content = RecordContent(r: randomBytes(32), r2: randomBytes(32), pledge: pledge)
        let recordID = RecordID.random()
        let leaf = content.leaf(action: action.id)
        let lookup = code.lookup
        let record = RecordRow(
            id: recordID, action: action.id, day: today, flags: flags,
            sealed: try sealer.seal(
                content, action: action.id, record: recordID,
                allowsMessage: action.content.allowsMessage),
            leaf: leaf, lookup: lookup,
            receipt: try code.sealReceipt(r: content.r, h: content.h))
        return Confirmation(
            pendingID: pendingID, tag: tag, record: record,
            entry: LedgerEntry(.sign, a: leaf, b: lookup), version: version,
            language: parsed.lang, today: today,
            spentCounted: try SpentAnswer(code: code, action: action.id, number: number)
                .sealed(for: secret),
            spentAlready: { try SpentAnswer(code: nil, action: action.id).sealed(for: secret) })
    }

    /// What seals to the keepers of an action; throws `PageError.ended` for one without a key.
    func sealer(for action: PublishedAction) async throws -> Sealer {
        if let sealer = board.sealer(for: action.id) { return sealer }
        guard let number = action.row.keyNumber else { throw PageError.ended }
        let keys = try await store.read {
            try $0.recipientKeys(number: number, of: action.row.organisation)
        }
        let sealer = try Sealer(keepers: keys.map { try RecipientKey($0) })
        board.keep(sealer, for: action.id)
        return sealer
    }
}
