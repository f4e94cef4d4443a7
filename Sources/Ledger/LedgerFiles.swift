package import Foundation
import Synchronization

/// Where published files lie: names with slashes, under one folder for each log.
///
/// - `write` is durable but for its name: the bytes are on the disk before the name is there, and
///   nobody ever sees half a file. `settle` makes the names durable.
/// - Everything may be done twice.
package protocol LedgerFiles: Sendable {
    func read(_ name: String) throws -> [UInt8]?
    /// Nil if there is no such file.
    func byteCount(_ name: String) -> Int?
    func write(_ bytes: [UInt8], as name: String) throws
    func settle() throws
    /// Removes a folder with all that is in it, if it is there.
    func remove(_ folder: String) throws
}

/// Files on a disk.
package final class DiskFiles: LedgerFiles {
    package let folder: URL
    /// Those with names that are not on the disk yet.
    private let unsettled = Mutex<Set<String>>([])

    package init(folder: URL) { self.folder = folder }

    package struct Failure: Error, CustomStringConvertible {
        let call: String
        let code: Int32
        package var description: String { "\(call): \(String(cString: strerror(code)))" }
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }

    package func read(_ name: String) throws -> [UInt8]? {
        guard byteCount(name) != nil else { return nil }
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }

    package func byteCount(_ name: String) -> Int? {
        var status = stat()
        guard stat(path(name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    package func write(_ bytes: [UInt8], as name: String) throws {
        let file = folder.appending(path: name)
        let parent = file.deletingLastPathComponent()
        // What is published is for everybody, and a web server may serve it.
        try FileManager.default.createDirectory(
            at: parent, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        let draft = parent.appending(path: ".\(file.lastPathComponent).new").path
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure(call: "open", code: errno) }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            guard count > 0 else { throw Failure(call: "write", code: errno) }
            rest = rest.dropFirst(count)
        }
        fchmod(descriptor, 0o644)
        guard fsync(descriptor) == 0 else { throw Failure(call: "fsync", code: errno) }
        guard rename(draft, file.path) == 0 else { throw Failure(call: "rename", code: errno) }
        note(file)
    }

    package func settle() throws {
        let folders = unsettled.withLock { $0 }
        for path in folders {
            let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Failure(call: "open", code: errno) }
            defer { close(descriptor) }
            guard fsync(descriptor) == 0 else { throw Failure(call: "fsync", code: errno) }
        }
        unsettled.withLock { $0.subtract(folders) }
    }

    /// A new name is in its folder, and that folder may be a new name itself.
    private func note(_ file: URL) {
        var parent = file.deletingLastPathComponent()
        unsettled.withLock { unsettled in
            while parent.path.hasPrefix(folder.path) {
                guard unsettled.insert(parent.path).inserted, parent.path != folder.path else {
                    break
                }
                parent = parent.deletingLastPathComponent()
            }
        }
    }

    package func remove(_ folder: String) throws {
        let place = self.folder.appending(path: folder)
        guard FileManager.default.fileExists(atPath: place.path) else { return }
        try FileManager.default.removeItem(at: place)
    }
}
