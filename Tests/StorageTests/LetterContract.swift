import Domain
import Foundation
import Storage
import Testing

@Suite("Letters in a store")
struct LetterContract {
    private let folder = FileManager.default.temporaryDirectory
        .appending(path: "outcry-letters-\(randomBytes(8).hex)")
    private let action = ActionID.random()
    private static let today = Day(number: 100)

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// A store with one open action that has this target.
    private func make(_ kind: StoreKind, target: String = "president") async throws -> any Store {
        let store = try kind.make(in: folder)
        let action = action
        let content = """
            {"slug":"a","caseNumber":"1","kind":"k","country":"AZ","allowsMessage":false,\
            "goals":[1],"targets":[{"id":"\(target)","name":{"byLanguage":{"en":"P"}},\
            "office":{"byLanguage":{"en":"P"}},"emails":[]}],"sources":[],"figures":[],\
            "claims":[],"events":[],"translations":[]}
            """
        try await store.write { transaction in
            let organisation = Organisation(id: .random(), name: "O", origin: "https://o.example")
            try transaction.insert(organisation)
            try transaction.insertAction(
                action, slug: "a", of: organisation.id, preview: false, nowMilliseconds: 0)
            try transaction.insertVersion(
                VersionRow(
                    number: 1, hash: [UInt8](repeating: 1, count: 32), day: Self.today,
                    content: content), files: [], of: action)
        }
        try await set(.open, store)
        return store
    }

    private func set(_ state: ActionState, _ store: any Store) async throws {
        let action = action
        try await store.write { transaction in
            guard let row = try transaction.action(action) else { return }
            _ = try transaction.setState(
                state, of: row, keyNumber: 1, openedDay: Self.today, nowMilliseconds: 0)
        }
    }

    private func confirm(
        _ secret: UInt8, tag: UInt8, _ store: any Store, isStored: Bool = true,
        nowMilliseconds: Int = 0, version: UInt8 = 1
    ) async throws -> LetterOutcome {
        let action = action
        return try await store.write { transaction in
            let id = [UInt8](repeating: secret, count: 32)
            if isStored {
                try transaction.insert(
                    PendingRow(id: id, expires: Self.today, sealed: [secret]))
            }
            return try transaction.confirmLetter(
                LetterConfirmation(
                    pendingID: id, action: action, target: "president",
                    tag: [UInt8](repeating: tag, count: 32),
                    version: [UInt8](repeating: version, count: 32), sealed: randomBytes(16_384),
                    spentQueued: [1], spentAlready: [2], today: Self.today),
                nowMilliseconds: nowMilliseconds)
        }
    }

    private func waiting(_ store: any Store) async throws -> Int {
        let action = action
        return try await store.read { try $0.waitingLetters(of: action)["president"] ?? 0 }
    }

    @Test(
        "A mailbox writes to a target once, and each link is answered",
        arguments: StoreKind.allCases)
    func once(kind: StoreKind) async throws {
        let store = try await make(kind)
        #expect(try await confirm(1, tag: 1, store) == .queued)
        #expect(try await confirm(1, tag: 1, store, isStored: false) == .gone)
        #expect(try await confirm(2, tag: 1, store) == .already)
        #expect(try await confirm(3, tag: 2, store) == .queued)
        #expect(try await waiting(store) == 2)
        let answers = try await store.read { transaction in
            try [1, 2].map {
                try transaction.spent([UInt8](repeating: $0, count: 32), today: Self.today)
            }
        }
        #expect(answers == [[1], [2]])
    }

