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
                    for job in self.takeReady() {
                        group.addTask {
                            await self.deliver(job)
                            self.wake.yield()
                        }
                    }
                }
            }
        }
    }

    private func takeReady() -> [Schedule.Job] {
        let incoming = spool.takeIncoming()
        let time = now()
        return schedule.withLock { $0.take(adding: incoming, now: time, limit: Self.parallelMails) }
    }

    private func deliver(_ scheduled: Schedule.Job) async {
        let reference = scheduled.reference
        guard let job = spool.read(reference), !job.isSilent, !limits.isBlocked(job.mailbox),
            now() - job.created <= MailJob.lifeSeconds,
            job.actionID.map(limits.mayMail) ?? true
        else { return finish(reference) }
        let day = Day(seconds: now()).number
        let names = capNames(job)
        guard limits.counter.reserve(names, day: day) else { return finish(reference) }
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
            finish(reference)
        case .refused:
            limits.counter.release(names.map(\.name), day: day)
            schedule.withLock { $0.relayAnswered() }
            finish(reference)
        case .later, .relayDown:
            limits.counter.release(names.map(\.name), day: day)
            giveBack(scheduled, isRelayDown: delivery == .relayDown)
        }
        if delivery != .accepted {
            logger.notice("mail not accepted", metadata: ["how": "\(delivery)"])
        }
    }

    private func giveBack(_ scheduled: Schedule.Job, isRelayDown: Bool) {
        do {
            try spool.unclaim(scheduled.reference)
        } catch {
            logger.error("a mail could not be given back to the spool and is dropped")
            return finish(scheduled.reference)
        }
        let time = now()
        schedule.withLock { schedule in
            if isRelayDown {
                schedule.relayIsDown(scheduled, now: time)
            } else {
                schedule.relayAnswered()
                schedule.retry(scheduled, now: time)
            }
        }
    }

    private func finish(_ reference: Spool.Reference) {
        spool.remove(reference)
        schedule.withLock { $0.done() }
    }

    private func capNames(_ job: MailJob) -> [(name: [UInt8], limit: Int)] {
        let key = limits.capsKey()
        let mailbox = Array(job.mailbox.utf8)
        var names = [(name: key.name("mail", of: mailbox), limit: MailJob.mailsPerDay)]
        if let action = job.actionID {
            names.append(
                (key.name("mail", action: action, of: mailbox), Self.mailsPerAction))
        }
        return names
    }
}

/// Which mail is tried when; pure, so that its rules can be tested.
struct Schedule {
    struct Job: Hashable, Sendable {
        let reference: Spool.Reference
        var attempts = 0
        var notBefore: Double = 0
    }

    private var waiting: [Job] = []
    private var running = 0
    private var relayPauses = 0
    private var relayNotBefore: Double = 0

    /// Takes in what is new and hands out what is due, never more than `limit` at work.
    mutating func take(adding incoming: [Spool.Reference], now: Double, limit: Int) -> [Job] {
        waiting += incoming.map { Job(reference: $0) }
        guard now >= relayNotBefore, running < limit else { return [] }
        // While the relay is down one mail at a time asks whether it is back.
        let free = relayPauses > 0 ? (running == 0 ? 1 : 0) : limit - running
        var due: [Job] = []
        var rest: [Job] = []
        for job in waiting {
            if due.count < free, job.notBefore <= now { due.append(job) } else { rest.append(job) }
        }
        waiting = rest
        running += due.count
        return due
    }

    mutating func done() { running -= 1 }

    mutating func relayAnswered() { relayPauses = 0 }

    /// 5 s, 15 s, 45 s ... 15 minutes.
    mutating func retry(_ job: Job, now: Double) {
        running -= 1
        var job = job
        job.notBefore = now + min(5 * power(3, job.attempts), 900)
        job.attempts += 1
        waiting.append(job)
    }

    /// 1 s, 2 s, 4 s ... one minute, for all mails together; another mail asks next.
    mutating func relayIsDown(_ job: Job, now: Double) {
        running -= 1
        waiting.append(job)
        relayNotBefore = now + min(power(2, relayPauses), 60)
        relayPauses += 1
    }

    private func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<min(exponent, 20)).reduce(1) { product, _ in product * base }
    }
}
