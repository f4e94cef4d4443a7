import ArgumentParser
import Domain
import Foundation
import Hummingbird
import Languages
import Ledger
import Logging
import Mail
import NIOCore
import Sealing
import ServiceLifecycle
import Storage
import StorageSQLite
import Synchronization
import Web

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve the actions of a data folder.")

    @Option(help: "The data folder (or OUTCRY_DATA).") var data: String?
    @Option(help: "Address and port (or OUTCRY_LISTEN; default 127.0.0.1:8080).")
    var listen: String?
    @Flag(help: "Show the reference case, with throw-away keys and a built-in outbox.")
    var demo = false
    @Flag(
        help: """
            The clock is right, though the last checkpoint bears a later time: it was signed while \
            the clock was wrong.
            """)
    var trustClock = false
    @Option(
        help: .init("For measuring: a named pipe that gets what mails would.", visibility: .hidden))
    var measure: String?
    @Option(
        help: .init(
            "For tests: seconds between two letters, at any hour.", visibility: .hidden))
    var letterPace: Double?

    func run() async throws {
        forbidDumps()
        raiseFileLimit()
        let settings = try Settings(
            data: data, listen: listen, environment: ProcessInfo.processInfo.environment)
        guard !(demo || measure != nil || letterPace != nil) || settings.listen.isLoopback else {
            throw Refusal("--demo listens on loopback only; give --listen 127.0.0.1:PORT.")
        }
        let folder = DataFolder(settings: settings)
        let keeper = try await demo ? Demonstration(folder: folder).prepare() : nil
        let lock = try folder.lock()
        try folder.refusePrivateKeys()
        let (store, organisation) = try await folder.open()
        let server = try await Server(
            settings: settings, folder: folder, store: store, organisation: organisation,
            isDemo: demo, trustsClock: trustClock, letterPace: letterPace,
            measuring: measure.map { try MeasuringRelay(path: $0) })
        do {
            try await server.run { address in
                folder.note(address, in: lock)
                tellManager("READY=1")
                say("Outcry serves \(organisation.name) at \(address)/")
                if let keeper { say(keeper.explanation(address: address)) }
            }
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw Refusal(
                """
                Port \(settings.listen.port) on \(settings.listen.host)\(settings.metricsListen.map { ", or \($0.port) for metrics," } ?? "") is taken by another program. \
                Stop it, or choose another: --listen \(settings.listen.host):\(settings.listen.port + 1)
                """, mayPass: true)
        }
        try store.close()
    }
}

/// Everything wired together.
struct Server {
    let settings: Settings
    let services: Services
    let worker: MailWorker
    let letters: LetterPost
    let upkeep: Upkeep
    let ledgers: Ledgers
    let logger: Logger
    private let store: SQLiteStore

    init(
        settings: Settings, folder: DataFolder, store: SQLiteStore, organisation: Organisation,
        isDemo: Bool, trustsClock: Bool, letterPace: Double?, measuring: MeasuringRelay?
    ) async throws {
        self.settings = settings
        self.store = store
        var logger = Logger(label: "outcry") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        self.logger = logger
        let now: @Sendable () -> Double = { Date().timeIntervalSince1970 }
        let origin = settings.origin ?? (isDemo ? settings.listen.origin : organisation.origin)
        let organisation = organisation.at(origin)

        let runtime = try folder.runtimeFolder(of: organisation.id)
        if !isInMemory(runtime) {
            logger.warning(
                "the runtime folder is not in memory: what waits there could outlive the power",
                metadata: ["folder": "\(runtime.path)"])
        }
        let credentials = try Credentials(settings.credentials)
        let dayKeys = try DayKeys(runtime, now: now)
        let counter = DailyCounter(folder: runtime)
        let sender = try settings.mailFrom ?? defaultSender(origin)
        let outbox = isDemo ? Outbox() : nil
        let ready = Later()
        worker = try MailWorker(
            makeSpool: {
                try Spool(
                    folder: runtime.appending(path: "spool"),
                    limit: max(1_000, freeBytes(runtime) / 4 / 4_096), wake: $0)
            },
            transport: outbox ?? measuring
                ?? Server.transport(settings, sender, organisation.name, logger),
            limits: .init(
                counter: counter, capsKey: { dayKeys.caps },
                isBlocked: { credentials.isBlocked($0, now: now()) },
                mayMail: { ready.services?.mayMail($0) ?? true }),
            logger: logger, now: now)
        ledgers = try await Ledgers(
            settings: settings, store: store, origin: origin, credentials: credentials,
            isDemo: isDemo, trustsClock: trustsClock, logger: logger, now: now)
        var services = Services(
            store: store, languages: try Languages(), organisation: organisation,
            keys: .init(
                form: { dayKeys.form }, caps: { dayKeys.caps },
                dedupe: { credentials.dedupeKey($0) }),
            mail: Server.post(sender, worker, logger),
            limits: .init(
                prefixes: PrefixLimiter(limit: settings.signLimit),
                proxies: TrustedProxies(settings.trustedProxies), wrongCodes: counter,
                pending: PendingBound(
                    limit: settings.pendingLimit ?? Server.pendingLimit(settings.data))),
            ledger: (ledgers.standings, ledgers.files, ledgers.interval), logger: logger,
            now: now, outbox: outbox)
        letters = try await LetterPost(
            services: services, settings: settings, credentials: credentials,
            everySeconds: letterPace ?? (isDemo ? LetterPost.demonstrationPace : nil))
        services.letters = letters.desk
        services.securityContact = settings.securityContact
        services.arrangements = try await Server.arrangements(
            settings, store, organisation, hasOutbox: isDemo)
        self.services = services
        try await services.load()
        ready.services = services
        try await Server.requireKeys(store, credentials)
        upkeep = Upkeep(
            services: services, store: store, credentials: credentials, letters: letters.worker,
            dayKeys: dayKeys, logger: logger)
    }

