import ArgumentParser
import Authoring
import Domain
import Foundation
import Ledger
import Sealing
import Storage
import StorageSQLite

struct DeliveryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delivery",
        abstract: "Freeze what is delivered, and put on record what was; on the server.",
        subcommands: [FreezeCommand.self, Record.self, Regions.self, Receipt.self])

    struct Record: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put the hash of a delivery into the ledger, for everybody and for ever.")

        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String
        @Option(help: "SHA-256 of delivery.zip, as outcry deliver said it.") var hash: String
        @Option(help: "The target that gets it, by its name in action.yaml.") var to: String
        @Option(help: "What is in it: number, regions, names or collective.")
        var include: DeliveryStatement.What
        @Option(help: "How many signatures are in it (default: today's number).") var number: Int?
        @Option(help: "How many entries the ledger had when it was frozen.") var size: Int?
        @Option(help: "Though so many of those whose names may be in it are not counted any more.")
        var despiteWithdrawals: Int?

        func validate() throws {
            guard isHash(hash.lowercased()) else {
                throw ValidationError("--hash is 64 hexadecimal digits, as sha256sum writes them.")
            }
            guard (number == nil) == (size == nil) else {
                throw ValidationError("Give --number and --size together, or neither.")
            }
        }

        func run() async throws {
            let ledger = try await StatementDesk(installation, slug)
            try ledger.requireTarget(to)
            let (hash, target, what) = (hash.lowercased(), to, include)
            let (size, number) = try await ledger.checked(size: size, number: number)
            let record = try await ledger.record()
            if record.deliveries.contains(where: { $0.hash == hash && $0.target == target }) {
                return say("It is on record already; nothing was changed.")
            }
            if what == .regions, let former = record.deliveryWithUnpublishedRegions(besides: size) {
                throw Refusal(unpublished(former))
            }
            if what == .names { try await requireNobodyLeft(ledger, since: size) }
            let delivery = DeliveryStatement(
                slug: slug, day: moment().day, target: target, what: what, number: number,
                size: size, hash: hash)
            try await ledger.queue(delivery.statement, count: number)
        }

        /// Names are printed for good: this is the last moment to leave one out.
        private func requireNobodyLeft(_ ledger: StatementDesk, since size: Int) async throws {
            let left = try await ledger.left(since: size)
            guard left != despiteWithdrawals ?? 0 else { return }
            guard left > 0 else {
                throw Refusal(
                    "Nobody has left since it was frozen: leave out --despite-withdrawals.")
            }
            throw Refusal(
                """
                \(left) \(left == 1 ? "has" : "have") taken their names back since it was frozen, or were \
                set aside: freeze and print again. If that cannot be, give --despite-withdrawals \(left). \
                Nothing was changed.
                """)
        }
    }

    struct Regions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish a table of regions that the keeper counted.")

        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String
        @Option(name: .customLong("in"), help: "The regions.csv of outcry deliver.")
        var input: String
        @Option(help: "How many entries the ledger had when it was frozen.") var size: Int

        func run() async throws {
            let ledger = try await StatementDesk(installation, slug)
            let table = try readRegions(input)
            let (size, number) = try await ledger.checked(size: size, number: table.total)
            for former in try await ledger.record().regions {
                if former.size == size, former.table == table {
                    return say("It is on record already; nothing was changed.")
                }
                guard !table.differsByFew(from: former.table) else {
                    throw Refusal(tooNear(former))
                }
            }
            let regions = RegionStatement(
                slug: slug, day: moment().day, size: size, table: table)
            try await ledger.queue(regions.statement, count: number)
        }
    }

    struct Receipt: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say when a delivery was handed over and what became of it.",
            discussion: "It is shown on the action's page. Never name a supporter here.")

        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String
        @Option(help: "The day, such as 2017-10-03.") var on: String
        @Option(help: "The target.") var to: String
        @Option(help: "received or refused.") var result: DeliveryReceipt.Result
        @Option(help: "Who received or refused it, as everybody may read it.") var by: String?
        @Option(help: "A note, as everybody may read it.") var note: String?
        @Option(help: "Which delivery, if that target had several (default: the last).")
        var hash: String?
        @Flag(help: "Move the action to delivered, too.") var state = false

        func run() async throws {
            let ledger = try await StatementDesk(installation, slug)
            try ledger.requireTarget(to)
            let receipt = try self.receipt(try await ledger.record())
            try await ledger.queue(receipt.statement, count: 0)
            if state { try await installation.move(slug, to: .delivered) }
        }

        private func receipt(_ record: DeliveryRecord) throws -> DeliveryReceipt {
            guard let day = Day(on), day <= moment().day + 1 else {
                throw Refusal(
                    "Give --on as 2017-10-03, a day that is not to come.")
            }
            let fits = record.deliveries.filter {
                $0.target == to && (hash == nil || $0.hash == hash?.lowercased())
            }
            guard let delivery = fits.last else {
                throw Refusal(
                    """
                    No such delivery to \(to) is on record. First: outcry delivery record \(slug) --to \
                    \(to) --hash ...
                    """)
            }
            let (by, note) = (by?.singleLine ?? "", note?.singleLine ?? "")
            guard max(by.utf8.count, note.utf8.count) <= DeliveryReceipt.limit else {
                throw Refusal("Keep --by and --note to \(DeliveryReceipt.limit) bytes each.")
            }
            let receipt = DeliveryReceipt(
                slug: slug, day: day, target: to, result: result, hash: delivery.hash, by: by,
                note: note)
            guard !record.receipts.contains(where: { $0.statement == receipt.statement }) else {
                throw Refusal("It is on record already; nothing was changed.")
            }
            return receipt
        }
    }
}

