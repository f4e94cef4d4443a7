import ArgumentParser
import Domain
import Foundation
import Ledger
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
            try transaction.audit().map { ($0, try auditLedger($0, in: transaction)) }
        }
        for (audit, ledger) in audits {
            findings.add(
                audit.slug, audit.problems + ledger.problems,
                fine: """
                    \(ledger.number) counted in a ledger of \(ledger.size) entries, \
                    \(ledger.ended) taken back, \(ledger.aside) set aside, \
                    \(audit.queuedSigns + audit.queuedRemovals) waiting
                    """)
            findings.actions.append(
                Action(
                    slug: audit.slug, state: audit.state.rawValue, number: ledger.number,
                    records: audit.records, size: ledger.size,
                    waiting: audit.queuedSigns + audit.queuedRemovals))
        }
        return findings
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
