import ArgumentParser
import Domain
import Foundation
import Mail
import Storage
import StorageSQLite

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Keep a copy of the data, encrypted; safe while the server runs.",
        discussion: """
            A backup holds the database, whose records are sealed already, encrypted once more to an \
            age recipient. It holds no credentials: keep those on this machine.
            """,
        subcommands: [Create.self, Verify.self, Restore.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write a backup.")
        @OptionGroup var installation: Installation
        @Option(help: "An age recipient, age1... (or OUTCRY_BACKUP_RECIPIENT).")
        var recipient: String?
        @Option(help: "The file to write (default: a new one in OUTCRY_BACKUP_FOLDER).")
        var out: String?

        func run() async throws {
            let settings = try installation.settings
            guard let recipient = recipient ?? settings.backupRecipient else {
                throw Refusal(
                    "No recipient. Give --recipient age1... or set OUTCRY_BACKUP_RECIPIENT.")
            }
            let file = try out ?? Self.name(in: settings.backupFolder)
            guard !FileManager.default.fileExists(atPath: file) else {
                throw Refusal("\(file) exists already; nothing was written.")
            }
            let (store, _) = try await installation.open()
            let work = settings.data.appending(path: "backup-\(randomBytes(8).hex)")
            defer { try? FileManager.default.removeItem(at: work) }
            try await store.copy(to: work.path)
            try await forgetLetters(in: work)
            let draft = file + ".part"
            defer { try? FileManager.default.removeItem(atPath: draft) }
            try age(["--encrypt", "--recipient", recipient, "--output", draft, work.path])
            try synchronise(draft)
            guard rename(draft, file) == 0 else { throw Refusal("\(file) cannot be written.") }
            say("\(file)")
            say("Verify it: outcry backup verify --in \(file) --identity FILE")
        }

        private static func name(in folder: String?) throws -> String {
            guard let folder else {
                throw Refusal("No file. Give --out FILE or set OUTCRY_BACKUP_FOLDER.")
            }
            let time = ISO8601DateFormatter().string(from: Date()).filter { $0 != ":" }
            return "\(folder)/outcry-\(time).age"
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Open a backup and recount it; nothing is changed.")
        @Option(name: .customLong("in"), help: "The backup.") var input: String
        @Option(help: "The file with the age identity.") var identity: String

        func run() async throws {
            let work = FileManager.default.temporaryDirectory
                .appending(path: "outcry-backup-\(randomBytes(8).hex)")
            try makePrivateFolder(work)
            defer { try? FileManager.default.removeItem(at: work) }
            let file = work.appending(path: databaseName)
            try await open(input, identity, to: file)
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a backup into an empty data folder.")
        @Option(name: .customLong("in"), help: "The backup.") var input: String
        @Option(help: "The file with the age identity.") var identity: String
        @OptionGroup var installation: Installation

        func run() async throws {
            let folder = try DataFolder(settings: installation.settings)
            guard !folder.isInitialised else {
                throw Refusal(
                    "\(folder.settings.data.path) holds an installation; nothing was changed.")
            }
            try makePrivateFolder(folder.settings.data)
            let draft = folder.settings.data.appending(path: "restoring-\(randomBytes(8).hex)")
            defer {
                for end in ["", "-wal", "-shm"] {
                    try? FileManager.default.removeItem(atPath: draft.path + end)
                }
            }
            try await open(input, identity, to: draft)
            try synchronise(draft.path)
            guard rename(draft.path, folder.settings.database) == 0 else {
                throw Refusal("\(folder.settings.database) cannot be written.")
            }
            try await RestoredMarker.write(folder.settings)
            say(
                """
                Restored. What was signed or taken back after this backup is not in it. Before you \
                start the server, put the published ledgers back as \
                \(folder.settings.data.path)/\(ledgerFolderName), from the old disk or a mirror, and take over what \
                they know for each action: outcry ledger refetch. Until then it does not start.
                The credentials folder \(folder.settings.credentials.path) must be that of the same \
                installation; see with: outcry check --data \(folder.settings.data.path)
                """)
        }
    }
}

/// Decrypts a backup and recounts it; throws `Refusal` unless all adds up.
private func open(_ input: String, _ identity: String, to file: URL) async throws {
    guard FileManager.default.isReadableFile(atPath: input) else {
        throw Refusal("\(input) cannot be read.")
    }
    try age(["--decrypt", "--identity", identity, "--output", file.path, input])
    chmod(file.path, 0o600)
    let store: SQLiteStore
    do {
        store = try SQLiteStore(path: file.path)
    } catch {
        throw Refusal("\(input) holds no database of Outcry that this program can open.")
    }
    let findings = try await Findings.of(store)
    try store.close()
    for check in findings.checks {
        say("\(check.ok ? "ok  " : "FAIL") \(check.name): \(check.detail)")
    }
    guard findings.ok else { throw Refusal("\(input) does not add up, as said above.") }
}

/// Letters that wait have no place in a backup: what was sent since would be sent again.
private func forgetLetters(in file: URL) async throws {
    let copy = try SQLiteStore(path: file.path)
    if try await copy.write({ try $0.dropAllLetters() }) > 0 { try await copy.compact() }
    try copy.close()
}

/// Runs the age program (https://age-encryption.org), which does all encryption of backups.
private func age(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["age"] + arguments
    do {
        try process.run()
    } catch {
        throw Refusal("The program age could not be started. Install it: apt-get install age")
    }
    process.waitUntilExit()
    guard process.terminationStatus != 127 else {
        throw Refusal("The program age is missing. Install it: apt-get install age")
    }
    guard process.terminationStatus == 0 else {
        throw Refusal("age did not succeed, as it says above. Nothing was kept.")
    }
}

/// Waits until a file is on the disk.
private func synchronise(_ path: String) throws {
    guard let handle = FileHandle(forUpdatingAtPath: path) else {
        throw Refusal("\(path) cannot be written.")
    }
    try handle.synchronize()
    try handle.close()
}
