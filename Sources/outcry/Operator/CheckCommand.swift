import ArgumentParser
import Domain
import Foundation
import Ledger
import Sealing
import Storage
import StorageSQLite

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Recount everything, and say what does not add up; beside a running server.")

    @OptionGroup var installation: Installation
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
        let findings = try await Findings.of(installation)
        if json {
            try printJSON(findings)
        } else {
            for check in findings.checks {
                print("\(check.ok ? "ok  " : "FAIL") \(check.name): \(check.detail)")
            }
        }
        if !findings.ok { throw ExitCode(1) }
    }
}

/// What a recount has found.
struct Findings: Encodable {
    var checks: [Check] = []
    var actions: [Action] = []
    var ok = true

    struct Check: Encodable {
        let name: String
        let ok: Bool
        let detail: String
    }

    struct Action: Encodable {
        let slug: String
        let state: String
        /// The public number: what the ledger says.
        let number: Int
        let records: Int
        /// Entries of the ledger, and those that wait for their place in it.
        let size: Int
        let waiting: Int
        /// Replies that were handed in.
        let replies: Int
    }

    mutating func add(_ name: String, _ problems: [String], fine: String) {
        checks.append(
            Check(
                name: name, ok: problems.isEmpty,
                detail: problems.isEmpty ? fine : problems.joined(separator: "; ")))
        ok = ok && problems.isEmpty
    }

    static func of(_ installation: Installation) async throws -> Findings {
        let settings = try installation.settings
        let folder = DataFolder(settings: settings)
        let (store, _) = try await folder.open()
        var findings = try await of(store)
        findings.add(
            "keys", keyProblems(settings, findings, try await keys(store)), fine: "in place")
        let letters = try await letters(store, settings)
        findings.add("letters", letters.problems, fine: letters.fine)
        do {
            try folder.refusePrivateKeys()
            findings.add("private keys", [], fine: "none on this machine")
        } catch let refusal as Refusal {
            findings.add("private keys", [refusal.description], fine: "")
        }
        return findings
    }

    /// What the database alone can say.
    static func of(_ store: SQLiteStore) async throws -> Findings {
        var findings = Findings()
        findings.add("database", try await store.damages(), fine: "every page can be read")
        let audits = try await store.read { transaction in
            try transaction.audit().map {
                ($0, try auditLedger($0, in: transaction), try replies(to: $0.id, transaction))
            }
        }
        for (audit, ledger, replies) in audits {
            findings.add(
                audit.slug, audit.problems + ledger.problems + replies.problems,
                fine: """
                    \(ledger.number) counted in a ledger of \(ledger.size) entries, \
                    \(ledger.ended) taken back, \(ledger.aside) set aside, \
                    \(audit.queuedSigns + audit.queuedRemovals) waiting, \(replies.count) replies
                    """)
            findings.actions.append(
                Action(
                    slug: audit.slug, state: audit.state.rawValue, number: ledger.number,
                    records: audit.records, size: ledger.size,
                    waiting: audit.queuedSigns + audit.queuedRemovals, replies: replies.count))
        }
        let links = try await store.read { try $0.unsubscribedCount() }
        findings.add("used links", [], fine: "\(links) that ended updates")
        return findings
    }

    private static func replies(
        to action: ActionID, _ transaction: any Transaction
    ) throws -> (count: Int, problems: [String]) {
        let sizes = try transaction.replySizes(of: action)
        return (
            try transaction.replyCount(of: action),
            sizes > 1 ? ["sealed replies have \(sizes) sizes, which tells them apart"] : []
        )
    }

    /// Whether what waits can be opened and has somewhere to go.
    private static func letters(
        _ store: SQLiteStore, _ settings: Settings
    ) async throws -> (problems: [String], fine: String) {
        let (totals, any, stuck) = try await store.read { transaction in
            let stuck = try transaction.letterQueues().filter { queue in
                guard let action = try transaction.action(queue.action), action.state == .open
                else { return false }
                let emails =
                    try targets(of: action, transaction)
                    .first { $0.id == queue.target }?.emails ?? []
                return try emails.allSatisfy { try transaction.targetMailbox($0).isDisabled }
            }
            return (
                try transaction.letterTotals(), try transaction.anyLetter(), stuck.map(\.target)
            )
        }
        var problems = stuck.map { "the letters to \($0) wait: no address of it takes mail" }
        if let any {
            let key = try? Credentials(settings.credentials).letterKey
            if key?.open(any.sealed, of: any.action) == nil {
                problems.append("letter-key, which opens the letters that wait, is missing")
            }
        }
        return (problems, "\(totals.waiting) wait, \(totals.done[.sent] ?? 0) were sent")
    }

    private static func keys(_ store: SQLiteStore) async throws -> [(slug: String, number: Int)] {
        try await store.read { try $0.actions() }.compactMap { action in
            guard action.state == .open || action.state == .paused else { return nil }
            return action.keyNumber.map { (action.slug, $0) }
        }
    }

    private static func keyProblems(
        _ settings: Settings, _ findings: Findings, _ keys: [(slug: String, number: Int)]
    ) -> [String] {
        guard let credentials = try? Credentials(settings.credentials) else {
            return ["the credentials folder \(settings.credentials.path) is missing or incomplete"]
        }
        return keys.filter { credentials.dedupeKey($0.number) == nil }
            .map { "dedupe-\($0.number), the key of \($0.slug), is missing" }
    }
}
