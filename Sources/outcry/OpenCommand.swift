import ArgumentParser
import Domain
import Foundation
import Mail
import Sealing
import Unsealing

struct OpenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Open exported records with a key book; run on the keeper's computer, offline.")

    @Option(help: "The key book; twice for two keepers.") var book: [String]
    @Option(help: "The file with its passphrase; twice for two keepers, in the same order.")
    var passphraseFile: [String]
    @Option(name: .customLong("in"), help: "The file that outcry export wrote.") var input: String
    @Option(help: "The file to write.") var out: String
    @Option(help: "csv or json.") var format = Format.csv

    enum Format: String, ExpressibleByArgument { case csv, json }

    func run() throws {
        forbidDumps()
        guard (1...2).contains(book.count), passphraseFile.count == book.count else {
            throw Refusal("Give --book and --passphrase-file once each, or twice for two keepers.")
        }
        let opener = Opener(books: try zip(book, passphraseFile).map(openBook))
        let reader = try LineReader(path: input)
        let (head, action) = try readHead(reader)
        let draft = URL(filePath: out + ".part")
        try writePrivate(Data((format == .csv ? SupporterRow.csvHead : "[").utf8), to: draft)
        defer { unlink(draft.path) }
        let file = try FileHandle(forWritingTo: draft)
        try file.seekToEnd()
        var work = Work(opener: opener, action: action, format: format, file: file)
        try work.openAll(reader)
        if format == .json { try file.write(contentsOf: Data("\n]\n".utf8)) }
        try file.synchronize()
        try file.close()
        guard rename(draft.path, out) == 0 else {
            throw Refusal("\(out) cannot be written. Check its folder.")
        }
        say("\(visible(head.title)): \(work.opened) opened, in \(out).")
        guard work.failures == 0 else {
            say("\(work.failures) could not be opened, as said above; the rest is complete.")
            throw ExitCode(2)
        }
    }

    private func openBook(_ book: String, _ passphraseFile: String) throws -> OpenedKeyBook {
        do {
            return try readKeyBook(book).open(passphrase: readPassphrase(passphraseFile))
        } catch let error as KeyBookError {
            throw Refusal(explain(error, book))
        }
    }

    private func readHead(_ reader: LineReader) throws -> (ExportFile.Head, ActionID) {
        let line = try reader.next() ?? ""
        guard line.hasPrefix(ExportFile.format + " "),
            let head = try? JSONDecoder().decode(
                ExportFile.Head.self, from: Data(line.dropFirst(ExportFile.format.count + 1).utf8)),
            let action = [UInt8](hex: head.action).flatMap({ ActionID($0) })
        else { throw Refusal("\(input) is no export. Give the file that outcry export wrote.") }
        return (head, action)
    }

    /// One pass over the records: what opens is written, what does not is reported.
    private struct Work {
        let opener: Opener
        let action: ActionID
        let format: Format
        let file: FileHandle
        var opened = 0
        var failures = 0
        private var buffer = Data()
        private var ended = false
        private var seen = Set<RecordID>()

        init(opener: Opener, action: ActionID, format: Format, file: FileHandle) {
            self.opener = opener
            self.action = action
            self.format = format
            self.file = file
        }

        mutating func openAll(_ reader: LineReader) throws {
            var progress = Progress(total: reader.size / 3_700, what: "records")
            var number = 1
            while let line = try reader.next() {
                number += 1
                try read(line, number: number)
                progress.advance()
                if buffer.count > 1 << 16 { try flush() }
            }
            try flush()
            progress.finish()
            if !ended { fail("the file ends too early: export it again") }
        }

        private mutating func read(_ line: String, number: Int) throws {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            if parts.first == "end" {
                ended = true
                let expected = parts.dropFirst().first.flatMap { Int($0) }
                if expected != opened + failures {
                    fail("line \(number): records are missing or were added")
                }
                return
            }
            guard parts.count == 6, parts[0] == "record",
                let record = [UInt8](hex: parts[1]).flatMap({ RecordID($0) }),
                let flags = UInt8(parts[3]), let leaf = [UInt8](hex: parts[4]),
                let sealed = [UInt8](base64URL: parts[5])
            else { return fail("line \(number): damaged") }
            guard seen.insert(record).inserted else {
                return fail("record \(record): stands there twice")
            }
            do {
                let (_, pledge) = try opener.open(
                    sealed, action: action, record: record, leaf: leaf)
                try write(
                    SupporterRow(
                        record: record, pledge: pledge, flags: SignatureFlags(rawValue: flags)))
            } catch let error as OpeningError {
                fail("record \(record): \(explain(error))")
            }
        }

        private mutating func write(_ row: SupporterRow) throws {
            let text =
                switch format {
                case .csv: row.csv
                case .json: (opened == 0 ? "\n" : ",\n") + (try row.json())
                }
            buffer.append(contentsOf: text.utf8)
            opened += 1
        }

        private mutating func flush() throws {
            try file.write(contentsOf: buffer)
            buffer = Data()
        }

        private mutating func fail(_ reason: String) {
            failures += 1
            say(reason)
        }

        private func explain(_ error: OpeningError) -> String {
            switch error {
            case .noKey(let id): "no key for it (\(id)); is it the other keeper's, or destroyed?"
            case .tampered: "was changed after it was sealed, or belongs to another action"
            case .truncated: "is cut short"
            case .malformed: "opened, and holds no pledge"
            case .notInLedger: "opened, and is not what the ledger promises"
            }
        }
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
