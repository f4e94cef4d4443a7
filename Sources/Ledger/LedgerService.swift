import Domain
package import Logging
import ServiceLifecycle
import Storage

/// Runs the sequencer, the publisher and the collector of cosignatures by the clock.
package struct LedgerService: Service {
    private let sequencer: Sequencer
    private let publisher: Publisher
    private let interval: Int
    private let logger: Logger
    private let collector: WitnessCollector?
    private let counts = WitnessCounts()

    /// Seconds between two rounds of asking witnesses, while nothing changes.
    private static let secondsBetweenRounds = 60
    /// How long witnesses are waited for before anything is signed.
    private static let patience = Duration.seconds(15)

    /// `interval` is the time between two batches of signatures, in seconds; `fetch` and `log` are
    /// for asking the witnesses, if there are any.
    package init(
        sequencer: Sequencer, publisher: Publisher, interval: Int, logger: Logger,
        witnesses: (all: [WitnessPolicy.Witness], log: NoteKey, fetch: WitnessCollector.Fetch)? =
            nil
    ) {
        self.sequencer = sequencer
        self.publisher = publisher
        self.interval = max(1, interval)
        self.logger = logger
        collector = witnesses.map {
            WitnessCollector(
                witnesses: $0.all, log: $0.log, fetch: $0.fetch,
                heads: { await publisher.heads })
        }
    }

    /// Recounts what is there, refuses what contradicts it, and publishes what a crash has left.
    /// Throws `Sequencer.LoadProblem` or `Publisher.Contradiction`.
    package func start() async throws {
        try await sequencer.load()
        let frozen = await sequencer.frozen
        try await publisher.check(frozen: frozen)
        // An action that was opened meanwhile has its ledger from the first page on; with
        // witnesses, only once they were asked.
        if collector == nil { try await sequencer.sequenceInOrder() }
        _ = try await publish()
    }

    /// Takes all that waits and makes it public.
    package func sequence() async throws {
        try await sequencer.sequence()
        _ = try await publish()
    }

    /// Asks the witnesses once, and publishes what they sign.
    package func collect() async throws {
        guard let collector else { return }
        for await report in try await collector.collect() { await take(report, collector) }
    }

    /// Failures of witnesses since the start, for whoever watches.
    package var witnessFailures: Int { counts.failures }

    private func publish() async throws -> Bool {
        var isNew = false
        var failure: (any Error)?
        for (action, ledger) in await sequencer.current {
            do {
                if try await publisher.publish(ledger, of: action) { isNew = true }
            } catch let error as CancellationError {
                throw error
            } catch {
                // One that cannot be published does not hold up the others.
                failure = error
            }
        }
        if let failure { throw failure }
        return isNew
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await compare()
            await withTaskGroup { group in
                group.addTask { await keepSequencing() }
                group.addTask { await keepCollecting() }
            }
        }
    }

    private func keepSequencing() async {
        var seconds = 0
        var halted: Set<ActionID> = []
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            seconds += 1
            do {
                try await sequence(all: seconds % interval == 0)
                if try await publish() { counts.askSoon() }
            } catch is CancellationError {
                return
            } catch {
                logger.error(
                    "the ledger waits", metadata: ["error": "\(type(of: error)): \(error)"])
            }
            for (action, why) in await sequencer.halts where halted.insert(action).inserted {
                logger.critical(
                    "a ledger stands still until the next start",
                    metadata: ["action": "\(action)", "why": "\(why)"])
                await publisher.halt(halted)
            }
        }
    }

    /// What was sequenced is published even if something else could not be.
    private func sequence(all: Bool) async throws {
        do {
            try await all ? sequencer.sequence() : sequencer.sequenceInOrder()
        } catch {
            if !(error is CancellationError), try await publish() { counts.askSoon() }
            throw error
        }
    }

    /// Rounds overlap: a witness that still hangs is left alone, and the others are asked.
    private func keepCollecting() async {
        guard collector != nil else { return }
        await withDiscardingTaskGroup { rounds in
            var seconds = 0
            while !Task.isCancelled {
                if counts.isAsked() || seconds % Self.secondsBetweenRounds == 0 {
                    rounds.addTask {
                        do {
                            try await collect()
                        } catch {
                            logger.warning("witnesses", metadata: ["error": "\(type(of: error))"])
                        }
                    }
                }
                try? await Task.sleep(for: .seconds(1))
                seconds += 1
            }
            rounds.cancelAll()
        }
    }

    /// Asks what the witnesses know before anything is signed, and waits for it a little.
    private func compare() async {
        guard let collector else { return }
        await withTaskGroup { group in
            group.addTask {
                guard let reports = try? await collector.compare() else { return }
                for await report in reports { await take(report, collector) }
            }
            group.addTask { try? await Task.sleep(for: Self.patience) }
            await group.next()
            group.cancelAll()
        }
    }

    private func take(_ report: WitnessReport, _ collector: WitnessCollector) async {
        for problem in report.problems where problem != .busy {
            counts.countFailure()
            logger.warning(
                "witness", metadata: ["witness": "\(report.witness)", "problem": "\(problem)"])
        }
        for contradiction in report.contradictions {
            await sequencer.halt(contradiction)
            logger.critical(
                "a witness knows a checkpoint that contradicts this database: nothing is signed",
                metadata: ["ledger": "\(contradiction)"])
        }
        for row in report.cosigned {
            do {
                try await publisher.publish(
                    cosignatures: await collector.cosignatures(on: row), on: row)
            } catch {
                logger.error("cosignatures", metadata: ["error": "\(type(of: error))"])
            }
        }
    }
}