    private static func post(
        _ sender: String, _ worker: MailWorker, _ logger: Logger
    ) -> Services.Post {
        let spool = worker.queue
        return .init(
            sender: sender, hasRoom: { spool.hasRoom },
            enqueue: { job in
                do { try spool.enqueue(job) } catch {
                    logger.error("a mail could not be kept in the runtime folder")
                    throw StorageError.full
                }
            })
    }

    private static func arrangements(
        _ settings: Settings, _ store: SQLiteStore, _ organisation: Organisation, hasOutbox: Bool
    ) async throws -> Services.Arrangements {
        var arrangements = Services.Arrangements()
        arrangements.keepers = try await store.read {
            try $0.keeperCount(of: organisation.id)
        }
        arrangements.hasProxy = !settings.trustedProxies.isEmpty
        if hasOutbox {
            arrangements.relay = .here
        } else if let host = settings.smtpURL.flatMap({ URLComponents(string: $0)?.host }) {
            arrangements.relay =
                isLoopbackHost(host.trimmingCharacters(in: ["[", "]"])) ? .here : .host(host)
        }
        return arrangements
    }

    /// Runs until it is told to stop; `onReady` gets the address once it can be opened.
    func run(onReady: @escaping @Sendable (String) -> Void) async throws {
        let router = buildRouter(services)
        var app = Application(
            router: router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [Deadline()],
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8_192, maxHeaderListSize: 16_384,
                        maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(settings.listen.host, port: settings.listen.port),
                serverName: nil, backlog: 1_024,
                availableConnectionsDelegate: .maximum(settings.connectionLimit, logger: logger)),
            onServerRunning: { [listen = settings.listen] channel in
                var listen = listen
                listen.port = channel.localAddress?.port ?? listen.port
                onReady(listen.origin)
            },
            logger: logger)
        app.addServices(worker, letters.worker, upkeep, ledgers.service)
        if let listen = settings.metricsListen { app.addServices(metrics(on: listen)) }
        // The last is the first to hear of the end.
        app.addServices(EndNotice())
        try await app.runService()
    }

    /// What watches this machine asks here, on a port of its own.
    private func metrics(on listen: Settings.Listen) -> some Service {
        let (store, spool, ledgers) = (store, worker.queue, ledgers)
        let letters = letters.worker
        let router = services.metricsRouter {
            let committed = store.committed
            let mailed = letters.totals
            return [
                .init("outcry_commits_total", committed.commits),
                .init("outcry_commit_rows_total", committed.writes),
                .init("outcry_spooled_mails", spool.waitingNow),
                .init("outcry_witness_failures_total", ledgers.service.witnessFailures),
                .init("outcry_letters_waiting", mailed.waiting),
                .init("outcry_letters_sent_total", mailed.done[.sent] ?? 0),
                .init("outcry_letters_refused_total", mailed.done[.refused] ?? 0),
                .init("outcry_letters_unsure_total", mailed.done[.unsure] ?? 0),
                .init("outcry_letters_dropped", mailed.done[.dropped] ?? 0),
                .init("outcry_letter_mailboxes_disabled", mailed.disabled),
            ]
        }
        return Application(
            router: router,
            configuration: .init(
                address: .hostname(listen.host, port: listen.port), serverName: nil),
            logger: logger)
    }

    private static func transport(
        _ settings: Settings, _ sender: String, _ name: String, _ logger: Logger
    ) throws -> any MailTransport {
        guard let url = settings.smtpURL else {
            logger.warning("OUTCRY_SMTP_URL is not set: mails wait and nobody can confirm")
            return NoRelay()
        }
        do {
            return try SMTPRelay(url: url, from: sender, name: name)
        } catch {
            throw Refusal(
                "OUTCRY_SMTP_URL is no address of a relay; write smtp://HOST:PORT or smtps://HOST.")
        }
    }

    /// Rows of some 5 kB, two pages, in a tenth of the free disk.
    private static func pendingLimit(_ folder: URL) -> Int {
        max(1_000, freeBytes(folder) / 10 / 5_000)
    }

    /// An open action without its key would count people twice or not at all.
    private static func requireKeys(_ store: SQLiteStore, _ credentials: Credentials) async throws {
        let actions = try await store.read { try $0.actions() }
        for action in actions where action.state == .open || action.state == .paused {
            guard let number = action.keyNumber, credentials.dedupeKey(number) != nil else {
                throw Refusal(
                    """
                    The key that keeps \(action.slug) at one signature a mailbox is missing from the \
                    credentials folder. Put the folder back from where it was moved; without it the \
                    action cannot go on: close it with outcry action close \(action.slug).
                    """)
            }
        }
    }
}

/// The services, which the mail worker needs and which need the mail worker.
private final class Later: Sendable {
    private let value = Mutex<Services?>(nil)

    var services: Services? {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}

/// Stands in while no relay is set.
private struct NoRelay: MailTransport {
    func send(_ job: MailJob) async -> RelayAnswer { .relayDown }
}

func defaultSender(_ origin: String) throws -> String {
    let host = URLComponents(string: origin)?.host ?? "localhost"
    return "action@\(host.trimmingCharacters(in: ["[", "]"]))"
}

/// A line for the person at the terminal.
func say(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

/// Data for a program, on standard output.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
