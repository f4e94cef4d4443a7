import Domain
import Foundation
import Sealing
import Storage
import StorageSQLite
import Synchronization
import TestSupport
import Testing

@testable import Mail

@Suite("Letters and the relay's troubles")
struct LetterWorkerTests {
    private static let monday = "2026-11-23T05:00:00Z"

    private func numbers(_ office: Office) -> [String] { office.arrivals.map(\.mail.letter.name) }

    @Test("A relay that was away for ten days loses nothing, and the order stays")
    func relayDown() async throws {
        let world = try await LetterWorld(at: Self.monday)
        let back = world.clock.now + 10 * 86_400
        let office = Office(world.clock) { [clock = world.clock] _, _ in
            clock.now < back ? .relayDown : .accepted
        }
        try await world.queue(20)
        try await world.run(world.worker(office), hours: 11 * 24)
        #expect(numbers(office) == (1...20).map(String.init))
        #expect(try await world.waiting == 0)
        #expect(try await world.count(.sent) == 20)
        #expect(office.offers < 20 + 10 * 24 + 20, "one try an hour while it is away")
    }

    @Test("A letter that no relay takes for two weeks is given up, and the next has its own two")
    func givenUp() async throws {
        let world = try await LetterWorld(at: Self.monday)
        let office = Office(world.clock) { _, _ in .later(reply: "451 4.3.0") }
        try await world.queue(3)
        try await world.run(world.worker(office), hours: 13 * 24)
        #expect(try await world.waiting == 3)
        try await world.run(world.worker(office), hours: 4 * 24)
        #expect(try await world.waiting == 2)
        #expect(try await world.count(.refused) == 1)
        #expect(try await world.count(.sent) == 0)
    }

    @Test("What greylisting turns away comes a little later, before those behind it")
    func greylisted() async throws {
        let world = try await LetterWorld(at: Self.monday)
        let office = Office(world.clock) { offer, _ in
            offer == 0 ? .later(reply: "450 4.2.0") : .accepted
        }
        try await world.queue(3)
        try await world.run(world.worker(office), hours: 1)
        #expect(numbers(office) == ["1", "2", "3"])
        #expect(office.offers == 4)
    }

    @Test("A letter that was cut off after its text goes once more, and then counts as unsure")
    func unknown() async throws {
        let world = try await LetterWorld(at: Self.monday)
        let office = Office(world.clock) { offer, _ in offer < 2 ? .unknown : .accepted }
        try await world.queue(2)
        try await world.run(world.worker(office), hours: 1)
        #expect(numbers(office) == ["1", "1", "2"])
        #expect(office.arrivals[0].mail.id == office.arrivals[1].mail.id)
        #expect(try await world.count(.unsure) == 1)
        #expect(try await world.count(.sent) == 1)
    }

    @Test("An address that is refused is disabled, and the next of the target is used")
    func refusedAddress() async throws {
        let world = try await LetterWorld(
            at: Self.monday, emails: ["Dead@president.example", "press@president.example"])
        let office = Office(world.clock) { _, mail in
            mail.to.hasPrefix("Dead")
                ? .refused(.recipient, reply: "550 5.1.1") : .accepted
        }
        try await world.queue(3)
        try await world.run(world.worker(office), hours: 1)
        #expect(numbers(office) == ["1", "2", "3"])
        #expect(office.offers == 4)
        #expect(office.arrivals.allSatisfy { $0.mail.to == "press@president.example" })
        let box = try await world.store.read { try $0.targetMailbox("dead@president.example") }
        #expect(box.reason == "550 5.1.1")
        #expect(try await world.count(.sent) == 3)
    }

    @Test("With no address left letters wait, until one is enabled again")
    func noAddress() async throws {
        let world = try await LetterWorld(at: Self.monday)
        let isMended = Mutex(false)
        let office = Office(world.clock) { _, _ in
            isMended.withLock { $0 } ? .accepted : .refused(.recipient, reply: "550 5.1.1")
        }
        try await world.queue(3)
        try await world.run(world.worker(office), hours: 20 * 24)
        #expect(office.offers == 1)
        #expect(try await world.waiting == 3)
        isMended.withLock { $0 = true }
        let isNew = try await world.store.write {
            try $0.enableMailbox("Office@president.example")
        }
        #expect(isNew)
        try await world.run(world.worker(office), hours: 24)
        #expect(numbers(office) == ["1", "2", "3"])
    }

