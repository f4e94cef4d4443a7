package import Domain
package import Languages
package import Ledger
package import Logging
package import Mail
package import Sealing
package import Storage

/// Everything the pages need, passed down as one plain value.
package struct Services: Sendable {
    package var store: any Store
    package var languages: Languages
    package var keys: Keys
    package var mail: Post
    package var limits: Limits
    package var logger: Logger
    /// Seconds since 1970.
    package var now: @Sendable () -> Double
    /// The built-in outbox of a demonstration; nil everywhere else.
    package var outbox: Outbox?
    /// What the page about privacy says of how this server was set up.
    package var arrangements = Arrangements()
    /// Where letters wait that this server sends; nobody sits there unless it is set.
    package var letters = LetterDesk.closed
    /// Where holes are reported (RFC 9116): a `mailto:` or `https:` address.
    package var securityContact: String?
    package let board: Board
    /// The public numbers, and the files that prove them.
    package let ledger: Standings
    package let ledgerFiles: any LedgerFiles
    /// Seconds between two batches of signatures in the ledger.
    package let ledgerInterval: Int
    package let metrics = Metrics()
    let parts = PartCache()
    /// One for everything that is printed, so that one print is made at a time.
    let prints = PrintRoom()
    let posted = PostedLetters()
    private let removals = Flag()

    /// How mail and requests travel here, and how many must act together to open a record.
    package struct Arrangements: Sendable {
        package enum Relay: Sendable {
            case none, here
            case host(String)
        }

        package var relay = Relay.none
        package var hasProxy = false
        package var keepers = 1

        package init() {}
    }

    /// Secrets that are not the store's.
    package struct Keys: Sendable {
        /// `K_form` of today and of the day before.
        package var form: @Sendable () -> (today: FormKey, yesterday: FormKey?)
        package var caps: @Sendable () -> CapsKey
        /// `K_dedupe` by key number; nil once it is wiped.
        package var dedupe: @Sendable (Int) -> DedupeKey?

        package init(
            form: @escaping @Sendable () -> (today: FormKey, yesterday: FormKey?),
            caps: @escaping @Sendable () -> CapsKey,
            dedupe: @escaping @Sendable (Int) -> DedupeKey?
        ) {
            self.form = form
            self.caps = caps
            self.dedupe = dedupe
        }
    }

    /// How mails leave: `enqueue` stores a job and returns at once.
    package struct Post: Sendable {
        package var sender: String
        package var enqueue: @Sendable (MailJob) throws -> Void
        /// Whether one more may wait; asked before anything is stored for it.
        package var hasRoom: @Sendable () -> Bool

        package init(
            sender: String, hasRoom: @escaping @Sendable () -> Bool = { true },
            enqueue: @escaping @Sendable (MailJob) throws -> Void
        ) {
            self.sender = sender
            self.hasRoom = hasRoom
            self.enqueue = enqueue
        }
    }

    /// What keeps one from taking what is everybody's.
    package struct Limits: Sendable {
        package var prefixes: PrefixLimiter
        package var proxies: TrustedProxies
        package var wrongCodes: DailyCounter
        package var pending: PendingBound
        /// Links that ended updates: as many as one neighbourhood may press, and as many as are
        /// kept. A mail provider presses for all its users, so it may do so often.
        package let links: PrefixLimiter
        /// Letters made ready, which store nothing: a class that writes together does so often.
        package let drafts: PrefixLimiter
        package let unsubscribed = PendingBound(limit: Self.unsubscribedLimit)

        private static let unsubscribedLimit = 500_000

        package init(
            prefixes: PrefixLimiter, proxies: TrustedProxies, wrongCodes: DailyCounter,
            pending: PendingBound
        ) {
            self.prefixes = prefixes
            self.proxies = proxies
            self.wrongCodes = wrongCodes
            self.pending = pending
            links = PrefixLimiter(limit: prefixes.limit * 10)
            drafts = PrefixLimiter(limit: prefixes.limit * 10)
        }
    }

    package init(
        store: any Store, languages: Languages, organisation: Organisation, keys: Keys,
        mail: Post, limits: Limits,
        ledger: (standings: Standings, files: any LedgerFiles, interval: Int),
        logger: Logger, now: @escaping @Sendable () -> Double, outbox: Outbox? = nil
    ) {
        self.store = store
        self.languages = languages
        self.keys = keys
        self.mail = mail
        self.limits = limits
        self.logger = logger
        self.now = now
        self.outbox = outbox
        board = Board(organisation)
        self.ledger = ledger.standings
        ledgerFiles = ledger.files
        ledgerInterval = ledger.interval
    }

    /// A signature was taken back, durably.
    func countRemoval() {
        metrics.count(.withdrawn)
        removals.raise()
    }

    /// Whether anything was taken back since this was asked last: then it still lies in the
    /// database's log.
    package func takeRemovals() -> Bool { removals.lower() }

    /// Whether a mail about this action still makes sense.
    package func mayMail(_ action: ActionID) -> Bool {
        guard let row = board.action(action)?.row else { return false }
        return row.state.takesConfirmation(
            secondsSinceChange: now() - Double(row.stateSince) / 1000)
    }

    package var organisation: Organisation { board.shown.organisation }

    /// What a stored page was printed of: the organisation's look, and what `parts` say.
    func edition(_ parts: [String]) -> String {
        "\(board.edition) \(today.number) \(parts.joined(separator: " "))"
    }

    var today: Day { Day(seconds: now()) }

    var nowMilliseconds: Int { Int(now() * 1000) }

    /// Reads actions from the store; called once before the first request.
    package func load() async throws {
        limits.pending.start(with: try await store.read { try $0.pendingCount() })
        limits.unsubscribed.start(with: try await store.read { try $0.unsubscribedCount() })
        try await board.refresh(from: store)
        try await posted.load(from: store)
    }
}
