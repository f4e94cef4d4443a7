import ArgumentParser
import Foundation
import Ledger
import Unsealing

struct LedgerVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute an action's number from its public ledger.",
        discussion: """
            Ends with 0 if all is well, 1 if the ledger does not verify, 2 if it could not be read.
            """)

    @Argument(help: "The log's address, that of the action's page, or the folder of a copy.")
    var log: String
    @Option(help: "The log's key, as you got it from somewhere else than the log.")
    var vkey: String?
    @Option(
        help:
            "A checkpoint kept from before, which must be the beginning of this log; may be repeated."
    )
    var older: [String] = []
    @Option(help: "A policy file: which witnesses must have signed.") var policy: String?
    @Option(help: "A receipt to check against the log.") var receipt: String?
    @Flag(help: "As JSON.") var json = false

    func validate() throws {
        guard vkey == nil || givenKey != nil else {
            throw ValidationError(
                "--vkey is no key of a log. Give the whole text: <name>+<8 digits>+<base64>.")
        }
    }

    private var givenKey: NoteKey? {
        vkey.flatMap { NoteKey($0) }.flatMap { $0.kind == .log ? $0 : nil }
    }

    func run() async throws {
        let report = await report()
        if json {
            try printJSON(report)
        } else {
            for line in report.sentences { print(visible(line)) }
        }
        if report.code != 0 { throw ExitCode(report.code) }
    }

    private func report() async -> LedgerReport {
        do {
            let verification = LedgerVerification(
                source: try LedgerSource(log), key: givenKey,
                policy: try policy.map(readPolicy), older: older, receipt: receipt)
            return try await verification.run()
        } catch let problem as LedgerProblem {
            return LedgerReport(problems: [problem])
        } catch {
            return LedgerReport(unread: "\(error)")
        }
    }

    private func readPolicy(_ path: String) throws -> WitnessPolicy {
        let bytes = try LedgerSource.read(URL(filePath: path), named: path, atMost: 1 << 18)
        do {
            return try WitnessPolicy(bytes)
        } catch {
            throw Refusal("\(path) \(error)")
        }
    }
}
