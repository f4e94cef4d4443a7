import ArgumentParser
import Authoring
import Domain
import Foundation
import Mail
import Sealing
import Storage
import StorageSQLite
import Unsealing

/// Replies between server and keeper: a line of JSON, a line for each, a line that ends it.
///
/// ```
/// outcry-replies-1 {"action":"<hex>","key":3,"organisation":"...","slug":"...","title":"..."}
/// reply <id, hex> <day> <sealed, base64url>
/// end <how many replies>
/// ```
enum RepliesFile {
    static let format = "outcry-replies-1"

    struct Head: Codable {
        let action: String
        let slug: String
        let title: String
        let organisation: String
        /// The number of the key in the keepers' books.
        let key: Int
    }

    static func line(_ reply: ReplyRow) -> String {
        "reply \(reply.id) \(reply.day) \(reply.sealed.base64URL)\n"
    }
}

struct RepliesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replies",
        abstract: "What targets answered, and supporters handed in.",
        subcommands: [Export.self, Open.self])

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write an action's sealed replies to a file for the keeper; opens nothing.")

        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String
        @Option(help: "The file to write.") var out: String
        @Flag(help: "Erase here what is in the file, once it is on the disk.") var remove = false

        func run() async throws {
            let (store, organisation) = try await installation.open()
            let slug = slug
            let (head, replies) = try await store.read { transaction in
                guard let action = try transaction.action(slug: slug) else {
                    let known = try transaction.actions().map(\.slug)
                    throw Refusal(explain(.noSuchAction(slug: slug, known: known)))
                }
                let version = try transaction.version(action.version, of: action.id)
                let content = try version.map { try ActionContent(json: $0.content) }
                let head = RepliesFile.Head(
                    action: action.id.description, slug: slug,
                    title: content?.translations.first?.title ?? "",
                    organisation: organisation.name, key: action.keyNumber ?? 0)
                return (head, try transaction.replies(of: action.id, after: nil, limit: .max))
            }
            let lines = replies.map(RepliesFile.line).joined()
            let text = "\(RepliesFile.format) \(try headLine(head))\n\(lines)end \(replies.count)\n"
            try writeWhole(text, to: out)
            say("\(replies.count) sealed replies in \(out). Only the keeper's key book opens them.")
            guard remove else { return }
            let ids = replies.map(\.id)
            try await store.write { transaction in
                for id in ids { try transaction.removeReply(id) }
            }
            try await store.emptyLog()
            say("They are erased here: keep the file until the keeper has opened it.")
        }
    }

    struct Open: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Open exported replies with a key book; run on the keeper's computer, offline.")

        @OptionGroup var keys: KeeperKeys
        @Option(name: .customLong("in"), help: "The file that outcry replies export wrote.")
        var input: String
        @Option(help: "The file to write.") var out: String
        @Option(help: "text or json.") var format = Format.text

        enum Format: String, ExpressibleByArgument { case text, json }

        func run() throws {
            forbidDumps()
            let opener = try keys.opener()
            var reader = try RepliesReader(path: input)
            var opened: [OpenedReply] = []
            try reader.readAll(opener) { opened.append($0) }
            let text =
                switch format {
                case .text: opened.map(\.page).joined()
                case .json: "[\n\(try opened.map { try $0.json() }.joined(separator: ",\n"))\n]\n"
                }
            try writeWhole(text, to: out)
            say("\(visible(reader.head.title)): \(opened.count) opened, in \(out).")
            guard reader.failures == 0 else {
                say("\(reader.failures) could not be opened, as said above; the rest is complete.")
                throw ExitCode(2)
            }
        }
    }
}

/// Writes a file that only its owner reads, all of it or nothing.
private func writeWhole(_ text: String, to path: String) throws {
    let draft = URL(filePath: path + ".part")
    defer { unlink(draft.path) }
    try writePrivate(Data(text.utf8), to: draft)
    guard rename(draft.path, path) == 0 else {
        throw Refusal("\(path) cannot be written. Check its folder.")
    }
    synchronizeFolder(of: URL(filePath: path))
}

/// A file of replies on the keeper's computer.
private struct RepliesReader {
    let head: RepliesFile.Head
    private(set) var failures = 0
    private let action: ActionID
    private let lines: LineReader

    /// Throws `Refusal` for a file that holds no replies.
    init(path: String) throws {
        lines = try LineReader(path: path)
        let line = try lines.next() ?? ""
        let format = line.prefix { $0 != " " }
        guard !ExportFile.formats.contains(String(format)) else {
            throw Refusal("\(path) holds signatures. Open it with: outcry open")
        }
        guard format == RepliesFile.format,
            let head = try? JSONDecoder().decode(
                RepliesFile.Head.self, from: Data(line.dropFirst(format.count).utf8)),
            let action = [UInt8](hex: head.action).flatMap({ ActionID($0) })
        else {
            throw Refusal("\(path) holds no replies. Give the file of outcry replies export.")
        }
        self.head = head
        self.action = action
    }

    /// Goes through the file once; what opens is taken, what does not is said and counted.
    mutating func readAll(_ opener: Opener, take: (OpenedReply) -> Void) throws {
        var number = 1
        var (opened, ended) = (0, false)
        while let line = try lines.next() {
            number += 1
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            if parts.first == "end" {
                ended = true
                if parts.dropFirst().first.flatMap({ Int($0) }) != opened + failures {
                    fail("line \(number): replies are missing or were added")
                }
                continue
            }
            guard parts.count == 4, parts[0] == "reply",
                let id = [UInt8](hex: parts[1]).flatMap({ ReplyID($0) }),
                let sealed = [UInt8](base64URL: parts[3])
            else {
                fail("line \(number): damaged")
                continue
            }
            do throws(OpeningError) {
                let reply = try opener.open(sealed, action: action, reply: id)
                opened += 1
                take(OpenedReply(id: id, reply: reply))
            } catch {
                fail("reply \(id): \(explain(error))")
            }
        }
        if !ended { fail("the file ends too early: export it again") }
    }

    private mutating func fail(_ reason: String) {
        failures += 1
        say(reason)
    }
}
