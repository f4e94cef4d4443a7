import Domain
import HTTPTypes
import Languages
import Sealing
import Storage

/// A letter as its mailed link shows it and as it is queued: whole, of the version that was shown.
struct WaitingLetter {
    let request: LetterRequest
    let action: PublishedAction
    /// As the office is reached today.
    let target: Target
    let place: Int
    let composed: ComposedLetter

    var letter: Letter {
        Letter(
            target: target.id, language: composed.language, subject: composed.subject,
            text: composed.text, name: composed.name, replyTo: request.replyTo)
    }
}

extension Services {
    /// Throws `PageError.letterEnded` for an action that takes no letters any more.
    func waitingLetter(_ id: ActionID, _ draft: [UInt8]) async throws -> WaitingLetter {
        let request = try LetterRequest(json: draft)
        guard let action = board.action(id), !action.state.isOver,
            let place = action.content.targets.firstIndex(where: { $0.id == request.target })
        else { throw PageError.letterEnded }
        let target = action.content.targets[place]
        let words = ComposedLetter.Words(
            target: target, language: request.language, own: request.words, name: request.name)
        let content = try await content(of: action, version: request.version)
        return WaitingLetter(
            request: request, action: action, target: target, place: place,
            composed: ComposedLetter(words, content: content, languages: languages))
    }

    /// Queues the letter of this secret, durably and once.
    ///
    /// Throws `PageError.letterEnded` when the action takes none any more; returns nil if another
    /// request with the same secret came first.
    func confirmLetter(
        _ id: [UInt8], _ secret: MailSecret, _ action: ActionID, _ tag: [UInt8], _ draft: [UInt8],
        withoutReply: Bool
    ) async throws -> Confirmed? {
        let waiting = try await waitingLetter(action, draft)
        guard letters.isOpen() else { throw PageError.busy }
        guard let version = [UInt8](hex: waiting.request.version) else {
            throw PageError.linkNotValid
        }
        var letter = waiting.letter
        if withoutReply { letter.replyTo = nil }
        let queued = LetterPlace(target: waiting.place, isSecond: false)
        let second = LetterPlace(target: waiting.place, isSecond: true)
        let confirmation = LetterConfirmation(
            pendingID: id, action: action, target: letter.target, tag: tag, version: version,
            sealed: try letters.seal(letter, action),
            spentQueued: try SpentAnswer(letter: queued, action: action).sealed(for: secret),
            spentAlready: try SpentAnswer(letter: second, action: action).sealed(for: secret),
            today: today)
        let now = nowMilliseconds
        switch try await store.write({ try $0.confirmLetter(confirmation, nowMilliseconds: now) }) {
        case .queued:
            limits.pending.release()
            return .letter(queued, action)
        case .already:
            limits.pending.release()
            return .letter(second, action)
        case .gone: return nil
        case .ended: throw PageError.letterEnded
        case .full: throw PageError.lettersWait
        }
    }
}

extension PageError {
    static let letterEnded = PageError(.conflict, "letterended")
    static let lettersWait = PageError(
        .serviceUnavailable, "letterswait", retryAfterSeconds: 86_400)
}
