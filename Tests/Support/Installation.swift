package import Authoring
package import Domain
package import Foundation
import Languages
package import Ledger
import Logging
package import Mail
import Press
package import Sealing
package import Storage
import StorageSQLite
import Synchronization
package import Unsealing
package import Web

/// A whole installation in a temporary folder: a real database, real keys, a clock that stands
/// still, and mails that go into a list.
package final class Installation: Sendable {
    package let folder: URL
    package let store: any Store
    private let database: SQLiteStore
    package let clock: Clock
    package let mails: Mails
    package let services: Services
    package let ledger: LedgerService
    package let browser: Browser
    package let books: [OpenedKeyBook]

    package static let letterKey = LetterKey([UInt8](repeating: 6, count: 32))

    private static let dedupeKeys = (0...5).map {
        DedupeKey([UInt8](repeating: UInt8($0), count: 32))
    }

    /// `files` is the action's folder, by default the sample's; `keepers` one or two.
    package init(
        files: [ActionFile]? = nil, open: Bool = true, keepers: Int = 1, signLimit: Int = 1_000,
        pendingLimit: Int = 10_000
    ) async throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "outcry-test-\(randomBytes(8).hex)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let store = try SQLiteStore(path: folder.appending(path: "outcry.sqlite").path)
        self.store = store
        database = store
        let clock = Clock()
        let mails = Mails()
        self.clock = clock
        self.mails = mails
        let keys = Installation.keys
        books = Array(keys.books.prefix(keepers))
        let organisation = Organisation(
            id: .random(), name: "Example Rights Network", origin: "https://rights.example")
        try await store.write { transaction in
            try transaction.insert(organisation)
            for keeper in 0..<keepers {
                for (index, key) in keys.lists[keeper].enumerated() {
                    try transaction.insertRecipientKey(
                        key, number: index + 1, keeper: keeper + 1, of: organisation.id)
                }
            }
        }
        let formKeys = (FormKey([UInt8](repeating: 7, count: 32)), nil as FormKey?)
        let standings = Standings()
        let published = DiskFiles(folder: folder.appending(path: "ledger"))
        ledger = try Self.ledger(store, published, standings, organisation, clock)
        var services = Services(
            store: store, languages: try Languages(), organisation: organisation,
            keys: .init(
                form: { formKeys }, caps: { CapsKey([UInt8](repeating: 8, count: 32)) },
                dedupe: {
                    Installation.dedupeKeys.indices.contains($0) ? Installation.dedupeKeys[$0] : nil
                }),
            mail: .init(sender: "action@rights.example", enqueue: { mails.append($0) }),
            limits: .init(
                prefixes: PrefixLimiter(limit: signLimit), proxies: TrustedProxies([]),
                wrongCodes: DailyCounter(folder: folder),
                pending: PendingBound(limit: pendingLimit)),
            ledger: (standings, published, 60), logger: Logger(label: "test"),
            now: { clock.seconds })
        services.letters = Self.desk
        self.services = services
        browser = Browser(buildRouter(services))
        if let files = try files ?? Self.sample() {
            try await importAction(files, open: open)
        }
    }

    private static let desk = LetterDesk(seal: { try letterKey.seal($0, of: $1) })

    deinit {
        try? database.close()
        try? FileManager.default.removeItem(at: folder)
    }

    private static func ledger(
        _ store: any Store, _ files: DiskFiles, _ standings: Standings,
        _ organisation: Organisation, _ clock: Clock
    ) throws -> LedgerService {
        guard let key = SigningKey(seed: [UInt8](repeating: 9, count: 32), kind: .log) else {
            throw NotThere(text: "a key")
        }
        let identity = Sequencer.Identity(key: key, origin: organisation.origin)
        return LedgerService(
            sequencer: Sequencer(
                store: store, identity: identity, now: { clock.seconds },
                isPublished: { files.byteCount("\($0)/checkpoint") != nil }),
            publisher: Publisher(
                store: store, files: files, identity: identity, standings: standings),
            interval: 60, logger: Logger(label: "test"))
    }

    /// Two keepers' books, made once: scrypt is slow on purpose.
    private static let keys: (books: [OpenedKeyBook], lists: [[[UInt8]]]) = {
        do {
            let made = try (0..<2).map { _ in try KeyBook.create(count: 5, passphrase: "test") }
            return (
                try made.map { try $0.book.open(passphrase: "test") },
                try made.map { try KeyList.read($0.list.json()).map(\.bytes) }
            )
        } catch {
            return ([], [])
        }
    }()

    /// The files of `Examples/baku-2017`.
    package static func sample() throws -> [ActionFile]? {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try ActionFolder.read(root.appending(path: "Examples/baku-2017"))
    }

    /// The sample with one text replaced by another, which must be there.
    package static func sample(
        replacing old: String, with new: String, in path: String
    ) throws -> [ActionFile] {
        try (sample() ?? []).map { file in
            guard file.path == path else { return file }
            let text = String(decoding: file.bytes, as: UTF8.self)
            guard text.contains(old) else { throw NotThere(text: old) }
            return ActionFile(path: path, bytes: Array(text.replacing(old, with: new).utf8))
        }
    }

    private static func clean(_ bytes: [UInt8]) throws(PictureRefusal) -> PictureContent {
        do throws(Picture.Problem) {
            let picture = try Picture(cleaning: bytes)
            return PictureContent(
                kind: picture.kind.rawValue, bytes: picture.bytes, width: picture.width,
                height: picture.height)
        } catch {
            throw .unreadable
        }
    }

    struct NotThere: Error { let text: String }

    @discardableResult
    package func importAction(
        _ files: [ActionFile], slug: String = "baku-2017", open: Bool = false,
        preview: Bool = false
    ) async throws -> ImportOutcome {
        let new = try ActionImport(
            slug: slug, files: files, digest: { digest($0) }, picture: Self.clean)
        let now = moment
        let outcome = try await store.write {
            try $0.importAction(new, preview: preview, now: now, digest: { digest($0) })
        }
        if open { try await move(to: .open, slug: slug) }
        try await refresh()
        return outcome
    }

    package func move(to state: ActionState, slug: String = "baku-2017") async throws {
        let now = moment
        _ = try await store.write {
            try $0.moveAction(
                slug: slug, to: state, now: now, hasDedupeKey: { _ in true },
                keyIDs: { $0.flatMap { KeyID(publicKey: $0).bytes } }, digest: { digest($0) })
        }
        try await refresh()
    }

    package func refresh() async throws { try await services.board.refresh(from: store) }

    package var moment: (milliseconds: Int, day: Day) {
        (Int(clock.seconds * 1000), Day(seconds: clock.seconds))
    }

    /// The number that anyone reads.
    package func number(slug: String = "baku-2017") async throws -> Int {
        clock.advance(by: 1)
        // What takes back a signature that came in the same batch waits for the next one.
        for _ in 1...2 { try await ledger.sequence() }
        let answer = try await browser.get("/actions/\(slug)/count.json")
        struct Count: Decodable { let number: Int }
        return try JSONDecoder().decode(Count.self, from: Data(answer.body)).number
    }

    /// The published entries of the ledger, as anyone reads them.
    package func entries(slug: String = "baku-2017") async throws -> [LedgerEntry] {
        let number = try await number(slug: slug)
        let answer = try await browser.get("/actions/\(slug)/log/checkpoint")
        guard let note = SignedNote(answer.body), let checkpoint = Checkpoint(text: note.text)
        else {
            throw NotThere(text: "a checkpoint")
        }
        var entries: [LedgerEntry] = []
        for tile in Tile.new(in: checkpoint.size) where tile.content == .entries {
            let bundle = try await browser.get("/actions/\(slug)/log/\(tile.path)")
            entries += Bundle.entries(bundle.body) ?? []
        }
        var state = LedgerState(checksCodes: true)
        for entry in entries { try state.append(entry) }
        guard state.counted == number else { throw NotThere(text: "the number") }
        return entries
    }

    /// A server started anew on the same database, as after a crash.
    package func restarted() async throws -> Browser {
        // Two that sequence are one too many: this one leaves nothing to do.
        try await self.ledger.sequence()
        let standings = Standings()
        let files = DiskFiles(folder: folder.appending(path: "ledger"))
        let ledger = try Self.ledger(store, files, standings, services.organisation, clock)
        var fresh = Services(
            store: store, languages: services.languages, organisation: services.organisation,
            keys: services.keys, mail: services.mail, limits: services.limits,
            ledger: (standings, services.ledgerFiles, 60), logger: services.logger,
            now: services.now)
        fresh.letters = Self.desk
        try await fresh.load()
        try await ledger.start()
        return Browser(buildRouter(fresh))
    }
}

/// A clock that moves when it is told to.
package final class Clock: Sendable {
    private let time = Mutex<Double>(1_800_000_000)

    package var seconds: Double { time.withLock { $0 } }

    package func advance(by seconds: Double) { time.withLock { $0 += seconds } }

    package func advance(days: Int) { advance(by: Double(days) * 86_400) }
}

/// The mails that were handed over, oldest first.
package final class Mails: Sendable {
    private let jobs = Mutex<[MailJob]>([])

    package var all: [MailJob] { jobs.withLock { $0 } }

    func append(_ job: MailJob) { jobs.withLock { $0.append(job) } }

    package var last: MailJob? { all.last }
}

extension MailJob {
    /// The six digits of its code.
    package var code: String {
        String(text.firstMatch(of: /code is (\d{6})/)?.output.1 ?? "")
    }

    /// The path of its link.
    package var link: String {
        String(text.firstMatch(of: /https:\/\/rights\.example(\/\S+)/)?.output.1 ?? "")
    }

    /// The secret in its link.
    package var secret: String { String(link.dropFirst(3)) }
}
