import Domain
import Foundation
import Ledger

/// Where the files of a log come from: a web server, a folder, or memory.
struct LedgerSource: Sendable {
    private let place: Place

    private enum Place {
        case folder(URL)
        case web(prefix: String, HTTPClient)
        case memory([String: [UInt8]])
    }

    /// Why a file could not be had; the name is that below the log's address.
    enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case missing(String)
        case unreadable(String, String)

        var description: String {
            switch self {
            case .missing(let name): "\(name) is not there"
            case .unreadable(let name, let reason): "\(name) could not be read: \(reason)"
            }
        }
    }

    /// How many files are fetched at once.
    var breadth: Int {
        switch place {
        case .folder, .memory: max(2, ProcessInfo.processInfo.activeProcessorCount)
        case .web: 8
        }
    }

    /// What the log's files are asked under.
    let name: String

    /// Throws `Refusal` for what is neither an address nor a folder.
    init(_ text: String) throws {
        if let prefix = try Self.prefix(text) {
            place = .web(prefix: prefix, HTTPClient())
            name = prefix
            return
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: text, isDirectory: &isFolder),
            isFolder.boolValue
        else {
            throw Refusal(
                "\(text) is no folder. Give a log's address, which begins with https://, or the "
                    + "folder of a copy.")
        }
        place = .folder(URL(filePath: text, directoryHint: .isDirectory))
        name = text
    }

    /// Files that were read before, by their names below the log's address.
    init(files: [String: [UInt8]], name: String) {
        place = .memory(files)
        self.name = name
    }

    /// The log's address for its own or that of any page of its action; nil for what is none.
    ///
    /// `https://host/en/actions/slug/verify` is `https://host/actions/slug/log`.
    static func prefix(_ text: String) throws -> String? {
        guard text.hasPrefix("https://") || text.hasPrefix("http://") else { return nil }
        guard let url = URLComponents(string: text), let scheme = url.scheme, url.host != nil,
            url.user == nil, let start = text.range(of: "\(scheme)://")
        else { throw Refusal("\(text) is no web address.") }
        let rest = text[start.upperBound...].prefix { $0 != "?" && $0 != "#" }
        var parts = rest.split(separator: "/")
        if parts.last == "checkpoint" { parts.removeLast() }
        if parts.last != "log", let actions = parts.firstIndex(of: "actions"),
            (1...2).contains(actions), parts.count > actions + 1
        {
            parts = [parts[0], "actions", parts[actions + 1], "log"]
        }
        return "\(scheme)://" + parts.joined(separator: "/")
    }

    /// The whole file. Throws `Failure`, or `LedgerProblem` if it is longer than `limit`.
    func read(_ name: String, atMost limit: Int) throws -> [UInt8] {
        switch place {
        case .folder(let folder):
            try Self.read(folder.appending(path: name), named: name, atMost: limit)
        case .web(let prefix, let client):
            try fetch(name, from: prefix, client, atMost: limit)
        case .memory(let files):
            try Self.read(files[name], named: name, atMost: limit)
        }
    }

    private static func read(
        _ bytes: [UInt8]?, named name: String, atMost limit: Int
    ) throws -> [UInt8] {
        guard let bytes else { throw Failure.missing(name) }
        guard bytes.count <= limit else { throw LedgerProblem.tooLong(file: name, limit: limit) }
        return bytes
    }

    /// A tile or bundle; where a partial one is gone, the beginning of the full one.
    func read(_ tile: Tile) throws -> [UInt8] {
        do {
            return try read(tile.path, atMost: tile.byteCount)
        } catch Failure.missing(let name) {
            guard !tile.isFull else { throw Failure.missing(name) }
            let full = Tile(tile.content, number: tile.number)
            guard let bytes = try? read(full.path, atMost: full.byteCount) else {
                throw Failure.missing(name)
            }
            return Array(bytes.prefix(tile.byteCount))
        }
    }

    /// A file of this computer. Throws as `read` does.
    static func read(_ file: URL, named name: String, atMost limit: Int) throws -> [UInt8] {
        var info = stat()
        guard stat(file.path, &info) == 0 else { throw Failure.missing(name) }
        // A pipe would never end.
        guard info.st_mode & S_IFMT == S_IFREG else {
            throw Failure.unreadable(name, "it is no file")
        }
        do {
            let handle = try FileHandle(forReadingFrom: file)
            defer { try? handle.close() }
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            guard data.count <= limit else {
                throw LedgerProblem.tooLong(file: name, limit: limit)
            }
            return Array(data)
        } catch let problem as LedgerProblem {
            throw problem
        } catch {
            throw Failure.unreadable(name, "it cannot be opened")
        }
    }

    private static let tries = 3

    private func fetch(
        _ name: String, from prefix: String, _ client: HTTPClient, atMost limit: Int
    ) throws -> [UInt8] {
        var reason = ""
        for attempt in 1...Self.tries {
            var pause = attempt
            switch client.askNow("\(prefix)/\(name)", atMost: limit, within: .seconds(30)) {
            case .success(let answer) where answer.status == 200: return answer.body
            case .success(let answer) where answer.status == 404 || answer.status == 410:
                throw Failure.missing(name)
            case .success(let answer):
                reason = "the server answers \(answer.status)"
                guard [429, 500, 502, 503, 504].contains(answer.status) else {
                    throw Failure.unreadable(name, reason)
                }
                pause = max(pause, min(answer.retryAfter, 60))
            case .failure(.tooLong): throw LedgerProblem.tooLong(file: name, limit: limit)
            case .failure(.timedOut): throw Failure.unreadable(name, "it did not come in time")
            case .failure(let failure): reason = failure.description
            }
            if attempt < Self.tries { Thread.sleep(forTimeInterval: Double(pause)) }
        }
        throw Failure.unreadable(name, reason)
    }
}
