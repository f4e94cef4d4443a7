import ArgumentParser
import Authoring
import Domain
import Foundation
import Mail
import Storage
import StorageSQLite

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write an action's sealed records to a file for the keeper; opens nothing.")

    @OptionGroup var installation: Installation
    @Argument(help: "The action.") var slug: String
    @Option(help: "The file to write.") var out: String

    private static let pageSize = 500

    func run() async throws {
        let (store, organisation) = try await installation.open()
        let settings = try installation.settings
        let origin = settings.origin ?? organisation.origin
        let slug = slug
        let now = moment().milliseconds
        let (head, action, total, unsubscribed, isKept) = try await store.read { transaction in
            guard let action = try transaction.action(slug: slug) else {
                let known = try transaction.actions().map(\.slug)
                throw Refusal(explain(.noSuchAction(slug: slug, known: known)))
            }
            let unsubscribed = try transaction.unsubscribed()
            let head = try Self.head(
                of: action, organisation.at(origin), unsubscribed.count, transaction)
            return (
                head, action.id, try transaction.tally()[action.id] ?? 0, unsubscribed,
                action.keepsRecords(nowMilliseconds: now)
            )
        }
        let draft = URL(filePath: out + ".part")
        try writePrivate(Data(), to: draft)
        defer { unlink(draft.path) }
        let file = try FileHandle(forWritingTo: draft)
        try file.write(contentsOf: Data("\(ExportFile.format) \(try headLine(head))\n".utf8))
        var progress = Progress(total: total, what: "records")
        var last: RecordID?
        while true {
            let after = last
            let records = try await store.read {
                try $0.records(of: action, after: after, limit: Self.pageSize)
            }
            guard let final = records.last else { break }
            last = final.id
            try file.write(contentsOf: Data(records.map(ExportFile.line).joined().utf8))
            progress.advance(by: records.count)
        }
        let links = unsubscribed.map(ExportFile.line(unsubscribed:)).joined()
        try file.write(contentsOf: Data("\(links)end \(progress.done)\n".utf8))
        try file.synchronize()
        try file.close()
        guard rename(draft.path, out) == 0 else {
            throw Refusal("\(out) cannot be written. Check its folder.")
        }
        progress.finish()
        if !isKept {
            say("Warning: their time is over, and a server erases them: some may be missing.")
        }
        say("\(progress.done) sealed records in \(out). Only the keeper's key book opens them.")
    }

    private static func head(
        of action: ActionRow, _ organisation: Organisation, _ unsubscribed: Int,
        _ transaction: any Transaction
    ) throws -> ExportFile.Head {
        let version = try transaction.version(action.version, of: action.id)
        let content = try version.map { try ActionContent(json: $0.content) }
        let translations = content?.translations ?? []
        return ExportFile.Head(
            action: action.id.description, slug: action.slug,
            title: translations.first?.title ?? "", organisation: organisation.name,
            key: action.keyNumber ?? 0, exported: ISO8601DateFormatter().string(from: Date()),
            origin: organisation.origin, languages: translations.map(\.language),
            titles: Dictionary(
                translations.map { ($0.language, $0.title) }, uniquingKeysWith: { $1 }),
            kept: action.recordsDue.map { Day(seconds: Double($0) / 1000).description },
            unsubscribed: unsubscribed)
    }
}

/// What follows a format's name on the first line of a file for the keeper.
func headLine(_ head: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(head), as: UTF8.self)
}

/// A line that moves, on anything that takes over two seconds; silent where nobody watches.
struct Progress {
    let total: Int
    let what: String
    private(set) var done = 0
    private let start = Date()
    private var shown = Date()
    private let isWatched = isatty(2) == 1

    init(total: Int, what: String) {
        self.total = total
        self.what = what
    }

    mutating func advance(by count: Int = 1) {
        done += count
        let now = Date()
        guard isWatched, now.timeIntervalSince(start) > 2, now.timeIntervalSince(shown) > 0.5
        else { return }
        shown = now
        let rate = Double(done) / now.timeIntervalSince(start)
        let left = Int(Double(max(0, total - done)) / max(rate, 0.001))
        FileHandle.standardError.write(
            Data("\r\(done) of \(total) \(what), \(Int(rate)) a second, \(left) s left   ".utf8))
    }

    func finish() {
        guard isWatched, Date().timeIntervalSince(start) > 2 else { return }
        say("")
    }
}