    @Test("A text that is refused three times is given up; one that is refused once is not")
    func refusedText() async throws {
        let world = try await LetterWorld(at: Self.monday)
        let office = Office(world.clock) { offer, _ in
            offer < 3 || offer == 4 ? .refused(.text, reply: "554 5.7.1") : .accepted
        }
        try await world.queue(2)
        try await world.run(world.worker(office), hours: 1)
        #expect(numbers(office) == ["2"])
        #expect(try await world.count(.refused) == 1)
        #expect(try await world.count(.sent) == 1)
    }

    @Test("A relay that refuses the sender is set up wrong: nothing is given up for that")
    func refusedSender() async throws {
        let world = try await LetterWorld(at: Self.monday)
        let office = Office(world.clock) { offer, _ in
            offer < 10 ? .refused(.sender, reply: "553 5.7.1") : .accepted
        }
        try await world.queue(2)
        try await world.run(world.worker(office), hours: 24)
        #expect(numbers(office) == ["1", "2"])
    }

    @Test("Letters end with their action", arguments: [ActionState.stopped, .won, .closed])
    func ended(state: ActionState) async throws {
        let world = try await LetterWorld(at: Self.monday)
        let office = Office(world.clock)
        try await world.queue(10)
        let worker = world.worker(office)
        try await world.run(worker, hours: 0.1)
        let sent = office.offers
        try await world.set(state)
        _ = worker.takeRemovals()
        try await world.run(worker, hours: 24)
        #expect(office.offers == sent)
        #expect(try await world.waiting == 0)
        #expect(try await world.count(.dropped) == 10 - sent)
        #expect(worker.takeRemovals(), "the database's log is to be emptied")
    }

    @Test("A letter that is due while its action ends does not go")
    func endedAtTheLastMoment() async throws {
        let world = try await LetterWorld(at: Self.monday)
        try await world.queue(1)
        let lanes = LetterLanes()
        let due = try await world.store.read { try lanes.read($0) }
        let letter = try #require(due.first?.letter)
        for state in [ActionState.paused, .stopped] {
            try await world.set(state)
            let claimed = try await world.store.write {
                try $0.claim(
                    letter, for: "office@president.example", retry: 0, next: 0,
                    today: Day(number: 1))
            }
            #expect(claimed == nil)
        }
    }

    @Test("A letter that the relay took while its action ended counts as sent, not as dropped")
    func takenMeanwhile() async throws {
        let world = try await LetterWorld(at: Self.monday)
        try await world.queue(1)
        let stopped = Mutex(false)
        let office = Office(world.clock)
        let slow = SlowTransport(office) {
            guard !stopped.withLock({ $0 }) else { return }
            stopped.withLock { $0 = true }
            try? await world.set(.stopped)
        }
        try await world.run(world.worker(slow), hours: 1)
        #expect(numbers(office) == ["1"])
        #expect(try await world.count(.sent) == 1)
        #expect(try await world.count(.dropped) == 0)
    }

    @Test("What was handed over and could not be written down goes again, under the same name")
    func notWrittenDown() async throws {
        let world = try await LetterWorld(at: Self.monday)
        try await world.queue(3)
        let office = Office(world.clock)
        let store = FailingStore(world.store)
        let first = world.worker(
            SlowTransport(office) { store.failNext() }, store: store)
        await #expect(throws: StorageError.full) {
            try await world.run(first, hours: 1)
        }
        try await world.run(world.worker(office), hours: 1)
        #expect(numbers(office) == ["1", "1", "2", "3"])
        #expect(office.arrivals[0].mail.id == office.arrivals[1].mail.id)
        #expect(try await world.count(.sent) == 3)
    }
}

/// Lets something happen before the office has the letter.
private struct SlowTransport: LetterTransport {
    let office: Office
    let before: @Sendable () async -> Void

    init(_ office: Office, before: @escaping @Sendable () async -> Void) {
        self.office = office
        self.before = before
    }

    func send(_ mail: LetterMail) async -> HandOver {
        await before()
        return await office.send(mail)
    }
}
