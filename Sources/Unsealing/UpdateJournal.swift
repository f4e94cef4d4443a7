import Domain
package import Foundation

/// What became of each mail of one message, so that a run that was cut off goes on and nobody is
/// written to twice. It names nobody: its names are HMACs that only the keeper's secret makes.
///
/// ```
/// outcry-update-1 <what it is about, 64 hexadecimal digits>
/// began <name, 64 hexadecimal digits>       on the disk before the mail is handed over
/// sent <name> | refused <name> | unknown <name> | back <name>
/// ```
///
/// What began and has no end may have been sent, and is not sent again.
package final class UpdateJournal {
    package enum Fate: String, Sendable {
        case began, sent, refused, unknown
        /// Was not taken, so it may be tried again.
        case back
    }

    private static let format = "outcry-update-1"
    private let handle: FileHandle
    private var fates: [[UInt8]: Fate] = [:]

    /// Opens the journal at `file`, or begins one about `head`, 32 bytes; locked until this goes.
    ///
    /// Throws `UpdateJournalError`.
    package init(_ file: URL, head: [UInt8]) throws {
        let descriptor = open(file.path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw UpdateJournalError.unusable }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw UpdateJournalError.inUse }
        let text = try handle.readToEnd() ?? Data()
        let first = Data("\(Self.format) \(head.hex)\n".utf8)
        // The power may go in the middle of a line; what it was about had not begun then.
        let whole = text.lastIndex(of: 0x0a).map { text[...$0] } ?? Data()
        guard !whole.isEmpty else {
            guard first.starts(with: text) else { throw UpdateJournalError.damaged(line: 1) }
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: first)
            try handle.synchronize()
            synchronizeFolder(of: file)
            return
        }
        guard whole.starts(with: Data(Self.format.utf8)) else {
            throw UpdateJournalError.damaged(line: 1)
        }
        guard whole.starts(with: first) else { throw UpdateJournalError.ofAnother }
        try read(whole[first.count...])
        try handle.truncate(atOffset: UInt64(whole.count))
        try handle.seekToEnd()
    }

    private func read(_ text: Data) throws {
        let lines = text.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast()
        for (index, line) in lines.enumerated() {
            let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
            guard parts.count == 2,
                let fate = Fate(rawValue: String(decoding: parts[0], as: UTF8.self)),
                let name = [UInt8](hex: String(decoding: parts[1], as: UTF8.self)),
                name.count == 32
            else { throw UpdateJournalError.damaged(line: index + 2) }
            fates[name] = fate
        }
    }

    /// Whether this one had its turn: everything but what was given back.
    package func isDone(_ name: [UInt8]) -> Bool { fates[name].map { $0 != .back } ?? false }

    /// Whether anybody was sent the message.
    package var hasSent: Bool { fates.values.contains(.sent) }

    /// Notes that a mail is about to be handed over; on the disk when this returns.
    package func begin(_ name: [UInt8]) throws {
        try write(.began, name)
        try handle.synchronize()
    }

    /// Notes what became of it. If the power goes before this is on the disk, it counts as begun.
    package func end(_ name: [UInt8], _ fate: Fate) throws { try write(fate, name) }

    private func write(_ fate: Fate, _ name: [UInt8]) throws {
        try handle.write(contentsOf: Data("\(fate.rawValue) \(name.hex)\n".utf8))
        fates[name] = fate
    }

    /// Erases a journal: its bytes first, then its name. Throws `UpdateJournalError`.
    package static func erase(_ file: URL) throws {
        guard let handle = try? FileHandle(forUpdating: file),
            let head = try? handle.read(upToCount: format.utf8.count),
            head == Data(format.utf8)
        else { throw UpdateJournalError.unusable }
        guard flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw UpdateJournalError.inUse
        }
        let size = try handle.seekToEnd()
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: Data(count: Int(size)))
        try handle.synchronize()
        try handle.close()
        guard unlink(file.path) == 0 else { throw UpdateJournalError.unusable }
        synchronizeFolder(of: file)
    }
}

package enum UpdateJournalError: Error, Hashable, Sendable {
    /// It cannot be opened and written, or is no journal.
    case unusable
    /// Another run has it.
    case inUse
    /// It is about another message, another action, or was made with another secret.
    case ofAnother
    case damaged(line: Int)
}

private func synchronizeFolder(of file: URL) {
    let folder = open(file.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
}
