import ArgumentParser
import Domain
import Foundation
import Languages
import Mail
import Storage
import StorageSQLite
import Web

struct LettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "letters", abstract: "The letters that this server sends to targets.",
        subcommands: [
            LetterStatusCommand.self, LetterBounceCommand.self, Enable.self, Test.self,
            Forget.self,
        ])

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send letters to an address of a target again.")
        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String
        @Argument(help: "The address.") var address: String

        func run() async throws {
            let (store, _) = try await installation.open()
            let (slug, address) = (slug, address)
            let isNew = try await store.write { transaction in
                let known = try targets(of: find(slug, transaction), transaction)
                    .flatMap(\.emails)
                guard known.contains(where: { $0.lowercased() == address.lowercased() }) else {
                    throw Refusal(
                        """
                        No target of \(slug) has this address. There are: \
                        \(known.isEmpty ? "none" : known.joined(separator: ", ")).
                        """)
                }
                return try transaction.enableMailbox(address)
            }
            say(isNew ? "Letters go to \(address) again." : "\(address) was not disabled.")
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send the model letter to yourself, as a target would get it.")
        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String
        @Option(help: "Your own address.") var to: String
        @Option(help: "The target, by its id (default: the first).") var target: String?
        @Option(help: "The language (default: the target's).") var language: String?

        func run() async throws {
            let settings = try installation.settings
            guard let url = settings.smtpURL else {
                throw Refusal("OUTCRY_SMTP_URL is not set: there is no relay to send through.")
            }
            let address = try EmailAddress(to)
            let (store, organisation) = try await installation.open()
            let slug = slug
            let content = try await store.read { transaction in
                try outcry.content(of: find(slug, transaction), transaction)
            }
            let sender = try settings.letterSender(
                organisation, origin: settings.origin ?? organisation.origin)
            let letter = try letter(content)
            let relay = try SMTPRelay(url: url, from: sender.address, name: sender.name)
            let answer = await relay.send(
                LetterMail(
                    id: .random(), to: address.text, sender: sender, bounces: sender.address,
                    letter: letter,
                    footer: LetterPost.footer(letter, sender, try Languages())))
            guard answer == .accepted else {
                throw Refusal("The relay did not take it (\(answer)); its own log says why.")
            }
            say("The relay has taken it; look whether it arrives, and how.")
        }

        private func letter(_ content: ActionContent) throws -> Letter {
            guard
                let target = target.map({ id in content.targets.first { $0.id == id } })
                    ?? content.targets.first
            else {
                throw Refusal(
                    """
                    There is no such target. There are: \
                    \(content.targets.map(\.id).joined(separator: ", ")).
                    """)
            }
            return modelLetter(
                content, to: target, language: language ?? target.language, name: "N. N.",
                languages: try Languages())
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete the letters that wait, of all actions: their key is lost for good.")
        @OptionGroup var installation: Installation
        @Flag(help: "Do it; without this they are only counted.") var yes = false

        func run() async throws {
            let (store, _) = try await installation.open()
            guard yes else {
                let waiting = try await store.read { try $0.letterTotals().waiting }
                return say("\(waiting) letters would be deleted unsent. Do it with --yes.")
            }
            let count = try await store.write { try $0.dropAllLetters() }
            say("\(count) letters were deleted unsent, and are counted as dropped.")
        }
    }
}

/// The text of an action as it stands.
func content(of action: ActionRow, _ transaction: any Transaction) throws -> ActionContent {
    guard let version = try transaction.version(action.version, of: action.id) else {
        throw StorageError.unexpectedRow(column: "version")
    }
    return try ActionContent(json: version.content)
}

func targets(of action: ActionRow, _ transaction: any Transaction) throws -> [Target] {
    try content(of: action, transaction).targets
}
