package import Domain
import Foundation
package import Logging
package import Sealing
package import ServiceLifecycle
package import Storage
import Synchronization

/// Sends the letters that wait in the database, in the order in which they came, at the pace that
/// an office can read.
///
/// Before a letter is handed over, one transaction looks whether its action is still open and notes
/// when its next attempt would be; after it, another one deletes it and counts it. A process that
/// dies between the two sends that one letter again, with the same Message-ID; nothing else is sent
/// twice, and nothing is counted as sent that no relay has taken.
package final class LetterWorker: Service {
    private let store: any Store
    private let key: LetterKey
    private let sender: LetterSender
    private let transport: any LetterTransport
    private let footer: @Sendable (_ letter: Letter) -> String
    private let pace: LetterPace
    private let now: @Sendable () -> Double
    private let logger: Logger
    private let lanes = LetterLanes()
    private let state = Mutex(State())

    private struct State {
        var totals = Totals()
        var counted = -Double.infinity
        var hasRemoved = false
    }

    /// What there is at the last count, for those who watch.
    package struct Totals: Hashable, Sendable {
        package var waiting = 0
        package var done: [LetterTally: Int] = [:]
        package var disabled = 0
    }

    /// Days after its first attempt a letter that no relay takes is given up.
    package static let patience = 14
    /// Attempts for a letter whose text is refused.
    static let textAttempts = 3
    private static let secondsBetweenCounts: Double = 10

    /// `footer` is what stands below a letter, in the letter's language; `now` is seconds since
    /// 1970.
    package init(
        store: any Store, key: LetterKey, sender: LetterSender, transport: any LetterTransport,
        footer: @escaping @Sendable (Letter) -> String, pace: LetterPace, logger: Logger,
        now: @escaping @Sendable () -> Double
    ) {
        self.store = store
        self.key = key
        self.sender = sender
        self.transport = transport
        self.footer = footer
        self.pace = pace
        self.logger = logger
        self.now = now
    }

    package var totals: Totals { state.withLock { $0.totals } }

    /// Whether letters have gone since this was asked last: then they still lie, sealed, in the
    /// database's log.
    package func takeRemovals() -> Bool {
        state.withLock { state in
            defer { state.hasRemoved = false }
            return state.hasRemoved
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    let next = try await self.step()
                    let wait = min(max(next - self.now(), 0.001), 1)
                    try? await Task.sleep(for: .seconds(wait))
                } catch {
                    self.logger.error(
                        "letters could not be read or kept",
                        metadata: ["error": "\(type(of: error))"])
                    try? await Task.sleep(for: .seconds(5))
                }
            }
        }
    }

    /// Sends what is due, one letter a mailbox; returns when there is more to do, as far as is known
    /// now: infinity if nothing waits.
    func step() async throws -> Double {
        let time = now()
        let lanes = try await store.read { [lanes] in try lanes.read($0) }
        try await count(time)
        var next = Double.infinity
        var due: [LetterLane] = []
        for lane in lanes {
            let turn = try await turn(of: lane, time)
            if turn <= time { due.append(lane) }
            next = min(next, turn)
        }
        guard !due.isEmpty else { return next }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in due { group.addTask { try await self.deliver(lane) } }
            try await group.waitForAll()
        }
        return now()
    }

    /// When the lane's letter may go. A turn that was missed, and the first of all, is drawn anew
    /// and kept, so that neither a pause nor a restart is followed by a burst.
    private func turn(of lane: LetterLane, _ time: Double) async throws -> Double {
        let turn = max(seconds(lane.letter.due), seconds(lane.mailbox.next ?? 0))
        let isMissed = lane.mailbox.next == nil || time - turn > LetterPace.missed
        guard isMissed || (turn <= time && pace.weight(at: time, in: lane.zone) == 0) else {
            return turn
        }
        let first = pace.first(from: time, perHour: lane.perHour, in: lane.zone)
        try await store.write {
            try $0.setNextLetter(milliseconds(first), for: lane.mailbox.address)
        }
        return first
    }

    private func deliver(_ lane: LetterLane) async throws {
        let letter = lane.letter
        let time = now()
        let retry = pace.retry(at: time, attempts: letter.attempts + 1)
        let next = pace.next(after: time, perHour: lane.perHour, in: lane.zone)
        let sealed = try await store.write {
            try $0.claim(
                letter, for: lane.mailbox.address, retry: milliseconds(retry),
                next: milliseconds(next), today: Day(seconds: time))
        }
        guard let sealed else { return }
        guard let text = key.open(sealed, of: letter.action) else {
            logger.error("a letter cannot be opened with letter-key and is given up")
            return try await finish(lane, as: .refused)
        }
        let token = key.bounceToken(for: lane.mailbox.address)
        let answer = await transport.send(
            LetterMail(
                id: letter.id, to: lane.address, sender: sender,
                bounces: sender.bounceAddress(token: token), letter: text, footer: footer(text)))
        try await settle(lane, answer, retry: retry)
    }

    /// Writes down what became of a hand-over.
    private func settle(_ lane: LetterLane, _ answer: HandOver, retry: Double) async throws {
        switch answer {
        case .accepted:
            try await finish(lane, as: .sent)
        case .refused(.recipient, let reply):
            try await disable(lane, reply)
        case .refused(.text, _) where lane.letter.attempts + 1 >= Self.textAttempts:
            notice("a letter was refused and is given up", lane, answer)
            try await finish(lane, as: .refused)
        case .unknown where lane.letter.unsure > 0:
            notice("a letter was cut off twice and may have arrived", lane, answer)
            try await finish(lane, as: .unsure)
        case .later, .refused, .unknown, .relayDown:
            let first = lane.letter.firstDay ?? Day(seconds: now())
            if first + Self.patience <= Day(seconds: now()) {
                notice("a letter was not taken for two weeks and is given up", lane, answer)
                return try await finish(lane, as: .refused)
            }
            notice("a letter was not taken and waits", lane, answer)
            if answer == .unknown {
                try await store.write { try $0.noteUnsure(lane.letter) }
            }
        }
    }

    private func finish(_ lane: LetterLane, as kind: LetterTally) async throws {
        // Counted from now: a slow relay does not bring the next one closer.
        let next = pace.next(after: now(), perHour: lane.perHour, in: lane.zone)
        try await store.write {
            try $0.finish(lane.letter, as: kind)
            try $0.setNextLetter(milliseconds(next), for: lane.mailbox.address)
        }
        state.withLock { $0.hasRemoved = true }
    }

    /// The address is dead: the letter goes to the target's next one, or waits for one.
    private func disable(_ lane: LetterLane, _ reply: String) async throws {
        let (time, address) = (now(), lane.mailbox.address)
        try await store.write {
            _ = try $0.disableMailbox(
                address, reason: reply.isEmpty ? "refused" : reply, today: Day(seconds: time))
            try $0.takeBackAttempt(lane.letter, due: milliseconds(time))
        }
        notice("an address of a target is disabled: mail for it is refused", lane, nil, reply)
    }

    private func count(_ time: Double) async throws {
        let isDue = state.withLock { abs(time - $0.counted) >= Self.secondsBetweenCounts }
        guard isDue else { return }
        let totals = try await store.read { transaction in
            let (waiting, done) = try transaction.letterTotals()
            let disabled = try transaction.targetMailboxes().filter(\.isDisabled).count
            return Totals(waiting: waiting, done: done, disabled: disabled)
        }
        state.withLock { state in
            // Another process has ended an action, and its letters with it.
            if totals.done[.dropped] != state.totals.done[.dropped] { state.hasRemoved = true }
            state.totals = totals
            state.counted = time
        }
    }

    private func notice(
        _ what: Logger.Message, _ lane: LetterLane, _ answer: HandOver?, _ reply: String = ""
    ) {
        logger.notice(
            what,
            metadata: [
                "target": "\(lane.target.id)", "address": "\(lane.mailbox.address)",
                "how": "\(answer.map { "\($0.delivery)" } ?? reply)",
            ])
    }
}

extension LetterLane {
    fileprivate var perHour: Int { target.lettersPerHour ?? Target.usualLettersPerHour }

    /// Greenwich for a target whose folder names none.
    fileprivate var zone: TimeZone { target.zone.flatMap(TimeZone.init(identifier:)) ?? .gmt }
}

private func milliseconds(_ seconds: Double) -> Int { Int(seconds * 1000) }

private func seconds(_ milliseconds: Int) -> Double { Double(milliseconds) / 1000 }
