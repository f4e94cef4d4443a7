import Domain
import Foundation
import Storage
import Unsealing

/// The file between server and keeper: a line of JSON, a line for each record, a line for each
/// link that ended somebody's updates, a line that ends it.
///
/// ```
/// outcry-export-2 {"action":"<hex>","exported":"2026-11-24T22:19:00Z","key":3,"languages":["az"],
///                  "origin":"https://...","organisation":"...","slug":"...","title":"...",
///                  "titles":{"az":"..."},"unsubscribed":1}
/// record <id, hex> <day> <flags> <leaf, hex> <sealed, base64url>
/// unsubscribed <SHA-256 of the link's token, hex>
/// end <how many records>
/// ```
///
/// A file that a reader of the former number would misread has a new one. Format 1 had the first
/// head's `action`, `key`, `organisation`, `slug` and `title`, and no `unsubscribed`; it is still
/// read.
enum ExportFile {
    static let format = "outcry-export-2"
    static let formats = [format, "outcry-export-1"]

    struct Head: Codable {
        let action: String
        let slug: String
        let title: String
        let organisation: String
        /// The number of the key in the keepers' books.
        let key: Int
        // None of what follows is in a file of format 1.
        /// When the export was made, by the server's clock, ISO 8601 in UTC.
        var exported: String?
        /// Where links lead.
        var origin: String?
        /// The languages of the action's text, the one that others fall back to first.
        var languages: [String]?
        /// What the action is called in each.
        var titles: [String: String]?
        /// The day after which addresses are kept no more; none while the action has not ended.
        var kept: String?
        /// How many lines `unsubscribed` there are.
        var unsubscribed: Int?
    }

    static func line(_ record: RecordRow) -> String {
        let flags = String(record.flags.rawValue)
        return
            "record \(record.id) \(record.day) \(flags) \(record.leaf.hex) \(record.sealed.base64URL)\n"
    }

    static func line(unsubscribed hash: [UInt8]) -> String { "unsubscribed \(hash.hex)\n" }

    /// What the line of a record says.
    struct Record {
        let id: RecordID
        let flags: SignatureFlags
        let leaf: [UInt8]
        let sealed: [UInt8]

        /// `parts` are the words of the line; nil unless they are a record's.
        init?(_ parts: [Substring]) {
            guard parts.count == 6, parts[0] == "record",
                let id = [UInt8](hex: parts[1]).flatMap({ RecordID($0) }),
                let flags = UInt8(parts[3]), let leaf = [UInt8](hex: parts[4]),
                let sealed = [UInt8](base64URL: parts[5])
            else { return nil }
            self.id = id
            self.flags = SignatureFlags(rawValue: flags)
            self.leaf = leaf
            self.sealed = sealed
        }
    }
}

/// An export on the keeper's computer, opened record by record.
final class ExportReader {
    let head: ExportFile.Head
    let action: ActionID
    /// The hashes of the links that ended somebody's updates; whole once all is read.
    private(set) var unsubscribed = Set<[UInt8]>()
    private(set) var opened = 0
    /// Records and lines that could not be read.
    private(set) var failures = 0
    /// Whether every line is there and readable, though a record may not open.
    private(set) var isWhole = true
    private let lines: LineReader
    private var ended = false
    private var seen = Set<RecordID>()

    /// One record that opened.
    struct Record {
        let id: RecordID
        let pledge: Pledge
        let flags: SignatureFlags
    }

    /// Throws `Refusal` for a file that is no export.
    init(path: String) throws {
        lines = try LineReader(path: path)
        let line = try lines.next() ?? ""
        let format = line.prefix { $0 != " " }
        guard format != RepliesFile.format else {
            throw Refusal("\(path) holds replies. Open it with: outcry replies open")
        }
        guard format != FrozenFile.format else {
            throw Refusal("\(path) is frozen for a delivery. Open it with: outcry deliver")
        }
        guard ExportFile.formats.contains(String(format)),
            let head = try? JSONDecoder().decode(
                ExportFile.Head.self, from: Data(line.dropFirst(format.count).utf8)),
            let action = [UInt8](hex: head.action).flatMap({ ActionID($0) })
        else { throw Refusal("\(path) is no export. Give the file that outcry export wrote.") }
        self.head = head
        self.action = action
    }

