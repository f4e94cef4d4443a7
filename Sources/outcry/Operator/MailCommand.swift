import ArgumentParser
import Domain
import Foundation

struct MailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mail", abstract: "Mailboxes that never want a mail from here.",
        subcommands: [Block.self, Unblock.self])

    struct Block: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send no mail to the addresses on standard input, one a line.")
        @OptionGroup var installation: Installation

        func run() throws { try set(true, installation) }
    }

    struct Unblock: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send mails again to the addresses on standard input, one a line.")
        @OptionGroup var installation: Installation

        func run() throws { try set(false, installation) }
    }
}

/// Addresses come on standard input, so that no shell keeps them.
private func set(_ block: Bool, _ installation: Installation) throws {
    let credentials = try Credentials(installation.settings.credentials)
    var count = 0
    while let line = readLine() {
        guard !line.trimmed.isEmpty else { continue }
        guard let address = try? EmailAddress(line) else {
            throw Refusal("Line \(count + 1) is no mail address; those before it are done.")
        }
        try credentials.setBlocked(block, address.mailbox)
        count += 1
    }
    say("\(count) \(block ? "will get no mail" : "may get mail again").")
}
