import ArgumentParser
import Foundation
import Mail
import Unsealing

struct OpenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open",
        abstract: "Open exported records with a key book; run on the keeper's computer, offline.")

    @OptionGroup var keys: KeeperKeys
    @Option(name: .customLong("in"), help: "The file that outcry export wrote.") var input: String
    @Option(help: "The file to write.") var out: String
    @Option(help: "csv or json.") var format = Format.csv

    enum Format: String, ExpressibleByArgument { case csv, json }

    func run() throws {
        forbidDumps()
        let opener = try keys.opener()
        let reader = try ExportReader(path: input)
        let draft = URL(filePath: out + ".part")
        try writePrivate(Data((format == .csv ? SupporterRow.csvHead : "[").utf8), to: draft)
        defer { unlink(draft.path) }
        let file = try FileHandle(forWritingTo: draft)
        try file.seekToEnd()
        var buffer = Data()
        var opened = 0
        try reader.readAll(opener) { record in
            let row = SupporterRow(record: record.id, pledge: record.pledge, flags: record.flags)
            let text =
                switch format {
                case .csv: row.csv
                case .json: (opened == 0 ? "\n" : ",\n") + (try row.json())
                }
            buffer.append(contentsOf: text.utf8)
            opened += 1
            if buffer.count > 1 << 16 {
                try file.write(contentsOf: buffer)
                buffer = Data()
            }
        }
        try file.write(contentsOf: buffer)
        if format == .json { try file.write(contentsOf: Data("\n]\n".utf8)) }
        try file.synchronize()
        try file.close()
        guard rename(draft.path, out) == 0 else {
            throw Refusal("\(out) cannot be written. Check its folder.")
        }
        say("\(visible(reader.head.title)): \(opened) opened, in \(out).")
        guard reader.failures == 0 else {
            say("\(reader.failures) could not be opened, as said above; the rest is complete.")
            throw ExitCode(2)
        }
    }
}

/// The key books that open what was sealed, one or two.
struct KeeperKeys: ParsableArguments {
    @Option(help: "The key book; twice for two keepers.") var book: [String]
    @Option(help: "The file with its passphrase; twice for two keepers, in the same order.")
    var passphraseFile: [String]

    /// Throws `Refusal` for books that do not open.
    func opener() throws -> Opener {
        guard (1...2).contains(book.count), passphraseFile.count == book.count else {
            throw Refusal("Give --book and --passphrase-file once each, or twice for two keepers.")
        }
        return Opener(books: try zip(book, passphraseFile).map(openBook))
    }

    private func openBook(_ book: String, _ passphraseFile: String) throws -> OpenedKeyBook {
        do {
            return try readKeyBook(book).open(passphrase: readPassphrase(passphraseFile))
        } catch let error as KeyBookError {
            throw Refusal(explain(error, book))
        }
    }
}
