import ArgumentParser
import Domain
import Foundation
import Sealing
import Storage

/// Signatures on paper: a number of its own in the ledger, never added to the other.
struct PaperCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paper",
        abstract:
            "Say in the ledger how many signed on paper; without a number, list what was said.",
        discussion: """
            The batch, its day and the note stand in the public ledger for ever. A batch that was \
            wrong is taken back as a whole with --take-back and its entry, and counted anew.
            """)

    @OptionGroup var installation: Installation
    @Argument(help: "The action.") var slug: String
    @Option(help: "How many signatures were counted by hand.") var count: Int?
    @Option(help: "The day on which they were counted, such as 2017-09-22 (default: today).")
    var on: String?
    @Option(help: "A remark that everybody may read, at most 200 bytes.") var note: String?
    @Option(help: "The entry of a batch that was wrong.") var takeBack: Int?
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
        guard count == nil || takeBack == nil else {
            throw Refusal("Give --count or --take-back, not both.")
        }
        let (store, organisation) = try await installation.open()
        if let count {
            try await add(count, organisation, store)
        } else if let takeBack {
            try await takeBackBatch(takeBack, store)
        } else {
            guard on == nil, note == nil else {
                throw Refusal("Say with --count how many signatures there are.")
            }
            try await list(store)
        }
    }

    private func add(
        _ count: Int, _ organisation: Organisation, _ store: any Store
    ) async throws {
        guard count > 0 else {
            throw Refusal(
                """
                A batch has at least one signature. To take one back, give --take-back and its \
                entry, as outcry action paper \(slug) lists it.
                """)
        }
        guard let number = UInt32(exactly: count), count <= PaperBatch.most else {
            throw Refusal(
                "\(count) at once cannot be meant. Give at most \(PaperBatch.most) in one batch.")
        }
        let batch = PaperBatch(
            slug: slug, count: count, day: try day(), by: organisation.name, note: try remark())
        try await queue(batch.statement, .counted(number), store)
        try report(batch, entry: nil, isTakenBack: false)
        say("\(count) on paper will stand in the ledger within a minute.")
    }

    private func takeBackBatch(_ index: Int, _ store: any Store) async throws {
        let slug = slug
        let said = try await store.read { try paper(of: find(slug, $0), in: $0) }
        guard let line = said.first(where: { $0.index == index }) else {
            let known = said.filter { !$0.isTakenBack }.map { "\($0.index)" }
            throw Refusal(
                known.isEmpty
                    ? "\(slug) has no batch in its ledger."
                    : """
                    Entry \(index) of \(slug) is no batch on paper. There are: \
                    \(known.joined(separator: ", ")).
                    """)
        }
        guard !line.isTakenBack else {
            throw Refusal("The batch of entry \(index) was taken back already.")
        }
        let statement = line.batch.takenBack(index: index, on: try day(), note: try remark())
        try await queue(statement, .takenBack(batch: index), store)
        try report(line.batch, entry: index, isTakenBack: true)
        say("\(line.batch.count) on paper are taken back within a minute.")
    }

    private func queue(
        _ statement: String, _ paper: LedgerEntry.Paper, _ store: any Store
    ) async throws {
        let slug = slug
        try await store.write { transaction in
            let action = try find(slug, transaction)
            guard action.state != .draft, action.state != .stopped else {
                throw Refusal(
                    action.state == .draft
                        ? "\(slug) was never opened and has no ledger. Open it first."
                        : "\(slug) was stopped: nothing is counted for it any more.")
            }
            try transaction.queueStatement(
                LedgerEntry(.paper, a: digest(Array(statement.utf8)), b: paper.bytes),
                statement: statement, of: action.id)
        }
    }

    private func day() throws -> Day {
        let today = moment().day
        guard let on else { return today }
        guard let day = Day(on), day <= today, day >= Day(year: 1900, month: 1, day: 1) else {
            throw Refusal("Give --on as a day that has come, such as \(today).")
        }
        return day
    }

    private func remark() throws -> String {
        let note = note ?? ""
        // What only looks different is put right; what could pass for another line is refused.
        guard note.singleLine == note.nfc.trimmed, note.utf8.count <= PaperBatch.noteLimit else {
            throw Refusal(
                """
                Give --note as one line of at most \(PaperBatch.noteLimit) bytes without control \
                characters: it stands in the ledger for ever.
                """)
        }
        return note.singleLine
    }

    // MARK: What was said

    private struct Line: Encodable {
        let entry: Int?
        let count: Int
        let on: String
        let by: String
        let note: String
        let takenBack: Bool
    }

    private func list(_ store: any Store) async throws {
        let slug = slug
        let said = try await store.read { try paper(of: find(slug, $0), in: $0) }
        if json {
            return try printJSON(
                said.map { line(of: $0.batch, entry: $0.index, isTakenBack: $0.isTakenBack) })
        }
        for (index, batch, isTakenBack) in said {
            let end = isTakenBack ? "\ttaken back" : ""
            print("entry \(index)\t\(batch.count)\t\(batch.day)\t\(batch.note)\(end)")
        }
        let sum = said.filter { !$0.isTakenBack }.reduce(0) { $0 + $1.batch.count }
        say("\(sum) on paper, which are not in the number.")
    }

    private func report(_ batch: PaperBatch, entry: Int?, isTakenBack: Bool) throws {
        guard json else { return }
        try printJSON(line(of: batch, entry: entry, isTakenBack: isTakenBack))
    }

    private func line(of batch: PaperBatch, entry: Int?, isTakenBack: Bool) -> Line {
        Line(
            entry: entry, count: batch.count, on: "\(batch.day)", by: batch.by, note: batch.note,
            takenBack: isTakenBack)
    }

    private func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// The batches that stand in an action's ledger, and whether they were taken back.
private func paper(
    of action: ActionRow, in transaction: any Transaction
) throws -> [(index: Int, batch: PaperBatch, isTakenBack: Bool)] {
    let said = try transaction.ledgerStatements(of: action.id)
    let back = Set(said.compactMap { PaperBatch.takenBack(by: $0.text) })
    return said.compactMap { index, text in
        PaperBatch(statement: text).map { (index, $0, back.contains(index)) }
    }
}