    /// Goes through the file once; what opens is taken, what does not is reported and counted.
    func readAll(
        _ opener: Opener, report: (String) -> Void = { say($0) }, take: (Record) throws -> Void
    ) throws {
        var progress = Progress(total: lines.size / 3_700, what: "records")
        var number = 1
        func fail(_ reason: String) {
            failures += 1
            report(reason)
        }
        func damage(_ reason: String) {
            isWhole = false
            fail(reason)
        }
        while let line = try lines.next() {
            number += 1
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            switch parts.first {
            case "end": readEnd(parts, damage: { damage("line \(number): \($0)") })
            case "unsubscribed":
                guard parts.count == 2, let hash = [UInt8](hex: parts[1]), hash.count == 32 else {
                    damage("line \(number): damaged")
                    continue
                }
                unsubscribed.insert(hash)
            default:
                if let record = read(parts, opener, number, fail: fail, damage: damage) {
                    opened += 1
                    try take(record)
                }
            }
            progress.advance()
        }
        progress.finish()
        if !ended { damage("the file ends too early: export it again") }
    }

    private func readEnd(_ parts: [Substring], damage: (String) -> Void) {
        ended = true
        if parts.dropFirst().first.flatMap({ Int($0) }) != opened + failures {
            damage("records are missing or were added")
        }
        if let expected = head.unsubscribed, expected != unsubscribed.count {
            damage("the list of those who want no updates is not whole")
        }
    }

    private func read(
        _ parts: [Substring], _ opener: Opener, _ number: Int, fail: (String) -> Void,
        damage: (String) -> Void
    ) -> Record? {
        guard let sealed = ExportFile.Record(parts) else {
            damage("line \(number): damaged")
            return nil
        }
        let id = sealed.id
        guard seen.insert(id).inserted else {
            fail("record \(id): stands there twice")
            return nil
        }
        do {
            let (_, pledge) = try opener.open(
                sealed.sealed, action: action, record: id, leaf: sealed.leaf)
            return Record(id: id, pledge: pledge, flags: sealed.flags)
        } catch {
            fail("record \(id): \(explain(error))")
            return nil
        }
    }
}

/// Why something sealed could not be opened, for the keeper.
func explain(_ error: OpeningError) -> String {
    switch error {
    case .noKey(let id): "no key for it (\(id)); is it the other keeper's, or destroyed?"
    case .tampered: "was changed after it was sealed, or belongs to another action"
    case .truncated: "is cut short"
    case .malformed: "opened, and is not what it should be"
    case .notInLedger: "opened, and is not what the ledger promises"
    }
}

/// A large file, line by line.
final class LineReader {
    let size: Int
    private let handle: FileHandle
    private var buffer = Data()
    private var isAtEnd = false

    /// Throws `Refusal` if the file cannot be read.
    init(path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw Refusal("\(path) cannot be read.")
        }
        self.handle = handle
        size = Int(try handle.seekToEnd())
        try handle.seek(toOffset: 0)
    }

    /// The next line without its end; nil after the last one. What is no UTF-8 is replaced.
    func next() throws -> String? {
        while true {
            if let end = buffer.firstIndex(of: 0x0a) {
                defer { buffer = buffer[(end + 1)...] }
                return String(decoding: buffer[..<end], as: UTF8.self)
            }
            guard !isAtEnd else {
                defer { buffer = Data() }
                return buffer.isEmpty ? nil : String(decoding: buffer, as: UTF8.self)
            }
            let more = try handle.read(upToCount: 1 << 20) ?? Data()
            isAtEnd = more.isEmpty
            buffer = Data(buffer) + more
        }
    }
}
