import ArgumentParser
import Domain
import Foundation
import Mail
import Sealing
import Storage
import StorageSQLite

struct LetterBounceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bounce",
        abstract: "Read one report of a failed delivery from standard input.",
        discussion: """
            For the mail system, which gets the reports at OUTCRY_BOUNCE_ADDRESS. A mail that is no \
            report, or not about a letter from here, is passed over: whoever sends it hears nothing.
            """)

    @OptionGroup var installation: Installation
    @Option(help: "The address that the mail came to, with its token, if the mail system tells.")
    var to: String?

    func run() async throws {
        let settings = try installation.settings
        // As much as is ever looked at, and one more to know that there was too much.
        let bytes = try FileHandle.standardInput.read(upToCount: DeliveryReport.limit + 1)
        guard let report = DeliveryReport(Array(bytes ?? Data())) else {
            return say("Passed over: no report of a delivery (RFC 3464).")
        }
        guard let key = try Credentials(settings.credentials).letterKey else {
            throw Refusal(
                "letter-key is missing from the credentials folder; start the server once.")
        }
        let (store, organisation) = try await installation.open()
        let sender = try settings.letterSender(
            organisation, origin: settings.origin ?? organisation.origin)
        let tokens = Set(((to.map { [$0] } ?? []) + report.addresses).compactMap(sender.token))
        let today = moment().day
        let outcome = try await store.write { transaction -> String? in
            let known = try Set(
                transaction.actions().flatMap { try targets(of: $0, transaction) }
                    .flatMap(\.emails).map { $0.lowercased() })
            let mailbox = known.first { tokens.contains(key.bounceToken(for: $0)) }
            return try mailbox.map { try note(report, of: $0, transaction, today) }
        }
        say(outcome ?? "Passed over: it bears no token of an address that letters go to.")
    }
}

/// Takes a report to heart; what was done, in words.
private func note(
    _ report: DeliveryReport, of mailbox: String, _ transaction: any Transaction, _ today: Day
) throws -> String {
    if let failure = report.outcomes.first(where: \.isPermanent) {
        let isNew = try transaction.disableMailbox(
            mailbox, reason: "bounced \(failure.status)", today: today)
        return "\(mailbox) \(isNew ? "is" : "was") disabled (\(failure.status))."
    }
    guard report.outcomes.contains(where: \.isPassing) else {
        return "Passed over: it reports no failure."
    }
    try transaction.noteSoftBounce(mailbox)
    return "\(mailbox) is late; nothing was changed."
}