    @Test("A pause takes letters that were under way for a day, an end takes none")
    func states() async throws {
        for (state, hours, outcome) in [
            (ActionState.paused, 1, LetterOutcome.queued), (.paused, 25, .ended),
            (.won, 1, .ended), (.closed, 1, .ended), (.stopped, 1, .ended),
        ] {
            let story = try LetterContract()
            let store = try await story.make(.sqlite)
            try await story.set(state, store)
            let time = hours * 3_600_000
            #expect(
                try await story.confirm(1, tag: 1, store, nowMilliseconds: time) == outcome,
                "\(state) for \(hours) hours")
        }
    }

    @Test("Who wrote takes a letter back while it waits, and may write again")
    func takenBack() async throws {
        let store = try await make(.sqlite)
        let (action, tag) = (action, [UInt8](repeating: 1, count: 32))
        #expect(try await confirm(1, tag: 1, store) == .queued)
        #expect(try await store.read { try $0.hasLetter(action, tag: tag) })
        #expect(try await store.write { try $0.takeBackLetter(action, tag: tag) })
        #expect(try await !store.write { try $0.takeBackLetter(action, tag: tag) })
        #expect(try await waiting(store) == 0)
        #expect(try await confirm(2, tag: 1, store) == .queued)
    }

    @Test("Only so many letters wait for one target")
    func bounded() async throws {
        let store = try await make(.sqlite)
        let action = action
        try await store.write { transaction in
            for _ in 0..<LetterQueue.limit {
                try transaction.queueLetter(
                    randomBytes(16_384), of: action, to: "president", today: Self.today)
            }
        }
        #expect(try await confirm(1, tag: 1, store) == .full)
        #expect(try await !store.read { try $0.hasRoomForLetter(to: "president", of: action) })
        #expect(try await store.read { try $0.hasRoomForLetter(to: "other", of: action) })
    }

    @Test("A letter that waits too long, or for nobody, goes no more")
    func stale() async throws {
        let store = try await make(.sqlite)
        let action = action
        try await store.write { transaction in
            for (target, age) in [("president", 61), ("president", 60), ("nobody", 0)] {
                try transaction.queueLetter(
                    randomBytes(16_384), of: action, to: target, today: Self.today + -age)
            }
        }
        var report = RetentionReport()
        try await store.removeExpired(today: Self.today, nowMilliseconds: 0, into: &report)
        #expect(report.letters == 2)
        #expect(try await store.read { try $0.waitingLetters(of: action) } == ["president": 1])
        let dropped = try await store.read { try $0.letterTallies(of: action).map(\.count) }
        #expect(dropped == [1, 1])
    }

    @Test("A letter to a target that a new version has left out is not taken")
    func targetGone() async throws {
        let store = try await make(.sqlite, target: "minister")
        #expect(try await confirm(1, tag: 1, store, version: 9) == .ended)
    }

    @Test("Every target has its queue, found one after the other", arguments: StoreKind.allCases)
    func queues(kind: StoreKind) async throws {
        let store = try await make(kind)
        let action = action
        let names = ["a", "b", "Ə", "president"]
        try await store.write { transaction in
            for _ in 0..<3 {
                for name in names {
                    try transaction.queueLetter(
                        randomBytes(16_384), of: action, to: name, today: Self.today)
                }
            }
        }
        let found = try await store.read { transaction in
            try transaction.letterQueues().map { queue in
                (queue.target, try transaction.nextLetter(of: queue.action, to: queue.target))
            }
        }
        #expect(found.map(\.0).sorted() == names.sorted())
        #expect(found.allSatisfy { $0.1?.position == 1 })
    }

    @Test("Counts are kept when letters are not", arguments: StoreKind.allCases)
    func tallies(kind: StoreKind) async throws {
        let store = try await make(kind)
        let action = action
        #expect(try await confirm(1, tag: 1, store) == .queued)
        try await store.write { transaction in
            for _ in 0..<3 {
                try transaction.tallyLetter(.posted, action: action, target: "president")
            }
        }
        try await set(.closed, store)
        let tallies = try await store.read { try $0.letterTallies(of: action) }
        #expect(tallies.map(\.kind) == [.dropped, .posted])
        #expect(tallies.map(\.count) == [1, 3])
        #expect(try await waiting(store) == 0)
    }

    @Test("A mailbox is disabled and enabled in any spelling", arguments: StoreKind.allCases)
    func mailboxes(kind: StoreKind) async throws {
        let store = try await make(kind)
        try await store.write { transaction in
            let day = Self.today
            #expect(try transaction.disableMailbox("A@b.example", reason: "550", today: day))
            #expect(try !transaction.disableMailbox("a@B.example", reason: "551", today: day))
            try transaction.noteSoftBounce("a@b.example")
            let box = try transaction.targetMailbox("A@B.example")
            #expect(box.reason == "550" && box.disabled == day && box.soft == 1)
            #expect(try transaction.enableMailbox("A@B.example"))
            #expect(try !transaction.enableMailbox("A@B.example"))
            #expect(try transaction.targetMailboxes().map(\.isDisabled) == [false])
        }
    }
}
