import Domain
import Logging
import Mail
import ServiceLifecycle
import Storage
import StorageSQLite
import Web

/// What happens by the clock: changes made by commands are taken up every second, and once an
/// hour what has outlived its purpose goes.
struct Upkeep: Service {
    let services: Services
    let store: SQLiteStore
    let credentials: Credentials
    let letters: LetterWorker
    let dayKeys: DayKeys
    let logger: Logger

    private static let retentionEvery = Duration.seconds(3_600)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // An action may be stopped while a million records are erased.
            async let erasing: Void = retainAgainAndAgain()
            await follow()
            await erasing
        }
    }

    private func follow() async {
        var mustEmptyLog = false
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            do {
                try await services.board.refresh(from: services.store)
                let hasRemoved = [services.takeRemovals(), letters.takeRemovals()]
                if hasRemoved.contains(true) { mustEmptyLog = true }
                if mustEmptyLog { try await store.emptyLog() }
                mustEmptyLog = false
                // Asking for the day's keys erases those of days gone by.
                _ = dayKeys.form
            } catch is CancellationError {
                return
            } catch {
                logger.error(
                    "actions could not be read", metadata: ["error": "\(type(of: error))"])
            }
        }
    }

    private func retainAgainAndAgain() async {
        while !Task.isCancelled {
            await retain()
            try? await Task.sleep(for: Self.retentionEvery)
        }
    }

    private func retain() async {
        let milliseconds = Int(services.now() * 1000)
        let today = Day(seconds: services.now())
        var (report, keys) = (RetentionReport(), 0)
        do {
            try await store.removeExpired(
                today: today, nowMilliseconds: milliseconds, into: &report)
            keys = try await store.read { try $0.keyNumbersToWipe(nowMilliseconds: milliseconds) }
                .filter { credentials.wipe($0) }.count
        } catch is CancellationError {
            // The next start goes on with it.
        } catch {
            logger.error("retention failed", metadata: ["error": "\(type(of: error))"])
        }
        // What went before something failed is gone all the same.
        services.limits.pending.release(report.pending)
        services.limits.unsubscribed.release(report.unsubscribed)
        do {
            try await store.emptyLog()
        } catch {
            logger.error("the log was not emptied", metadata: ["error": "\(type(of: error))"])
        }
        guard report != RetentionReport() || keys > 0 else { return }
        logger.notice(
            "retention",
            metadata: [
                "pending": "\(report.pending)", "spent": "\(report.spent)",
                "records": "\(report.records)", "replies": "\(report.replies)",
                "unsubscribed": "\(report.unsubscribed)", "letters": "\(report.letters)",
                "keys": "\(keys)",
            ])
    }
}
