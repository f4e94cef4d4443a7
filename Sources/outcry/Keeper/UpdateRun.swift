import Domain
import Foundation
import Mail
import Sealing
import Unsealing

/// Hands over one mail after the other, each at most once, at a steady pace.
struct UpdateRun {
    let journal: UpdateJournal
    let secret: UpdateSecret
    /// The mail for one person.
    let mail: (UpdateList.Person) -> OutgoingMail
    let handOver: (OutgoingMail) async -> HandOver
    /// Mails a minute.
    let rate: Int
    /// Seconds after which a mail that was put off is tried again; then 5 and 15 times as many.
    let patience: Double

    private(set) var sent = 0
    private(set) var refused = 0
    private(set) var unknown = 0
    /// Those that were put off to the end.
    private(set) var deferred = 0
    /// Why the run ended before its end.
    private(set) var obstacle: String?

    /// The text was refused for these since it was last taken from anybody: whether that is about
    /// them or about the text, the next ones tell.
    private var doubted: [(name: [UInt8], reply: String)] = []

    private static let textRefusalsInARow = 5
    private static let waits: [Double] = [1, 5, 15]
    private static let failuresInARow = 10

    init(
        journal: UpdateJournal, secret: UpdateSecret, rate: Int, patience: Double,
        mail: @escaping (UpdateList.Person) -> OutgoingMail,
        handOver: @escaping (OutgoingMail) async -> HandOver
    ) {
        self.journal = journal
        self.secret = secret
        self.rate = rate
        self.patience = patience
        self.mail = mail
        self.handOver = handOver
    }

    private struct PutOff {
        let person: UpdateList.Person
        let attempts: Int
        let notBefore: Date
    }

    /// Writes to all of them; returns how many are left, those that were put off among them.
    mutating func run(_ people: [UpdateList.Person]) async throws -> Int {
        var progress = Progress(total: people.count, what: "mails")
        var fresh = people[...]
        var putOff: [PutOff] = []
        var failures = 0
        var next = Date()
        while obstacle == nil, !fresh.isEmpty || !putOff.isEmpty {
            let due = putOff.firstIndex { $0.notBefore <= Date() }
            guard due != nil || !fresh.isEmpty else {
                try await wait(until: putOff.map(\.notBefore).min() ?? Date())
                continue
            }
            try await wait(until: next)
            next = Date().addingTimeInterval(60 / Double(rate))
            let turn =
                due.map { putOff.remove(at: $0) }
                ?? PutOff(person: fresh.removeFirst(), attempts: 0, notBefore: Date())
            switch try await write(to: turn.person) {
            case .accepted, .unknown, .refused:
                failures = 0
                progress.advance()
            case .later:
                failures = 0
                if turn.attempts < Self.waits.count {
                    let wait = patience * Self.waits[turn.attempts]
                    putOff.append(
                        PutOff(
                            person: turn.person, attempts: turn.attempts + 1,
                            notBefore: Date().addingTimeInterval(wait)))
                } else {
                    deferred += 1
                }
            case .relayDown:
                fresh = [turn.person] + fresh
                failures += 1
                if failures == Self.failuresInARow { obstacle = "The relay does not answer." }
                next = Date().addingTimeInterval(min(pow(2, Double(failures)), patience))
            }
        }
        progress.finish()
        try judgeText(hasEnded: fresh.isEmpty && putOff.isEmpty)
        return fresh.count + putOff.count + deferred + doubted.count
    }

    /// Notes refusals of the text as final once it was taken from somebody; stops at too many in a row.
    private mutating func judgeText(hasEnded: Bool) throws {
        guard obstacle == nil, let reply = doubted.last?.reply else { return }
        let areMany = doubted.count == Self.textRefusalsInARow
        if hasEnded, !areMany, journal.hasSent { return try settle() }
        guard hasEnded || areMany else { return }
        obstacle = """
            The relay refuses the text, \(doubted.count) times in a row (\(reply)). These are not done: \
            have its filter let the text pass. Another text is another message, with another journal.
            """
    }

    private mutating func settle() throws {
        for (name, _) in doubted { try journal.end(name, .refused) }
        refused += doubted.count
        doubted = []
    }

    /// On the disk before, so that whatever happens nobody is written to twice.
    private mutating func write(to person: UpdateList.Person) async throws -> HandOver {
        let name = secret.journalName(of: person.record)
        try journal.begin(name)
        let answer = await handOver(mail(person))
        switch answer {
        case .accepted:
            sent += 1
            try journal.end(name, .sent)
            try settle()
        case .unknown:
            unknown += 1
            try journal.end(name, .unknown)
        case .later, .relayDown:
            try journal.end(name, .back)
        case .refused(.sender, let reply):
            // That is about us, not about this mailbox: it would be said of everybody.
            try journal.end(name, .back)
            obstacle = "The relay takes no mail from this sender (\(reply))."
            return .relayDown
        case .refused(.text, let reply):
            try journal.end(name, .back)
            doubted.append((name, reply))
            try judgeText(hasEnded: false)
        case .refused(.recipient, _):
            refused += 1
            try journal.end(name, .refused)
        }
        return answer
    }

    private func wait(until time: Date) async throws {
        let seconds = time.timeIntervalSinceNow
        if seconds > 0 { try await Task.sleep(for: .seconds(seconds)) }
    }
}
