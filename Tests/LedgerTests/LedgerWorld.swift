import Crypto
import Domain
import Foundation
import Ledger
import Storage
import StorageSQLite
import Synchronization
import Testing

/// A database in a temporary folder with open actions, the files that they are published as, and
/// people who sign.
final class LedgerWorld: Sendable {
    let folder: URL
    let store: any Store
    private let database: SQLiteStore
    let files: any LedgerFiles
    let actions: [ActionID]
    /// Whose files these are, which go with it.
    private let origin: LedgerWorld?
    private let clock = Mutex(1_500_000_000.0)

    static let host = "rights.example"
    static let today = Day(number: 17_431)

    /// Actions are called `a0`, `a1`, ...; files lie on the disk unless others are given.
    init(
        actions count: Int = 1, opened: Bool = true, files: (any LedgerFiles)? = nil
    ) async throws {
        folder = try Self.newFolder()
        database = try SQLiteStore(path: folder.appending(path: "outcry.sqlite").path)
        store = database
        self.files = files ?? DiskFiles(folder: folder.appending(path: "ledger"))
        actions = (0..<count).map { _ in .random() }
        origin = nil
        let actions = actions
        try await store.write { transaction in
            let organisation = Organisation(
                id: .random(), name: "O", origin: "https://\(Self.host)")
            try transaction.insert(organisation)
            for (index, action) in actions.enumerated() {
                try transaction.insertAction(
                    action, slug: "a\(index)", of: organisation.id, preview: false,
                    nowMilliseconds: 0)
                try transaction.insertVersion(
                    VersionRow(number: 1, hash: Self.version, day: Self.today, content: "{}"),
                    files: [], of: action)
            }
        }
        if opened { for index in actions.indices { try await open(index) } }
    }

    /// What a backup had, with what lies published now.
    init(restoring backup: URL, of other: LedgerWorld, files: (any LedgerFiles)? = nil) throws {
        folder = try Self.newFolder()
        let copy = folder.appending(path: "outcry.sqlite")
        try FileManager.default.copyItem(at: backup, to: copy)
        database = try SQLiteStore(path: copy.path)
        store = database
        self.files = files ?? other.files
        actions = other.actions
        origin = other
    }

    deinit {
        try? database.close()
        try? FileManager.default.removeItem(at: folder)
    }

    private static let version = [UInt8](repeating: 5, count: 32)

