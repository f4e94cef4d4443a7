import Domain
import Foundation
import Logging
import Sealing
import ServiceLifecycle
import Synchronization
import Testing

@testable import Mail

/// A relay that answers as it is told, and keeps what it took.
private final class Relay: MailTransport {
    private let state = Mutex<(answers: [RelayAnswer], sent: [MailJob])>(([], []))

    init(_ answers: [RelayAnswer] = []) { state.withLock { $0.answers = answers } }

    var sent: [MailJob] { state.withLock { $0.sent } }

    func send(_ job: MailJob) async -> RelayAnswer {
        state.withLock { state in
            let answer = state.answers.isEmpty ? .accepted : state.answers.removeFirst()
            if answer == .accepted || answer == .unknown { state.sent.append(job) }
            return answer
        }
    }
}

@Suite("The mail worker")
struct WorkerTests {
    private let folder = temporaryFolder()
    private let capsKey = CapsKey([UInt8](repeating: 1, count: 32))

    private func worker(
        _ relay: Relay, now: @escaping @Sendable () -> Double = { 1_000 },
        isBlocked: @escaping @Sendable (String) -> Bool = { _ in false },
        mayMail: @escaping @Sendable (ActionID) -> Bool = { _ in true }
    ) throws -> MailWorker {
        try makePrivateFolder(folder)
        return try MailWorker(
            makeSpool: { try Spool(folder: folder.appending(path: "spool"), wake: $0) },
            transport: relay,
            limits: .init(
                counter: DailyCounter(folder: folder), capsKey: { [capsKey] in capsKey },
                isBlocked: isBlocked, mayMail: mayMail),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: now)
    }

    /// Runs the worker until the spool is empty, or so long that it never will be.
    private func drain(_ worker: MailWorker) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await worker.run() }
            for _ in 0..<500 where worker.queue.waitingNow > 0 {
                try await Task.sleep(for: .milliseconds(10))
            }
            group.cancelAll()
        }
    }

    private var jobFiles: [String] {
        let names = FileManager.default.enumerator(atPath: folder.path)
        return (names?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".job") }
    }

    @Test("A mailbox gets two mails for an action and three in all, and the form never knows")
    func caps() async throws {
        let relay = Relay()
        let worker = try worker(relay)
        let (first, second) = (ActionID.random(), ActionID.random())
        for action in [first, first, first, second, second] {
            try worker.queue.enqueue(job(to: "Ada+x@example.org", action: action))
        }
        try worker.queue.enqueue(job(to: "bob@example.org", action: first))
        try await drain(worker)
        let ada = relay.sent.filter { $0.to == "Ada+x@example.org" }
        #expect(ada.count == 3)
        #expect(ada.filter { $0.action == first }.count <= 2)
        #expect(relay.sent.filter { $0.to == "bob@example.org" }.count == 1)
        #expect(jobFiles.isEmpty)
    }

    @Test("Who never wants a mail gets none, and neither does one that is silent")
    func blocked() async throws {
        let relay = Relay()
        let worker = try worker(relay, isBlocked: { $0 == "ada@example.org" })
        try worker.queue.enqueue(job(to: "ADA@example.org"))
        try worker.queue.enqueue(job(to: "bob@example.org", isSilent: true))
        try worker.queue.enqueue(job(to: "eve@example.org"))
        try await drain(worker)
        #expect(relay.sent.map(\.to) == ["eve@example.org"])
    }

    @Test("Nobody gets a mail about an action that was stopped while it waited")
    func stopped() async throws {
        let relay = Relay()
        let (stopped, open) = (ActionID.random(), ActionID.random())
        let worker = try worker(relay, mayMail: { $0 != stopped })
        try worker.queue.enqueue(job(action: stopped))
        try worker.queue.enqueue(job(action: open))
        try await drain(worker)
        #expect(relay.sent.map(\.action) == [open] && jobFiles.isEmpty)
    }

    @Test("A mail that brings the relay down does not keep the others waiting")
    func oneBadMail() throws {
        var schedule = Schedule()
        let references = ["bad", "good"].map { Spool.Reference(slot: 1, name: $0) }
        let first = schedule.next(adding: references, now: 0, limit: 1)
        schedule.relayIsDown(try #require(first), now: 0)
        let second = schedule.next(adding: [], now: 2, limit: 1)
        #expect(second?.reference.name == "good")
    }

    @Test("A mail that the relay may have taken is not sent again")
    func unknown() async throws {
        let relay = Relay([.unknown])
        let worker = try worker(relay)
        try worker.queue.enqueue(job())
        try await drain(worker)
        #expect(relay.sent.count == 1 && jobFiles.isEmpty)
    }

    @Test("A mail that is refused for good is dropped and costs nothing of the limits")
    func refused() async throws {
        let relay = Relay([.refused, .refused])
        let worker = try worker(relay)
        let action = ActionID.random()
        for _ in 0..<4 { try worker.queue.enqueue(job(action: action)) }
        try await drain(worker)
        #expect(relay.sent.count == 2 && jobFiles.isEmpty)
    }

    @Test("When the relay was away, the mail goes once it is back, once")
    func relayDown() async throws {
        let relay = Relay([.relayDown])
        let clock = Mutex(1_000.0)
        let worker = try worker(
            relay,
            now: {
                clock.withLock {
                    $0 += 0.5
                    return $0
                }
            })
        try worker.queue.enqueue(job())
        try await drain(worker)
        #expect(relay.sent.count == 1 && jobFiles.isEmpty)
    }

    @Test("After four hours a mail is dropped")
    func tooOld() async throws {
        let relay = Relay()
        let worker = try worker(relay, now: { 1_000 + MailJob.lifeSeconds + 1 })
        try worker.queue.enqueue(job())
        try await drain(worker)
        #expect(relay.sent.isEmpty && jobFiles.isEmpty)
    }
}
