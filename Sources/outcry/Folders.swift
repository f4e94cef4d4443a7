import Domain
import Foundation
import Ledger
import Mail
import Sealing
import Synchronization

/// The keys that are in no database and no backup: the credentials folder.
///
/// ```
/// dedupe-001 ...   32 random bytes: K_dedupe of the action that has key 1 ...
/// mail-key         32 random bytes: names the mailboxes that never want a mail
/// log-key          32 random bytes: SK_log, the Ed25519 seed that signs the ledgers
/// letter-key       32 random bytes: seals the letters that wait for their mail
/// do-not-mail      those names, 64 hexadecimal digits a line
/// ```
final class Credentials: Sendable {
    private let folder: URL
    private let dedupe = Mutex<[Int: DedupeKey]>([:])
    private let blocked = Mutex<(read: Double, names: Set<String>)>((0, []))
    private let mailKey: CapsKey

    /// Makes the folder with one key for each of these numbers of the list.
    static func create(_ folder: URL, numbers: Range<Int>) throws {
        try takePrivateFolder(folder)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        guard !names.contains(where: { $0 == "mail-key" || $0.hasPrefix("dedupe-") }) else {
            throw Refusal(
                """
                \(folder.path) holds keys already, and overwriting them would end the actions that \
                they belong to. Set OUTCRY_CREDENTIALS to a folder of its own.
                """)
        }
        for number in numbers {
            try writePrivate(Data(randomBytes(32)), to: file(folder, number))
        }
        try writePrivate(Data(randomBytes(32)), to: folder.appending(path: "mail-key"))
        try writePrivate(Data(randomBytes(32)), to: folder.appending(path: "log-key"))
        try writePrivate(Data(randomBytes(32)), to: folder.appending(path: "letter-key"))
    }

    /// The key of the letters that wait; nil if there is none.
    var letterKey: LetterKey? {
        let bytes = try? Data(contentsOf: folder.appending(path: "letter-key"))
        return bytes.flatMap { $0.count == 32 ? LetterKey(Array($0)) : nil }
    }

    /// The same, made if there is none and no letter waits. `waiting` is one that does. Throws
    /// `Refusal` if the key that it was sealed under is lost.
    func letterKey(for waiting: (action: ActionID, sealed: [UInt8])?) throws -> LetterKey {
        if let key = letterKey,
            waiting.map({ key.open($0.sealed, of: $0.action) != nil }) ?? true
        {
            return key
        }
        let file = folder.appending(path: "letter-key")
        guard waiting == nil, !FileManager.default.fileExists(atPath: file.path) else {
            throw Refusal(
                """
                Letters wait to be sent, and the file letter-key that opens them is missing from the \
                credentials folder \(folder.path), or is another. Put the folder back from where it \
                was moved. If the key is lost for good, so are those letters: outcry letters forget
                """)
        }
        let bytes = randomBytes(32)
        try writePrivate(Data(bytes), to: file)
        return LetterKey(bytes)
    }

    /// `SK_log`; made if there is none and nothing was ever signed. Throws `Refusal`
    /// if it is lost.
    func logKey(mayMake: Bool) throws -> SigningKey {
        let file = folder.appending(path: "log-key")
        if let seed = try? Data(contentsOf: file),
            let key = SigningKey(seed: Array(seed), kind: .log)
        {
            return key
        }
        guard mayMake, !FileManager.default.fileExists(atPath: file.path) else {
            throw Refusal(
                """
                The file log-key is missing from the credentials folder \(folder.path), and the ledgers \
                were signed with it. Put the folder back from where it was moved.
                """)
        }
        let key = SigningKey(kind: .log)
        try writePrivate(Data(key.seed), to: file)
        return key
    }

    /// Throws `Refusal` if the folder is not there.
    init(_ folder: URL) throws {
        self.folder = folder
        if FileManager.default.fileExists(atPath: folder.path) { try takePrivateFolder(folder) }
        guard let key = try? Data(contentsOf: folder.appending(path: "mail-key")), key.count == 32
        else {
            throw Refusal(
                """
                The credentials folder \(folder.path) is missing or incomplete. Open actions cannot \
                go on without it: put it back from where it was moved, or set OUTCRY_CREDENTIALS. If \
                it is lost for good: outcry credentials new --help
                """)
        }
        mailKey = CapsKey(Array(key))
    }

    /// Nil if the key was wiped or lost.
    func dedupeKey(_ number: Int) -> DedupeKey? {
        dedupe.withLock { keys in
            if let key = keys[number] { return key }
            guard let bytes = try? Data(contentsOf: Self.file(folder, number)), bytes.count == 32
            else { return nil }
            let key = DedupeKey(Array(bytes))
            keys[number] = key
            return key
        }
    }

