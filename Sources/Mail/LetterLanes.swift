import Domain
import Storage
import Synchronization

/// The head of a queue, and the mailbox that it goes to.
struct LetterLane: Sendable {
    let letter: LetterRow
    let target: Target
    /// The first of the target's addresses that is not disabled, as its folder writes it.
    let address: String
    let mailbox: TargetMailbox
}

/// Reads which letters may go: those of open actions, the first of each queue, one a mailbox.
final class LetterLanes: Sendable {
    /// Versions of a text never change, so each is read once.
    private let known = Mutex<[ActionID: (version: Int, targets: [String: Target])]>([:])

    func read(_ transaction: any Transaction) throws -> [LetterLane] {
        var lanes: [String: LetterLane] = [:]
        for (id, name) in try transaction.letterQueues() {
            guard let action = try transaction.action(id), action.state == .open,
                let target = try targets(of: action, transaction)[name],
                let letter = try transaction.nextLetter(of: id, to: name)
            else { continue }
            let boxes = try target.emails.map { ($0, try transaction.targetMailbox($0)) }
            guard let (address, box) = boxes.first(where: { !$0.1.isDisabled }) else { continue }
            let lane = LetterLane(letter: letter, target: target, address: address, mailbox: box)
            // Actions that share a mailbox take turns: who waits for a retry lets others pass.
            if let other = lanes[box.address], other.letter.comesBefore(letter) { continue }
            lanes[box.address] = lane
        }
        return Array(lanes.values)
    }

    private func targets(
        of action: ActionRow, _ transaction: any Transaction
    ) throws -> [String: Target] {
        if let known = known.withLock({ $0[action.id] }), known.version == action.version {
            return known.targets
        }
        guard let version = try transaction.version(action.version, of: action.id) else {
            return [:]
        }
        let targets = try ActionContent(json: version.content).targets
        let byID = Dictionary(targets.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        known.withLock { $0[action.id] = (action.version, byID) }
        return byID
    }
}

extension LetterRow {
    fileprivate func comesBefore(_ other: LetterRow) -> Bool {
        (due, position, action.bytes.hex) < (other.due, other.position, other.action.bytes.hex)
    }
}