    private static func newFolder() throws -> URL {
        // In memory where there is such a folder: no test here is about the disk.
        let memory = "/dev/shm"
        let isThere = FileManager.default.isWritableFile(atPath: memory)
        let folder = (isThere ? URL(filePath: memory) : FileManager.default.temporaryDirectory)
            .appending(path: "outcry-ledger-\(randomBytes(8).hex)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    func backup() async throws -> URL {
        let copy = folder.appending(path: "backup-\(randomBytes(4).hex)")
        try await database.copy(to: copy.path)
        return copy
    }

    var now: Double { clock.withLock { $0 } }

    func set(clock seconds: Double) { clock.withLock { $0 = seconds } }

    func origin(_ index: Int = 0) -> String { "\(Self.host)/actions/a\(index)/log" }

    // MARK: A server

    /// One that starts now, not yet asked to do anything.
    func server(
        seed: UInt8 = 1, store: (any Store)? = nil, files: (any LedgerFiles)? = nil
    ) -> LedgerServer {
        LedgerServer(self, seed: seed, store: store ?? self.store, files: files ?? self.files)
    }

    // MARK: People and the organisation

    struct Signer: Hashable, Sendable {
        let record: RecordID
        let action: ActionID
        let flags: SignatureFlags
        let day: Day
        let leaf: [UInt8]
        /// What the withdrawal code gives.
        let preimage: [UInt8]
        let tag: [UInt8]

        var lookup: [UInt8] { Array(SHA256.hash(data: preimage)) }
        var entry: LedgerEntry { LedgerEntry(.sign, a: leaf, b: lookup) }
    }

    func open(_ index: Int = 0) async throws {
        let action = actions[index]
        let statement = "outcry open 2\na\(index)\n\(action)\nversion\none per mailbox\n"
        try await store.write { transaction in
            try transaction.queueStatement(
                LedgerEntry(.open, a: sha256(statement), b: [UInt8](repeating: 6, count: 32)),
                statement: statement, of: action)
            guard let row = try transaction.action(action) else { return }
            _ = try transaction.setState(
                .open, of: row, keyNumber: index + 1, openedDay: Self.today, nowMilliseconds: 0)
        }
    }

    /// Any statement of the organisation.
    func state(_ text: String, _ kind: LedgerEntry.Kind = .newVersion, _ index: Int = 0)
        async throws
    {
        let action = actions[index]
        try await store.write {
            try $0.queueStatement(
                LedgerEntry(kind, a: sha256(text), b: LedgerEntry.number(0)), statement: text,
                of: action)
        }
    }

    @discardableResult
    func sign(
        _ count: Int = 1, _ index: Int = 0, flags: SignatureFlags = [], day: Day = today
    ) async throws -> [Signer] {
        let signers = (0..<count).map { _ in
            Signer(
                record: .random(), action: actions[index], flags: flags, day: day,
                leaf: randomBytes(32), preimage: randomBytes(32), tag: randomBytes(32))
        }
        try await store.write { transaction in
            for signer in signers { try Self.confirm(signer, transaction) }
        }
        return signers
    }

    private static func confirm(_ signer: Signer, _ transaction: any Transaction) throws {
        let pending = PendingRow(id: randomBytes(32), expires: signer.day + 1, sealed: [1])
        try transaction.insert(pending)
        let outcome = try transaction.confirm(
            Confirmation(
                pendingID: pending.id, tag: signer.tag,
                record: RecordRow(
                    id: signer.record, action: signer.action, day: signer.day,
                    flags: signer.flags, sealed: [1], leaf: signer.leaf, lookup: signer.lookup,
                    receipt: [1]),
                entry: signer.entry, version: version, language: "en", today: signer.day,
                spentCounted: [1], spentAlready: { [2] }), nowMilliseconds: 0)
        #expect(outcome == .counted)
    }

    /// With the code.
    @discardableResult
    func withdraw(_ signer: Signer) async throws -> WithdrawalOutcome {
        try await store.write {
            try $0.withdraw(
                lookup: signer.lookup, preimage: signer.preimage, today: Self.today)
        }
    }

    /// Through a mailed link.
    @discardableResult
    func remove(_ signer: Signer) async throws -> Bool {
        try await store.write {
            try $0.removeOnRequest(action: signer.action, tag: signer.tag, today: Self.today)
        }
    }

    /// Sets aside or readmits; returns how many.
    @discardableResult
    func judge(
        _ kind: LedgerEntry.Kind, _ flag: SignatureFlags, days: ClosedRange<Day>? = nil,
        _ index: Int = 0
    ) async throws -> Int {
        let action = actions[index]
        let selected = JudgedSignatures(flag: flag, days: days)
        let promised = try await store.read {
            try $0.judgedByDay(kind, selected, of: action).reduce(0) { $0 + $1.count }
        }
        let count = try await store.write {
            try $0.judge(
                kind, selected, of: action, statement: "outcry \(kind) \(flag.rawValue)\n",
                digest: { Array(SHA256.hash(data: $0)) })
        }
        #expect(count == promised, "the dry count is that of the deed")
        return count
    }

    func queueLength() async throws -> Int {
        try await store.read { try $0.rows("SELECT count(*) AS n FROM ledger_queue") }[0]
            .integer("n")
    }

    /// What `outcry check` says of the database; empty if all adds up.
    func problems() async throws -> [String] {
        try await store.read { transaction in
            try transaction.audit().flatMap {
                try $0.problems + auditLedger($0, in: transaction).problems
            }
        }
    }
}

func sha256(_ text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

extension LedgerWorld {
    /// Signatures without records, made by the database itself.
    func fillQueue(_ count: Int, _ index: Int = 0) async throws {
        let action = actions[index]
        _ = try await store.write {
            try $0.run(
                """
                INSERT INTO ledger_queue (id, action, record_id, entry)
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
                SELECT randomblob(16), \(action), randomblob(16),
                    CAST(x'0101' || randomblob(64) AS BLOB) FROM n
                """)
        }
    }
}
