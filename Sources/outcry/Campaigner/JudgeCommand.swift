import ArgumentParser
import Domain
import Foundation
import Sealing
import Storage
import StorageSQLite

struct SetAsideCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-aside",
        abstract: "Take signatures that bear a flag out of the number, in public.")

    @OptionGroup var selection: JudgedSelection

    func run() async throws { try await selection.judge(.setAside) }
}

struct ReadmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "readmit", abstract: "Take signatures that were set aside in again.")

    @OptionGroup var selection: JudgedSelection

    func run() async throws { try await selection.judge(.readmit) }
}

/// Which signatures, and why.
struct JudgedSelection: ParsableArguments {
    @OptionGroup var installation: Installation
    @Argument(help: "The action.") var slug: String
    @Option(help: "What they bear: honeypot or disposable.") var flag: Flag
    @Option(help: "The first day on which they were counted, such as 2017-09-22.")
    var from: String?
    @Option(help: "The last day.") var to: String?
    @Option(help: "Why, in words that everybody may read: they stand in the ledger for ever.")
    var why: String
    @ArgumentParser.Flag(help: "Do it; without this they are only counted.") var yes = false
    @ArgumentParser.Flag(help: "Only count them, which is what happens without --yes.")
    var dryRun = false

    enum Flag: String, ExpressibleByArgument {
        case honeypot, disposable

        var value: SignatureFlags { self == .honeypot ? .honeypot : .disposable }
    }

    func judge(_ kind: LedgerEntry.Kind) async throws {
        let reason = why.singleLine
        guard !reason.isEmpty, reason.utf8.count <= 500 else {
            throw Refusal("Say why with --why, in at most 500 bytes.")
        }
        let selected = JudgedSignatures(flag: flag.value, days: try days())
        let (store, _) = try await installation.open()
        let (slug, isReal) = (slug, yes && !dryRun)
        let found = try await store.read {
            try $0.judgedByDay(kind, selected, of: find(slug, $0).id)
        }
        let verb = kind == .setAside ? "set aside" : "readmitted"
        for (day, count) in found { print("\(day)\t\(count)") }
        guard isReal else {
            let sum = found.reduce(0) { $0 + $1.count }
            return say("\(sum) signatures would be \(verb). Nothing was changed; do it with --yes.")
        }
        let statement = statement(kind, reason)
        let count = try await store.write { transaction in
            try transaction.judge(
                kind, selected, of: find(slug, transaction).id, statement: statement,
                digest: { digest($0) })
        }
        say("\(count) signatures were \(verb); the number follows within a minute.")
    }

    private func days() throws -> ClosedRange<Day>? {
        guard from != nil || to != nil else { return nil }
        guard let first = Day(from ?? "1970-01-01"), let last = Day(to ?? "9999-12-31"),
            first <= last
        else {
            throw Refusal("Give days as 2017-09-22, and --to no earlier than --from.")
        }
        return first...last
    }

    private func statement(_ kind: LedgerEntry.Kind, _ reason: String) -> String {
        """
        outcry \(kind == .setAside ? "set aside" : "readmit") 1
        \(slug)
        \(flag.rawValue)
        \(from ?? "first day") to \(to ?? "last day")
        \(moment().day)
        \(reason)

        """
    }
}
