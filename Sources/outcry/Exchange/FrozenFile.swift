import Domain
import Foundation
import Ledger
import Mail
import Sealing
import Unsealing

/// The file between server and keeper on the day of a delivery: all that one checkpoint counts,
/// and all that proves it.
///
/// ```
/// outcry-frozen-1 {"action":"<hex>","day":"2017-10-03","key":3,"number":12483,...}
/// file <path> <base64url>       log/..., action/..., policy
/// record <id, hex> <day> <flags> <leaf, hex> <sealed, base64url>
/// end <how many records> <seal, hex>
/// ```
///
/// The seal finds damage: it is the SHA-256 of the seal so far and the next line, line by line.
/// What a forger could change is found otherwise: the ledger has the hash of every record and of
/// the action's text, and is signed.
enum FrozenFile {
    static let format = "outcry-frozen-1"

    struct Head: Codable {
        let action: String
        let slug: String
        let title: String
        let organisation: String
        /// The address of the installation.
        let origin: String
        /// The number of the key in the keepers' books.
        let key: Int
        /// When it was frozen.
        let day: String
        /// The version of the action's text, 64 hexadecimal digits.
        let version: String
        let number: Int
        /// The entries of the ledger.
        let size: Int
        /// Frozen though the policy asks for more witnesses than have signed.
        let withoutWitnesses: Bool
    }

    static let logFolder = "log/"
    static let actionFolder = "action/"
    static let policy = "policy"

    /// Whether a frozen file may have a file of this name: nothing that, written below a folder, could
    /// lie elsewhere, and in the log nothing but what a log has.
    static func mayHave(_ path: String) -> Bool {
        if path == policy { return true }
        if path.hasPrefix(logFolder) {
            let name = path.dropFirst(logFolder.count)
            return logFiles.contains(String(name)) || Tile(path: name) != nil
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return path.hasPrefix(actionFolder) && !path.contains("\\")
            && !parts.contains { ["", ".", ".."].contains($0) }
    }

    /// The files of a log beside its tiles.
    private static let logFiles: Set = ["checkpoint", "vkey", "statements.json"]

    static func seal(_ seal: [UInt8], _ line: String) -> [UInt8] { digest(seal + Array(line.utf8)) }
}

/// Writes a frozen file, line by line, under another name until it is whole.
struct FrozenWriter {
    private let out: String
    private let draft: URL
    private let file: FileHandle
    private var seal: [UInt8] = []
    private var records = 0

    init(_ head: FrozenFile.Head, out: String) throws {
        self.out = out
        draft = URL(filePath: out + ".part")
        try writePrivate(Data(), to: draft)
        file = try FileHandle(forWritingTo: draft)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try write(
            "\(FrozenFile.format) \(String(decoding: try encoder.encode(head), as: UTF8.self))\n")
    }

    private mutating func write(_ line: String) throws {
        seal = FrozenFile.seal(seal, line)
        try file.write(contentsOf: Data(line.utf8))
    }

    mutating func add(_ path: String, _ bytes: [UInt8]) throws {
        try write("file \(path) \(bytes.base64URL)\n")
    }

    mutating func add(records lines: [String]) throws {
        for line in lines { seal = FrozenFile.seal(seal, line) }
        try file.write(contentsOf: Data(lines.joined().utf8))
        records += lines.count
    }

    /// Makes the file appear under its name. Throws `Refusal` if it cannot.
    mutating func finish() throws {
        try file.write(contentsOf: Data("end \(records) \(seal.hex)\n".utf8))
        try file.synchronize()
        try file.close()
        guard rename(draft.path, out) == 0 else {
            throw Refusal("\(out) cannot be written. Check its folder.")
        }
    }

    /// Removes what was not finished.
    func discard() {
        try? file.close()
        unlink(draft.path)
    }
}

/// Reads a frozen file: head and files at once, records as they are asked for.
final class FrozenReader {
    let head: FrozenFile.Head
    let action: ActionID
    /// By path.
    let files: [String: [UInt8]]
    private let path: String
    private let lines: LineReader
    private var seal: [UInt8]
    private var nextLine: String
    private var read = 0

    /// Throws `Refusal` for a file that is none, or is damaged.
    init(path: String) throws {
        self.path = path
        lines = try LineReader(path: path)
        let first = try lines.next() ?? ""
        guard first.hasPrefix(FrozenFile.format + " "),
            let head = try? JSONDecoder().decode(
                FrozenFile.Head.self, from: Data(first.dropFirst(FrozenFile.format.count).utf8)),
            let action = [UInt8](hex: head.action).flatMap({ ActionID($0) })
        else {
            throw Refusal(
                "\(path) is not frozen for a delivery. Give the file of: outcry delivery freeze")
        }
        self.head = head
        self.action = action
        seal = FrozenFile.seal([], first + "\n")
        var files: [String: [UInt8]] = [:]
        while let line = try lines.next() {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.first == "file" else {
                nextLine = line
                self.files = files
                return
            }
            guard parts.count == 3, let bytes = [UInt8](base64URL: parts[2]) else {
                throw Self.damaged(path)
            }
            let name = String(parts[1])
            guard FrozenFile.mayHave(name), files.updateValue(bytes, forKey: name) == nil else {
                throw Refusal(
                    """
                    \(path) has a file in it that no delivery has, or has twice: \(visible(name)). Look at \
                    the server before you go on. Freeze again.
                    """)
            }
            seal = FrozenFile.seal(seal, line + "\n")
        }
        throw Self.damaged(path)
    }

    private static func damaged(_ path: String) -> Refusal {
        Refusal("\(path) is damaged or cut off. Bring it from the server once more.")
    }

    /// The files below a folder, without its name.
    func files(in folder: String) -> [String: [UInt8]] {
        Dictionary(
            uniqueKeysWithValues: files.filter { $0.key.hasPrefix(folder) }
                .map { (String($0.key.dropFirst(folder.count)), $0.value) })
    }

    /// Nil behind the last one. Throws `Refusal` for a damaged file.
    func next() throws -> ExportFile.Record? {
        let parts = nextLine.split(separator: " ", omittingEmptySubsequences: false)
        if parts.first == "end" {
            guard parts.count == 3, parts[1] == String(read), parts[2] == seal.hex,
                try lines.next() == nil
            else { throw Self.damaged(path) }
            return nil
        }
        guard let record = ExportFile.Record(parts) else { throw Self.damaged(path) }
        read += 1
        seal = FrozenFile.seal(seal, nextLine + "\n")
        guard let line = try lines.next() else { throw Self.damaged(path) }
        nextLine = line
        return record
    }
}