extension DeliveryStatement.What: ExpressibleByArgument {}
extension DeliveryReceipt.Result: ExpressibleByArgument {}

/// Why a table is not shown beside one that was published.
func tooNear(_ former: RegionStatement) -> String {
    """
    Beside the table that was published on \(former.day) this one would show that fewer than \
    \(RegionTable.smallest) people came or went somewhere. Give regions again when more have signed. \
    Nothing was written.
    """
}

/// Why no table of regions is given out beside a delivery whose own was not published.
func unpublished(_ former: DeliveryStatement) -> String {
    """
    The delivery of \(former.day) to \(former.target)\
    \(former.what == .collective ? ", a letter of all, may have had" : " had") a table of regions that was \
    not published. Beside it a second one could show what became of few people. First publish that one, \
    from its zip:
      outcry delivery regions \(former.slug) --in regions.csv --size \(former.size)
    Then freeze again. Nothing was written.
    """
}

/// Where an organisation puts statements about an action on record.
struct StatementDesk {
    let action: ActionRow
    private let content: ActionContent
    private let store: any Store

    /// Throws `Refusal` for an action without a ledger, or one that was stopped.
    init(_ installation: Installation, _ slug: String) async throws {
        let (store, _) = try await installation.open()
        self.store = store
        (action, content) = try await store.read { transaction in
            let action = try find(slug, transaction)
            guard action.state != .stopped else { throw Refusal(explain(.stopped)) }
            guard try transaction.ledger(of: action.id) != nil,
                let version = try transaction.version(action.version, of: action.id)
            else {
                throw Refusal(
                    "\(slug) has no ledger yet: open it, and let the server take a first batch.")
            }
            return (action, try ActionContent(json: version.content))
        }
    }

    func requireTarget(_ target: String) throws {
        guard !content.targets.contains(where: { $0.id == target }) else { return }
        let known = content.targets.map(\.id).joined(separator: ", ")
        throw Refusal("\(action.slug) has no target \(target). There are: \(known).")
    }

    /// The size and the number that the ledger has there; today's if none are given. Throws
    /// `Refusal` for a number that the ledger did not have.
    func checked(size: Int?, number: Int?) async throws -> (size: Int, number: Int) {
        let id = action.id
        return try await store.read { transaction in
            guard let ledger = try transaction.ledger(of: id) else {
                throw StorageError.unexpectedRow(column: "ledger")
            }
            guard let size, let number else { return (ledger.size, ledger.number) }
            guard (1...ledger.size).contains(size) else {
                throw Refusal("--size is not of this ledger, which has \(ledger.size) entries.")
            }
            let counted = try recount(size, of: id, in: transaction).counted
            guard counted == number else {
                throw Refusal(
                    """
                    The first \(size) entries of the ledger count \(counted) signatures, not \(number). \
                    Nothing was changed.
                    """)
            }
            return (size, number)
        }
    }

    /// How many signatures that the first `size` entries count are not counted any more, or will not
    /// be with the ledger's next batch.
    func left(since size: Int) async throws -> Int {
        let id = action.id
        return try await store.read { transaction in
            guard let ledger = try transaction.ledger(of: id) else { return 0 }
            let then = try recount(size, of: id, in: transaction)
            let now = try recount(ledger.size, of: id, in: transaction)
            let counted = (0..<size).filter { then.signature(at: $0) == .counted }
            var left = Set(counted.filter { now.signature(at: $0) != .counted })
            let ends: Set<LedgerEntry.Kind> = [.withdraw, .removedOnRequest, .setAside]
            let waiting = try transaction.queued(of: id).filter { ends.contains($0.entry.kind) }
            for index in try waiting.compactMap({
                try $0.record.flatMap { try transaction.ledgerIndex(of: $0) }
            }) where then.signature(at: index) == .counted {
                left.insert(index)
            }
            return left.count
        }
    }

    /// What was said of deliveries before, in the ledger or waiting for it.
    func record() async throws -> DeliveryRecord {
        let id = action.id
        return try await store.read { transaction in
            let waiting = try transaction.queued(of: id).filter { $0.statement != nil }
                .sorted { ($0.position ?? 0) < ($1.position ?? 0) }
                .map { (index: Int.max, text: $0.statement ?? "") }
            return DeliveryRecord(try transaction.ledgerStatements(of: id) + waiting)
        }
    }

    func queue(_ statement: String, count: Int) async throws {
        let id = action.id
        let entry = LedgerEntry(
            .statement, a: digest(Array(statement.utf8)), b: LedgerEntry.number(UInt64(count)))
        try await store.write { try $0.queueStatement(entry, statement: statement, of: id) }
        say("It stands in the ledger with its next batch. The statement:")
        print(statement, terminator: "")
    }
}

/// Reads `code,signatures,...` line by line. Throws `Refusal` for a table that shows too much.
func readRegions(_ path: String) throws -> RegionTable {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
        throw Refusal("\(path) cannot be read.")
    }
    let rows = text.split(whereSeparator: \.isNewline).dropFirst().map { line in
        line.split(separator: ",", maxSplits: 2).prefix(2).map {
            String($0.filter { $0 != "\"" })
        }
    }
    guard let table = RegionTable(rows: rows) else {
        throw Refusal(
            """
            \(path) is no table of regions that may be shown: each line after the first has a code of \
            UN M49 or "\(RegionTable.otherCode)" and a count of \(RegionTable.smallest) or more. Give \
            the regions.csv of outcry deliver.
            """)
    }
    return table
}