    /// Forgets a key for good; its tags are noise from then on. False if it was gone.
    func wipe(_ number: Int) -> Bool {
        let file = Self.file(folder, number)
        guard FileManager.default.fileExists(atPath: file.path) else { return false }
        dedupe.withLock { $0[number] = nil }
        // Overwritten in its place before its name goes.
        if let handle = try? FileHandle(forWritingTo: file) {
            try? handle.write(contentsOf: Data(randomBytes(32)))
            try? handle.synchronize()
            try? handle.close()
        }
        try? FileManager.default.removeItem(at: file)
        return true
    }

    /// Whether this mailbox never wants a mail; the list is read anew every few seconds.
    func isBlocked(_ mailbox: String, now: Double) -> Bool {
        let name = blockName(mailbox)
        return blocked.withLock { blocked in
            if abs(now - blocked.read) > 2 { blocked = (now, readBlocked()) }
            return blocked.names.contains(name)
        }
    }

    /// Changes the list; `block` false takes the mailbox off it.
    func setBlocked(_ block: Bool, _ mailbox: String) throws {
        var names = readBlocked()
        if block { names.insert(blockName(mailbox)) } else { names.remove(blockName(mailbox)) }
        let text = names.sorted().map { $0 + "\n" }.joined()
        let draft = folder.appending(path: "do-not-mail.new")
        try writePrivate(Data(text.utf8), to: draft)
        guard rename(draft.path, blockedFile.path) == 0 else {
            throw Refusal("The list in \(folder.path) cannot be written. Check its owner.")
        }
    }

    private var blockedFile: URL { folder.appending(path: "do-not-mail") }

    private func blockName(_ mailbox: String) -> String {
        mailKey.name("do not mail", of: Array(mailbox.utf8)).hex
    }

    private func readBlocked() -> Set<String> {
        let text = (try? String(contentsOf: blockedFile, encoding: .utf8)) ?? ""
        return Set(text.split(separator: "\n").map(String.init))
    }

    private static func file(_ folder: URL, _ number: Int) -> URL {
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits
        return folder.appending(path: "dedupe-\(padded)")
    }
}

/// The keys of the day, in the runtime folder: `form-<day>` and `caps-<day>`, 32 bytes each.
final class DayKeys: Sendable {
    private let folder: URL
    private let now: @Sendable () -> Double
    private let state = Mutex<State?>(nil)

    private struct State {
        var day: Int
        var form: FormKey
        var yesterday: FormKey?
        var caps: CapsKey
    }

    /// Throws if the folder cannot be written.
    init(_ folder: URL, now: @escaping @Sendable () -> Double) throws {
        self.folder = folder
        self.now = now
        try state.withLock { $0 = try load(Day(seconds: now()).number) }
    }

    var form: (today: FormKey, yesterday: FormKey?) {
        let state = current
        return (state.form, state.yesterday)
    }

    var caps: CapsKey { current.caps }

    private var current: State {
        let day = Day(seconds: now()).number
        return state.withLock { state in
            if let state, state.day == day { return state }
            // A folder that cannot be written any more costs those who sign around midnight a
            // second mail, not the server its life.
            let fresh =
                (try? load(day))
                ?? State(
                    day: day, form: FormKey(randomBytes(32)), yesterday: state?.form,
                    caps: CapsKey(randomBytes(32)))
            state = fresh
            return fresh
        }
    }

    private func load(_ day: Int) throws -> State {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let parts = name.split(separator: "-")
            guard parts.count == 2, ["form", "caps"].contains(parts[0]), let of = Int(parts[1]),
                of < day - 1 || of > day
            else { continue }
            try? FileManager.default.removeItem(at: folder.appending(path: name))
        }
        return State(
            day: day, form: FormKey(try key("form-\(day)")),
            yesterday: existing("form-\(day - 1)").map(FormKey.init),
            caps: CapsKey(try key("caps-\(day)")))
    }

    private func existing(_ name: String) -> [UInt8]? {
        guard let bytes = try? Data(contentsOf: folder.appending(path: name)), bytes.count == 32
        else { return nil }
        return Array(bytes)
    }

    private func key(_ name: String) throws -> [UInt8] {
        if let bytes = existing(name) { return bytes }
        let bytes = randomBytes(32)
        try writePrivate(Data(bytes), to: folder.appending(path: name))
        return bytes
    }
}
