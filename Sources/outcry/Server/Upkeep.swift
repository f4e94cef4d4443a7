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

    private static let secondsBetweenRetention = 3_600

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var seconds = 0
            while !Task.isCancelled {
                if seconds % Self.secondsBetweenRetention == 0 { await retain() }
                seconds += 1
                try? await Task.sleep(for: .seconds(1))
                do {
                    try await services.board.refresh(from: services.store)
                    let hasRemoved = [services.takeRemovals(), letters.takeRemovals()]
                    if hasRemoved.contains(true) { try await store.emptyLog() }
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
    }

    private func retain() async {
        let milliseconds = Int(services.now() * 1000)
        let today = Day(seconds: services.now())
        do {
            let report = try await store.removeExpired(
                today: today, nowMilliseconds: milliseconds)
            let wiped = try await store.read {
                try $0.keyNumbersToWipe(nowMilliseconds: milliseconds)
            }
            services.limits.pending.release(report.pending)
            services.limits.unsubscribed.release(report.unsubscribed)
            let keys = wiped.filter { credentials.wipe($0) }.count
            try await store.emptyLog()
            guard report != RetentionReport() || keys > 0 else { return }
            logger.notice(
                "retention",
                metadata: [
                    "pending": "\(report.pending)", "spent": "\(report.spent)",
                    "records": "\(report.records)", "replies": "\(report.replies)",
                    "unsubscribed": "\(report.unsubscribed)", "letters": "\(report.letters)",
                    "keys": "\(keys)",
                ])
        } catch {
            logger.error("retention failed", metadata: ["error": "\(type(of: error))"])
        }
    }
}
