import CProcess
import Domain
import Foundation
import Mail
import Sealing
import Storage
import StorageSQLite

let schemaVersion = Schema.version

/// The database's file; its log and index have the same name with an ending.
let databaseName = "outcry.sqlite"

/// The data folder of one installation.
struct DataFolder {
    let settings: Settings

    var isInitialised: Bool {
        FileManager.default.fileExists(atPath: settings.database)
    }

    /// Opens the database of an installation that `init` has made; throws `Refusal` otherwise.
    func open() async throws -> (store: SQLiteStore, organisation: Organisation) {
        try requireInitialised()
        let store = try openStore()
        guard let organisation = try await store.read({ try $0.organisation() }) else {
            throw Refusal(
                "\(settings.data.path) was not initialised to the end. Remove it and run outcry init again."
            )
        }
        return (store, organisation)
    }

    private func requireInitialised() throws {
        guard !isInitialised else { return }
        throw Refusal(
            """
            \(settings.data.path) holds no installation. Make one with: outcry init --data DIR ...
            """)
    }

    /// Throws `Refusal` for whoever is not the folder's owner: a file that root makes here would
    /// keep the server out.
    private func requireOwner() throws {
        var status = stat()
        guard stat(settings.data.path, &status) == 0, status.st_uid != geteuid() else { return }
        let owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) }
        throw Refusal(
            """
            \(settings.data.path) belongs to \(owner ?? "user \(status.st_uid)"). Run this as its \
            owner: sudo -u \(owner ?? "OWNER") outcry ...
            """)
    }

    func openStore() throws -> SQLiteStore {
        try requireOwner()
        // The database, its log and its index are for their owner alone.
        umask(0o077)
        // What a rewrite of the file needs goes beside it: it is as sealed as the file itself.
        setenv("SQLITE_TMPDIR", settings.data.path, 1)
        do {
            return try SQLiteStore(path: settings.database)
        } catch StorageError.schema(let found, let expected) {
            throw Refusal(
                "The database has schema \(found), this program knows up to \(expected). Install the newer program."
            )
        } catch StorageError.notDurable(let pragmas) {
            throw Refusal("The database does not wait for the disk (\(pragmas)). Use a local disk.")
        } catch StorageError.busy, StorageError.full {
            throw Refusal(
                "\(settings.database) cannot be opened for writing. Check the folder's owner and the room on the disk.",
                mayPass: true)
        } catch StorageError.damaged {
            throw Refusal(
                "\(settings.database) is damaged. Restore a backup: outcry backup restore")
        } catch StorageError.damagedLog(let byte) {
            throw Refusal(
                """
                The database's log is damaged at byte \(byte): what was counted after that cannot be \
                read any more. Nothing was changed. Keep a copy of \(settings.data.path). Then restore \
                a backup, or go on with what can still be read: sqlite3 \(settings.database) 'PRAGMA \
                wal_checkpoint(TRUNCATE)'
                """)
        }
    }

    /// Makes a new installation; all of it or nothing.
    func create(
        organisation name: String, origin: String, keyLists: [[RecipientKey]]
    ) async throws {
        guard !isInitialised else {
            throw Refusal(
                "\(settings.data.path) holds an installation already; nothing was changed.")
        }
        let count = keyLists[0].count
        guard keyLists.allSatisfy({ $0.count == count }) else {
            throw Refusal(
                "The keepers' lists have different lengths. Make both with the same --count.")
        }
        let all = keyLists.flatMap { $0.map(\.bytes) }
        guard Set(all).count == all.count else {
            throw Refusal(
                "The same key stands in both lists. Each keeper makes a book of their own.")
        }
        try makePrivateFolder(settings.data)
        try Credentials.create(settings.credentials, numbers: 1..<count + 1)
        let store = try openStore()
        let organisation = Organisation(id: .random(), name: name, origin: origin)
        try await store.write { transaction in
            try transaction.insert(organisation)
            for (keeper, keys) in keyLists.enumerated() {
                for (index, key) in keys.enumerated() {
                    try transaction.insertRecipientKey(
                        key.bytes, number: index + 1, keeper: keeper + 1, of: organisation.id)
                }
            }
        }
        try store.close()
    }

    /// Locks the folder for one server; the lock goes with the process. Throws `Refusal` if
    /// another one has it.
    func lock() throws -> Int32 {
        try requireInitialised()
        let path = settings.data.appending(path: "lock").path
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Refusal("\(path) cannot be written. Check the folder's owner and the disk.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let address = (try? String(contentsOfFile: path, encoding: .utf8))?.trimmed ?? ""
            throw Refusal(
                """
                A server is running on \(settings.data.path) already\
                \(address.isEmpty ? "" : ", at \(address)"). Use that one, or stop it first.
                """, mayPass: true)
        }
        return descriptor
    }

    /// Says in the lock file where the server can be reached.
    func note(_ address: String, in lock: Int32) {
        let bytes = Array((address + "\n").utf8)
        _ = ftruncate(lock, 0)
        _ = pwrite(lock, bytes, bytes.count, 0)
    }

    /// Throws `Refusal` if a private key lies where the server could read it.
    func refusePrivateKeys() throws {
        for folder in [settings.data, settings.credentials] {
            let files = FileManager.default.enumerator(atPath: folder.path)
            while let name = files?.nextObject() as? String {
                let file = folder.appending(path: name)
                // Never the database: closing any handle on it drops all locks that SQLite has
                // (POSIX), and the next command would take the log away from under the server.
                guard !name.hasPrefix(databaseName),
                    let handle = try? FileHandle(forReadingFrom: file),
                    let head = try? handle.read(upToCount: 1 << 20)
                else { continue }
                if head.range(of: Data("outcry-key-book".utf8)) != nil
                    || head.range(of: Data("PRIVATE KEY-----".utf8)) != nil
                {
                    throw Refusal(
                        """
                        \(file.path) holds private keys. They must never be on the server: move the \
                        file to the keeper's computer and erase it here.
                        """)
                }
            }
        }
    }

    /// The folder in memory for what must not outlive the machine's power; made if need be.
    func runtimeFolder(of organisation: OrganisationID) throws -> URL {
        if let runtime = settings.runtime {
            try takePrivateFolder(runtime)
            return runtime
        }
        let name = digest(Array(settings.data.path.utf8) + organisation.bytes).prefix(8).hex
        let memory = "/dev/shm"
        let isThere = FileManager.default.isWritableFile(atPath: memory)
        let folder =
            isThere
            ? URL(filePath: "\(memory)/outcry-\(getuid())-\(name)", directoryHint: .isDirectory)
            : settings.data.appending(path: "runtime")
        try takePrivateFolder(folder)
        return folder
    }
}

/// Makes a folder that only its owner enters, or closes one that is there to all others.
///
/// Throws `Refusal` if it is somebody else's, or a link: in `/dev/shm` anybody may put one there.
func takePrivateFolder(_ folder: URL) throws {
    try makePrivateFolder(folder)
    let path = folder.path.hasSuffix("/") ? String(folder.path.dropLast()) : folder.path
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
        status.st_uid == getuid()
    else {
        throw Refusal("\(path) belongs to somebody else, or is a link. Name a folder of your own.")
    }
    guard status.st_mode & 0o077 == 0 || chmod(path, 0o700) == 0 else {
        throw Refusal("\(path) is open to others. Close it with: chmod 700 \(path)")
    }
}

/// Whether the folder lies in memory.
func isInMemory(_ folder: URL) -> Bool { outcry_is_in_memory(folder.path) != 0 }

/// Bytes free for this process on the folder's disk.
func freeBytes(_ folder: URL) -> Int {
    var status = statvfs()
    guard statvfs(folder.path, &status) == 0 else { return 0 }
    return Int(status.f_bavail) * Int(status.f_frsize)
}
