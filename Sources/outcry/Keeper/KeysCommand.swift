import ArgumentParser
import Domain
import Foundation
import Mail
import Sealing
import Unsealing

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "A keeper's private keys; run on the keeper's computer.",
        subcommands: [New.self, List.self, Destroy.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key book, and the key list that the server gets.")

        @Option(help: "How many actions the book is for.") var count = 50
        @Option(help: "The key book to write; it stays on this computer.") var book: String
        @Option(help: "The key list to write; bring it to the server.") var list: String
        @Option(help: "Read the passphrase here if the file exists, else write a new one.")
        var passphraseFile: String?

        func run() throws {
            forbidDumps()
            guard (1...1_000).contains(count) else { throw Refusal("Give --count from 1 to 1000.") }
            for path in [book, list] where FileManager.default.fileExists(atPath: path) {
                throw Refusal("\(path) exists. Move it away, or choose another name.")
            }
            let (passphrase, isNew) =
                try passphraseFile.map(readOrMakePassphrase)
                ?? (generatePassphrase(), true)
            let (keyBook, keyList) = try KeyBook.create(count: count, passphrase: passphrase)
            try writePrivate(try keyBook.json(), to: URL(filePath: book))
            try writePrivate(try keyList.json(), to: URL(filePath: list))
            say("\(book): \(count) private keys. Keep it on this computer, with a copy elsewhere.")
            say("\(list): their public half. Bring it to the server.")
            if let passphraseFile {
                let verb = isNew ? "was written to" : "was read from"
                say("The passphrase \(verb) \(passphraseFile). Without it nothing can be opened.")
            } else {
                say("The passphrase, shown once. Without it nothing can be opened. Write it down:")
                print(passphrase)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which keys a book holds; needs no passphrase.")

        @Option(help: "The key book.") var book: String
        @Flag(help: "As JSON.") var json = false

        func run() throws {
            let entries = try readKeyBook(book).keys
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                print(String(decoding: try encoder.encode(entries), as: UTF8.self))
                return
            }
            for entry in entries {
                print("\(entry.number)\t\(entry.keyID)\t\(entry.destroyed ? "destroyed" : "held")")
            }
        }
    }

    struct Destroy: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Rewrite a book without one action's key, under a new passphrase.")

        @Option(help: "The key book.") var book: String
        @Option(help: "The key's number, as outcry keys list and outcry export say it.")
        var number: Int
        @Option(help: "The file with the passphrase of today.") var passphraseFile: String
        @Option(help: "Where to write the new passphrase (default: <passphrase file>.new).")
        var newPassphraseFile: String?

        func run() throws {
            forbidDumps()
            let newFile = newPassphraseFile ?? passphraseFile + ".new"
            guard !FileManager.default.fileExists(atPath: newFile) else {
                throw Refusal("\(newFile) exists. Move it away, or give --new-passphrase-file.")
            }
            let old = try readKeyBook(book)
            let newPassphrase = generatePassphrase()
            let rewritten: KeyBook
            do {
                rewritten = try old.destroying(
                    number: number, passphrase: readPassphrase(passphraseFile),
                    newPassphrase: newPassphrase)
            } catch let error as KeyBookError {
                throw Refusal(explain(error, book))
            }
            // The new passphrase is safe before the book needs it.
            try writePrivate(Data((newPassphrase + "\n").utf8), to: URL(filePath: newFile))
            let draft = URL(filePath: book + ".new")
            try writePrivate(try rewritten.json(), to: draft)
            guard rename(draft.path, book) == 0 else {
                throw Refusal(
                    "\(book) cannot be replaced. Check its folder; nothing was destroyed.")
            }
            synchronizeFolder(of: draft)
            say("Key \(number) is gone from \(book). Its new passphrase is in \(newFile).")
            say("An old copy of the book still opens with its old passphrase: find and erase each.")
        }
    }
}

/// The first line of a file; a new passphrase is made and written if there is no such file.
private func readOrMakePassphrase(_ path: String) throws -> (String, Bool) {
    if FileManager.default.fileExists(atPath: path) { return (try readPassphrase(path), false) }
    let passphrase = generatePassphrase()
    try writePrivate(Data((passphrase + "\n").utf8), to: URL(filePath: path))
    return (passphrase, true)
}

func readPassphrase(_ path: String) throws -> String {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8), !text.trimmed.isEmpty
    else { throw Refusal("\(path) holds no passphrase.") }
    return text.trimmed
}

func readKeyBook(_ path: String) throws -> KeyBook {
    guard let json = FileManager.default.contents(atPath: path) else {
        throw Refusal("\(path) cannot be read.")
    }
    do {
        return try KeyBook(json: json)
    } catch let error as KeyBookError {
        throw Refusal(explain(error, path))
    }
}

func explain(_ error: KeyBookError, _ path: String) -> String {
    switch error {
    case .notAKeyBook: "\(path) is no key book. Give the --book file of outcry keys new."
    case .damaged: "\(path) is damaged. Use the copy of it that you keep elsewhere."
    case .wrongPassphrase: "The passphrase does not open \(path), or the book was changed."
    case .noSuchKey(let number): "\(path) has no key \(number). See outcry keys list."
    case .destroyedBefore(let number): "Key \(number) was destroyed before; nothing was changed."
    }
}
