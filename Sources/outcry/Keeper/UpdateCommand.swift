import ArgumentParser
import Domain
import Foundation
import Languages
import Mail
import Sealing
import Unsealing

struct UpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Write to those who asked how it ends; run on the keeper's computer.",
        subcommands: [Send.self, Forget.self])

    struct Send: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Send one message to all who asked, each once, each in their language.",
            discussion: """
                Addresses are in memory only, for as long as this runs. The journal names nobody; with \
                it a run that was cut off goes on where it was. Docs/updating.md has the whole way.
                """)

        @OptionGroup var keys: KeeperKeys
        @Option(name: .customLong("in"), help: "A fresh export: outcry export.")
        var input: String
        @Option(help: "A folder with en.md, az.md ..., each with a subject; or one such file.")
        var message: String
        @Option(help: "The relay, smtp://HOST:PORT (or OUTCRY_SMTP_URL, OUTCRY_SMTP_URL_FILE).")
        var smtp: String?
        @Option(help: "The address that the mails come from.") var from: String
        @Option(help: "What was sent, for going on after a cut; one file for each message.")
        var journal: String
        @Option(help: "Your secret for the links that end these mails; made if it is not there.")
        var secret: String
        @Option(help: "Mails a minute.") var rate = 60
        @Flag(help: "Say how many would get which text, and stop.") var dryRun = false
        @Option(help: "Send, if it is exactly so many people.") var yes: Int?
        @Option(help: "Send every text to this address, and to nobody else.") var toMe: String?
        @Flag(help: "Take an export that is older than a day: who left since is written to.")
        var oldExport = false
        @Flag(help: "Make a secret though some have used links: this is the first message.")
        var newSecret = false
        @Option(
            help: .init("Seconds until what was put off is tried again.", visibility: .hidden))
        var patience = 60.0

        func validate() throws {
            guard (1...6_000).contains(rate) else {
                throw ValidationError("--rate is a number of mails a minute, from 1 to 6000.")
            }
            guard (try? EmailAddress(from)) != nil else {
                throw ValidationError("--from is no mail address.")
            }
        }

        func run() async throws {
            forbidDumps()
            let reader = try ExportReader(path: input)
            let message = try UpdateMessage(path: message, first: reader.head.languages?.first)
            let writer = try UpdateWriter(head: reader.head, message: message, from: from)
            if let toMe { return try await sendTest(to: toMe, message, writer) }
            try requireFresh(reader.head)
            let records = try read(reader)
            let keeper = UpdateKeeper(secret: secret, journal: journal, mayMake: newSecret)
            let secret = try keeper.readSecret(
                isRehearsal: dryRun, unsubscribed: reader.unsubscribed.count)
            let journal = try keeper.openJournal(
                secret.journalHead(action: reader.action, message: message.bytes),
                isRehearsal: dryRun)
            let list = UpdateList(
                records, secret: secret, unsubscribed: reader.unsubscribed,
                isDone: { journal?.isDone(secret.journalName(of: $0)) ?? false })
            report(list, message, failures: reader.failures)
            guard !dryRun, let journal, !list.people.isEmpty else { return }
            try confirm(list.people.count)
            let relay = try relay()
            var run = UpdateRun(
                journal: journal, secret: secret, rate: rate, patience: patience,
                mail: {
                    writer.mail(to: $0.address, in: $0.language, secret.token(for: $0.record))
                },
                handOver: { await relay.handOver($0) })
            let left = try await run.run(list.people)
            try finish(run, left: left)
        }

        private func read(_ reader: ExportReader) throws -> UpdateList.Records {
            var records = UpdateList.Records()
            try reader.readAll(try keys.opener()) { records.add($0.id, $0.pledge) }
            guard reader.isWhole else {
                throw Refusal("\(input) is damaged, as said above. Export it again.")
            }
            guard reader.opened > 0 || reader.failures == 0 else {
                throw Refusal("No record opened. Give the book that has key \(reader.head.key).")
            }
            return records
        }

        /// Addresses that left since are not in an old export.
        private func requireFresh(_ head: ExportFile.Head) throws {
            let age = head.exported.flatMap { ISO8601DateFormatter().date(from: $0) }
                .map { -$0.timeIntervalSinceNow }
            guard !oldExport, age.map({ $0 > 86_400 || $0 < -3_600 }) ?? true else { return }
            throw Refusal(
                """
                \(input) is not of the last 24 hours: whoever ended these mails since would get one. \
                Export anew on the server (outcry export), or give --old-export.
                """)
        }

        /// How many get which text, on standard output; then who does not, and why.
        private func report(_ list: UpdateList, _ message: UpdateMessage, failures: Int) {
            let languages = Dictionary(grouping: list.people, by: \.language)
            for (language, people) in languages.sorted(by: { $0.key < $1.key }) {
                let text = message.shown(in: language)
                print(
                    "\(visible(language))\t\(people.count)\t\(text.language)\t\(text.text.subject)")
            }
            let counts = list.counts
            print("all\t\(counts.left)")
            say(
                """
                \(counts.left) to write to; \(counts.done) had their turn, \(counts.unsubscribed) ended \
                these mails, \(counts.silent) did not ask, \(counts.duplicates) are second records of \
                a mailbox, \(counts.unusable) have no usable address, \(failures) could not be opened.
                """)
        }

        private func confirm(_ count: Int) throws {
            if let yes {
                guard yes == count else {
                    throw Refusal("It is \(count) people, not \(yes). Nothing was sent.")
                }
                return
            }
            guard isatty(0) == 1 else {
                throw Refusal("To send, give --yes \(count). Nothing was sent.")
            }
            say("To send to \(count) people, type that number:")
            guard readLine().flatMap({ Int($0.trimmed) }) == count else {
                throw Refusal("Nothing was sent.")
            }
        }

        private func relay() throws -> SMTPRelay {
            if let smtp, URLComponents(string: smtp)?.password != nil {
                throw Refusal(
                    "A password on the command line is seen by all. Use OUTCRY_SMTP_URL_FILE.")
            }
            let source = try SettingsSource(
                environment: ProcessInfo.processInfo.environment, known: Settings.names)
            guard let url = try source.value("OUTCRY_SMTP_URL", flag: smtp, isSecret: true) else {
                throw Refusal("No relay. Give --smtp smtp://HOST:PORT or set OUTCRY_SMTP_URL.")
            }
            do {
                return try SMTPRelay(url: url, from: from, name: "")
            } catch {
                throw Refusal("That is no relay; write smtp://HOST:PORT or smtps://HOST.")
            }
        }

        private func sendTest(
            to typed: String, _ message: UpdateMessage, _ writer: UpdateWriter
        ) async throws {
            guard let address = try? EmailAddress(typed), let secret = UpdateSecret(randomBytes(32))
            else { throw Refusal("--to-me is no mail address.") }
            let relay = try relay()
            for language in message.texts.keys.sorted() {
                let mail = writer.mail(to: address, in: language, secret.token(for: .random()))
                guard await relay.handOver(mail) == .accepted else {
                    throw Refusal("The relay did not take the text in \(language).")
                }
            }
            say("\(message.texts.count) test mails sent. Their links work, and end nothing.")
        }

        private func finish(_ run: UpdateRun, left: Int) throws {
            say(
                """
                \(run.sent) sent, \(run.deferred) deferred, \(run.refused) refused, \
                \(run.unknown) cut off after the text and not sent again, \(left) left.
                """)
            guard left > 0 else {
                return say("When nobody is to be written to any more: outcry update forget")
            }
            say("\(run.obstacle.map { $0 + " " } ?? "")Run the same again for those that are left.")
            throw ExitCode(2)
        }
    }

    struct Forget: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase a journal; then the same message could be sent once more.")

        @Option(help: "The journal.") var journal: String

        func run() throws {
            do {
                try UpdateJournal.erase(URL(filePath: journal))
            } catch let error as UpdateJournalError {
                throw Refusal(explain(error, journal))
            }
            say("\(journal) is erased. Keep the secret: links that were sent belong to it.")
        }
    }
}

