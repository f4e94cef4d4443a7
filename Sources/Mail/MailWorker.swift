package import Domain
package import Logging
package import Sealing
import ServiceLifecycle
import Synchronization

/// Takes mails out of the spool and hands them to the relay, at most one hand-over a job.
///
/// The limits apply here, when the relay accepts, so that the form never knows of them: two mails
/// per mailbox, action and day, three per mailbox and day in all.
package final class MailWorker: Service {
    private let spool: Spool
    private let transport: any MailTransport
    private let limits: Limits
    private let logger: Logger
    private let now: @Sendable () -> Double
    private let signal: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let schedule = Mutex(Schedule())

    /// What decides whether a mailbox gets a mail.
    package struct Limits: Sendable {
        let counter: DailyCounter
        let capsKey: @Sendable () -> CapsKey
        let isBlocked: @Sendable (_ mailbox: String) -> Bool
        let mayMail: @Sendable (_ action: ActionID) -> Bool

        /// `isBlocked` asks the list of those who never want a mail, `mayMail` whether an action
        /// still takes what its mail is for.
        package init(
            counter: DailyCounter, capsKey: @escaping @Sendable () -> CapsKey,
            isBlocked: @escaping @Sendable (_ mailbox: String) -> Bool,
            mayMail: @escaping @Sendable (_ action: ActionID) -> Bool
        ) {
            self.mayMail = mayMail
            self.counter = counter
            self.capsKey = capsKey
            self.isBlocked = isBlocked
        }
    }

    private static let parallelMails = 4
    private static let mailsPerAction = 2

    /// `makeSpool` is given what wakes the worker when something is enqueued.
    package init(
        makeSpool: (@escaping @Sendable () -> Void) throws -> Spool,
        transport: any MailTransport, limits: Limits, logger: Logger,
        now: @escaping @Sendable () -> Double
    ) rethrows {
        let (signal, wake) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.signal = signal
        self.wake = wake
        spool = try makeSpool { wake.yield() }
        self.transport = transport
        self.limits = limits
        self.logger = logger
        self.now = now
    }

    package var queue: Spool { spool }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { [wake = self.wake] in
                    while !Task.isCancelled {
                        try? await Task.sleep(for: .seconds(1))
                        wake.yield()
                    }
                }
                self.wake.yield()
                for await _ in self.signal {
                    self.spool.eraseOldSlots(now: self.now())
                    while let job = self.nextReady() {
                        group.addTask { await self.deliver(from: job) }
                    }
                }
            }
        }
    }

    private func nextReady() -> Schedule.Job? {
        let incoming = spool.takeIncoming()
        let time = now()
        return schedule.withLock { $0.next(adding: incoming, now: time, limit: Self.parallelMails) }
    }

    /// Delivers a mail, and another as long as one is due.
    private func deliver(from first: Schedule.Job) async {
        var job: Schedule.Job? = first
        while let due = job {
            await deliver(due)
            job = Task.isCancelled ? nil : nextReady()
        }
    }

    private func deliver(_ scheduled: Schedule.Job) async {
        let reference = scheduled.reference
        guard let job = spool.read(reference), !job.isSilent, !limits.isBlocked(job.mailbox),
            now() - job.created <= MailJob.lifeSeconds,
            job.action.map(limits.mayMail) ?? true
        else { return drop(reference) }
        let day = Day(seconds: now()).number
        let names = capNames(job)
        guard limits.counter.reserve(names, day: day) else { return drop(reference) }
        do {
            try spool.claim(reference)
        } catch {
            // Without the claim a crash could send it twice.
            limits.counter.release(names.map(\.name), day: day)
            logger.error("a mail could not be claimed in the spool")
            return schedule.withLock { $0.retry(scheduled, now: now()) }
        }
        let delivery = await transport.send(job)
        switch delivery {
        case .accepted, .unknown:
            schedule.withLock { $0.relayAnswered() }
            finish()
        case .refused:
            limits.counter.release(names.map(\.name), day: day)
            schedule.withLock { $0.relayAnswered() }
            finish()
        case .later, .relayDown:
            limits.counter.release(names.map(\.name), day: day)
            giveBack(job, scheduled, isRelayDown: delivery == .relayDown)
        }
        if delivery != .accepted {
            logger.notice("mail not accepted", metadata: ["how": "\(delivery)"])
        }
    }

    private func giveBack(_ job: MailJob, _ scheduled: Schedule.Job, isRelayDown: Bool) {
        let time = now()
        var scheduled = scheduled
        do {
            scheduled.reference = try spool.giveBack(job, now: time)
        } catch {
            logger.error("a mail could not be given back to the spool and is dropped")
            return finish()
        }
        schedule.withLock { [scheduled] schedule in
            if isRelayDown {
                schedule.relayIsDown(scheduled, now: time)
            } else {
                schedule.relayAnswered()
                schedule.retry(scheduled, now: time)
            }
        }
    }

    private func drop(_ reference: Spool.Reference) {
        try? spool.claim(reference)
        finish()
    }

    private func finish() {
        spool.finish()
        schedule.withLock { $0.done() }
    }

    private func capNames(_ job: MailJob) -> [(name: [UInt8], limit: Int)] {
        let key = limits.capsKey()
        let mailbox = Array(job.mailbox.utf8)
        var names = [(name: key.name("mail", of: mailbox), limit: MailJob.mailsPerDay)]
        if let action = job.action {
            names.append(
                (key.name("mail", action: action, of: mailbox), Self.mailsPerAction))
        }
        return names
    }
}

