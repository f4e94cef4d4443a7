import Domain
import Foundation
import Logging
import Sealing
import Storage
import StorageSQLite
import Synchronization

@testable import Mail

/// A clock that goes only when it is told to.
final class TestClock: Sendable {
    private let time: Mutex<Double>

    init(_ time: Double) { self.time = Mutex(time) }

    /// `2026-11-23T09:00:00Z`
    convenience init(_ text: String) {
        self.init(ISO8601DateFormatter().date(from: text)?.timeIntervalSince1970 ?? 0)
    }

    var now: Double { time.withLock { $0 } }

    func set(_ time: Double) { self.time.withLock { $0 = max($0, time) } }
}

/// Numbers that are drawn anew in every run of a story, and the same in each.
final class TestRandom: Sendable {
    private let state: Mutex<UInt64>

    init(_ seed: UInt64) { state = Mutex(seed) }

    /// SplitMix64.
    var next: Double {
        state.withLock { state in
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
        }
    }
}

/// The office's end of the line: answers as it is told, and notes when each letter came.
final class Office: LetterTransport {
    struct Arrival: Sendable {
        let time: Double
        let mail: LetterMail
    }

    private let state = Mutex<(arrivals: [Arrival], offers: Int)>(([], 0))
    private let clock: TestClock
    private let answer: @Sendable (_ offer: Int, _ mail: LetterMail) -> HandOver

    /// Answers are asked for with the number of the hand-over, from 0; a mail whose fate is unknown
    /// has arrived.
    init(
        _ clock: TestClock,
        answer: @escaping @Sendable (Int, LetterMail) -> HandOver = { _, _ in .accepted }
    ) {
        self.clock = clock
        self.answer = answer
    }

    var arrivals: [Arrival] { state.withLock { $0.arrivals } }
    var offers: Int { state.withLock { $0.offers } }

    func send(_ mail: LetterMail) async -> HandOver {
        state.withLock { state in
            let answer = answer(state.offers, mail)
            state.offers += 1
            if answer == .accepted || answer == .unknown {
                state.arrivals.append(Arrival(time: clock.now, mail: mail))
            }
            return answer
        }
    }
}

/// A database with one action that has a target, and letters that wait in it.
final class LetterWorld: Sendable {
    let folder = temporaryFolder()
    let store: SQLiteStore
    /// They have the same target.
    let actions: [ActionID]
    let key = LetterKey([UInt8](repeating: 7, count: 32))
    let clock: TestClock
    let random: TestRandom

    static let sender = LetterSender(
        address: "action@rights.example", name: "Example Rights Network",
        bounceAddress: "bounces@rights.example")

    init(
        at time: String, zone: String? = "Asia/Baku", perHour: Int? = nil,
        emails: [String] = ["office@president.example"], actions count: Int = 1, seed: UInt64 = 1
    ) async throws {
        clock = TestClock(time)
        random = TestRandom(seed)
        try makePrivateFolder(folder)
        store = try SQLiteStore(path: folder.appending(path: "outcry.sqlite").path)
        let target = Target(
            id: "president", name: LocalText(["en": "The President"]),
            office: LocalText(["en": "President"]), salutation: nil, language: "en", post: nil,
            emails: emails, zone: zone, lettersPerHour: perHour)
        let content = try Self.content(target).json()
        actions = (0..<count).map { _ in .random() }
        let actions = actions
        try await store.write { transaction in
            let organisation = Organisation(
                id: .random(), name: "O", origin: "https://rights.example")
            try transaction.insert(organisation)
            for (index, action) in actions.enumerated() {
                try transaction.insertAction(
                    action, slug: "a\(index)", of: organisation.id, preview: false,
                    nowMilliseconds: 0)
                try transaction.insertVersion(
                    VersionRow(
                        number: 1, hash: Self.version, day: Day(number: 0), content: content),
                    files: [], of: action)
            }
        }
        for index in actions.indices { try await set(.open, index) }
    }

    static let version = [UInt8](repeating: 1, count: 32)

    var action: ActionID { actions[0] }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private static func content(_ target: Target) -> ActionContent {
        ActionContent(
            slug: "a", caseNumber: "1", kind: "urgent-action", country: "AZ",
            allowsMessage: false, goals: [10], opens: nil, closes: nil, notice: nil,
            targets: [target], sources: [], figures: [], claims: [], events: [], outcome: nil,
            translations: [
                Translation(
                    language: "en", direction: .ltr, title: "T", summary: "S", demand: "D",
                    call: "C", brief: [], body: "", letter: "Dear President")
            ])
    }

    func set(_ state: ActionState, _ index: Int = 0) async throws {
        let (action, milliseconds) = (actions[index], Int(clock.now * 1000))
        try await store.write { transaction in
            guard let row = try transaction.action(action) else { return }
            _ = try transaction.setState(
                state, of: row, keyNumber: index + 1, openedDay: row.openedDay,
                nowMilliseconds: milliseconds)
        }
    }

    /// Letters that bear their numbers as names, from `first` on.
    func queue(
        _ count: Int, from first: Int = 1, replyTo: String? = nil, of index: Int = 0
    ) async throws {
        let (action, key) = (actions[index], key)
        let sealed = try (first..<first + count).map { number in
            try key.seal(
                Letter(
                    target: "president", language: "en", subject: "Release them",
                    text: "Dear President,\n\nrelease them.\n\n\(number)", name: "\(number)",
                    replyTo: replyTo), of: action)
        }
        try await store.write { transaction in
            for letter in sealed {
                try transaction.queueLetter(
                    letter, of: action, to: "president", today: Day(number: 0))
            }
        }
    }

    func worker(_ office: any LetterTransport, store: (any Store)? = nil) -> LetterWorker {
        LetterWorker(
            store: store ?? self.store, key: key, sender: Self.sender, transport: office,
            footer: { $0.replyTo == nil ? "Nobody can be answered here." : "" },
            pace: LetterPace(random: { [random] in random.next }),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { [clock] in clock.now })
    }

    /// Lets the clock run until so many hours from now, as fast as the worker works.
    func run(_ worker: LetterWorker, hours: Double) async throws {
        let end = clock.now + hours * 3_600
        while clock.now < end {
            let next = try await worker.step()
            clock.set(min(end, max(next, clock.now + 0.01)))
        }
    }

    var waiting: Int { get async throws { try await store.read { try $0.letterTotals().waiting } } }

    func count(_ kind: LetterTally) async throws -> Int {
        try await store.read { try $0.letterTotals().done[kind] ?? 0 }
    }
}