/// Makes the mails of one message.
struct UpdateWriter {
    private let message: UpdateMessage
    private let footer: UpdateFooter
    private let origin: String
    private let name: String
    private let from: String

    /// Throws `Refusal` for an export without an address for links.
    init(head: ExportFile.Head, message: UpdateMessage, from: String) throws {
        guard let origin = head.origin, origin.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else {
            throw Refusal(
                "The export does not say where links lead. Export it anew: outcry export.")
        }
        self.origin = try checkedOrigin(origin)
        self.message = message
        self.from = try EmailAddress(from).text
        name = head.organisation.singleLine
        footer = UpdateFooter(languages: try Languages(), head: head)
    }

    func mail(to address: EmailAddress, in language: String, _ token: UpdateToken) -> OutgoingMail {
        let link = "\(origin)/u/\(token.link)"
        let text = message.shown(in: language).text
        return UpdateMail(
            to: address, subject: text.subject,
            text: text.text + footer.text(language: language, link: link), link: link
        ).outgoing(from: from, name: name, date: Date())
    }
}

/// The two files that a keeper has for updates.
struct UpdateKeeper {
    let secret: String
    let journal: String
    /// Whether a secret may be made though links were used.
    let mayMake: Bool

    /// Throws `Refusal`. A rehearsal makes no file.
    func readSecret(isRehearsal: Bool, unsubscribed: Int) throws -> UpdateSecret {
        let file = URL(filePath: secret)
        if let bytes = FileManager.default.contents(atPath: secret) {
            guard let secret = UpdateSecret(Array(bytes)) else {
                throw Refusal("\(secret) does not hold 32 bytes. Use your copy of it.")
            }
            return secret
        }
        guard !FileManager.default.fileExists(atPath: journal) else {
            throw Refusal(
                "\(secret) is missing, and \(journal) belongs to it. Use your copy of it.")
        }
        guard unsubscribed == 0 || mayMake else {
            throw Refusal(
                """
                \(unsubscribed) have used a link to end these mails, and without the secret that made \
                them nobody can tell who: find \(secret). If this is the first message ever, the links \
                are not yours: give --new-secret.
                """)
        }
        let bytes = randomBytes(32)
        guard let secret = UpdateSecret(bytes) else { throw Refusal("No random bytes.") }
        if !isRehearsal {
            try writePrivate(Data(bytes), to: file)
            say("\(file.path) is new. Keep it, with a copy: the next message needs it.")
        }
        return secret
    }

    /// Nil in a rehearsal where there is none yet. Throws `Refusal`.
    func openJournal(_ head: [UInt8], isRehearsal: Bool) throws -> UpdateJournal? {
        guard !isRehearsal || FileManager.default.fileExists(atPath: journal) else { return nil }
        do {
            return try UpdateJournal(URL(filePath: journal), head: head)
        } catch let error as UpdateJournalError {
            throw Refusal(explain(error, journal))
        }
    }
}

private func explain(_ error: UpdateJournalError, _ path: String) -> String {
    switch error {
    case .unusable: "\(path) cannot be written, or is no journal. Give --journal another file."
    case .inUse: "Another run uses \(path). Let it end, or stop it first."
    case .ofAnother:
        "\(path) is about another message, action or secret. Give --journal a new file for each message."
    case .damaged(let line):
        "\(path) is damaged at line \(line), so nobody can tell who had their turn. Use a copy of it."
    }
}
