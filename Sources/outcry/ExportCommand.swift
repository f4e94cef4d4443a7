import ArgumentParser
import Authoring
import Domain
import Foundation
import Mail
import Sealing
import Storage
import StorageSQLite
import Unsealing

/// The file between server and keeper: a line of JSON, a line for each record, a line that ends it.
///
/// ```
/// outcry-export-1 {"action":"<hex>","key":3,"organisation":"...","slug":"...","title":"..."}
/// record <id, hex> <day> <flags> <leaf, hex> <sealed, base64url>
/// end <how many records>
/// ```
enum ExportFile {
    static let format = "outcry-export-1"

    struct Head: Codable {
        let action: String
        let slug: String
        let title: String
        let organisation: String
        /// The number of the key in the keepers' books.
        let key: Int
    }

    static func line(_ record: RecordRow) -> String {
        let flags = String(record.flags.rawValue)
        return
            "record \(record.id) \(record.day) \(flags) \(record.leaf.hex) \(record.sealed.base64URL)\n"
    }
}

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
        let slug = slug
        let (action, content, total) = try await store.read { transaction in
            guard let action = try transaction.action(slug: slug) else {
                let known = try transaction.actions().map(\.slug)
                throw Refusal(explain(.noSuchAction(slug: slug, known: known)))
            }
            let version = try transaction.version(action.version, of: action.id)
            let content = try version.map { try ActionContent(json: $0.content) }
            return (action, content, try transaction.tally()[action.id] ?? 0)
        }
        let head = ExportFile.Head(
            action: action.id.description, slug: slug,
            title: content?.translations.first?.title ?? "", organisation: organisation.name,
            key: action.keyNumber ?? 0)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let draft = URL(filePath: out + ".part")
        try writePrivate(Data(), to: draft)
        defer { unlink(draft.path) }
        let file = try FileHandle(forWritingTo: draft)
        let json = String(decoding: try encoder.encode(head), as: UTF8.self)
        try file.write(contentsOf: Data("\(ExportFile.format) \(json)\n".utf8))
        var progress = Progress(total: total, what: "records")
        var last: RecordID?
        while true {
            let after = last
            let records = try await store.read {
                try $0.records(of: action.id, after: after, limit: Self.pageSize)
            }
            guard let final = records.last else { break }
            last = final.id
            try file.write(contentsOf: Data(records.map(ExportFile.line).joined().utf8))
            progress.advance(by: records.count)
        }
        try file.write(contentsOf: Data("end \(progress.done)\n".utf8))
        try file.synchronize()
        try file.close()
        guard rename(draft.path, out) == 0 else {
            throw Refusal("\(out) cannot be written. Check its folder.")
        }
        progress.finish()
        say("\(progress.done) sealed records in \(out). Only the keeper's key book opens them.")
    }
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