/// Which mail is tried when; pure, so that its rules can be tested.
struct Schedule {
    struct Job: Hashable, Sendable {
        var reference: Spool.Reference
        var attempts = 0
        var notBefore: Double = 0
    }

    /// What was not tried yet, first come first; those before `first` are handed out.
    private var fresh: [Job] = []
    private var first = 0
    /// What was put off, the next one last.
    private var putOff: [Job] = []
    private var running = 0
    private var relayPauses = 0
    private var relayNotBefore: Double = 0

    /// Takes in what is new and hands out one that is due, never more than `limit` at work.
    mutating func next(adding incoming: [Spool.Reference], now: Double, limit: Int) -> Job? {
        fresh += incoming.map { Job(reference: $0) }
        // While the relay is down one mail at a time asks whether it is back.
        guard now >= relayNotBefore, running < (relayPauses > 0 ? 1 : limit),
            let job = due(now)
        else { return nil }
        running += 1
        return job
    }

    private mutating func due(_ now: Double) -> Job? {
        if let job = putOff.last, job.notBefore <= now { return putOff.popLast() }
        guard first < fresh.count else { return nil }
        defer {
            first += 1
            // The room of those that are gone is given back now and then.
            if first == fresh.count || first > 1_000 {
                fresh.removeFirst(first)
                first = 0
            }
        }
        return fresh[first]
    }

    mutating func done() { running -= 1 }

    mutating func relayAnswered() { relayPauses = 0 }

    /// 5 s, 15 s, 45 s ... 15 minutes.
    mutating func retry(_ job: Job, now: Double) {
        running -= 1
        var job = job
        job.notBefore = now + min(5 * power(3, job.attempts), 900)
        job.attempts += 1
        let later = putOff.firstIndex { $0.notBefore <= job.notBefore } ?? putOff.count
        putOff.insert(job, at: later)
    }

    /// 1 s, 2 s, 4 s ... one minute, for all mails together; another mail asks next.
    mutating func relayIsDown(_ job: Job, now: Double) {
        running -= 1
        fresh.append(job)
        relayNotBefore = now + min(power(2, relayPauses), 60)
        relayPauses += 1
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<min(exponent, 20)).reduce(1) { product, _ in product * base }
    }
}
