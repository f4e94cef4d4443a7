import Crypto
import Domain
package import Foundation
import Synchronization

/// Mails that wait: files in the runtime folder, sealed under a key of their ten minutes.
///
/// ```
/// spool/<slot>/key            32 random bytes, erased with the slot's last job
/// spool/<slot>/<id>.job       nonce(12) | AES-256-GCM of the job as JSON | tag(16)
/// spool/<slot>/<id>.sending   handed to the relay right now; never tried again after a crash
/// ```
package final class Spool: Sendable {
    private let folder: URL
    private let keys = Mutex<[Int: SymmetricKey]>([:])
    private let wake: @Sendable () -> Void
    private let incoming = Mutex<[Reference]>([])
    private let waiting = Mutex(0)
    private let lastErasure = Mutex(0.0)
    private let limit: Int

    package struct Reference: Hashable, Sendable {
        let slot: Int
        let name: String
    }

    private static let slotSeconds: Double = 600
    private static let padding = 2_048

    /// Takes up what an earlier run left; `wake` is called whenever there is something new.
    ///
    /// `limit` is how many mails may wait, each a page or two of memory.
    package init(
        folder: URL, limit: Int = 100_000, wake: @escaping @Sendable () -> Void = {}
    ) throws {
        self.folder = folder
        self.limit = limit
        self.wake = wake
        try makePrivateFolder(folder)
        try takeUp()
    }

    /// Whether one more mail may wait; asked before anything is stored for it.
    package var hasRoom: Bool { waiting.withLock { $0 < limit } }

    /// How many wait now.
    package var waitingNow: Int { waiting.withLock { $0 } }

    /// Stores a mail; on return it will be tried unless the process dies at once.
    package func enqueue(_ job: MailJob) throws {
        let slot = Int(job.created / Spool.slotSeconds)
        // JSON may end in blanks: they make every file one size, or rarely two.
        var json = try JSONEncoder().encode(job)
        json.append(
            contentsOf: repeatElement(0x20, count: Spool.padding - json.count % Spool.padding))
        let sealed = try AES.GCM.seal(json, using: key(of: slot))
        let reference = Reference(slot: slot, name: job.id)
        let bytes = Data(sealed.nonce) + sealed.ciphertext + sealed.tag
        // A name that the worker does not look for, until all of it is written.
        let draft = file(reference, "draft")
        try writePrivate(bytes, to: draft)
        try rename(draft, file(reference, "job"))
        waiting.withLock { $0 += 1 }
        incoming.withLock { $0.append(reference) }
        wake()
    }

    /// Everything enqueued since the last call.
    func takeIncoming() -> [Reference] {
        incoming.withLock { references in
            defer { references = [] }
            return references
        }
    }

    /// Nil if the job is gone or cannot be read.
    func read(_ reference: Reference) -> MailJob? {
        guard let bytes = try? Data(contentsOf: file(reference, "job")),
            let key = try? key(of: reference.slot),
            let box = try? AES.GCM.SealedBox(combined: bytes),
            let json = try? AES.GCM.open(box, using: key)
        else { return nil }
        return try? JSONDecoder().decode(MailJob.self, from: json)
    }

    /// From here on a crash loses the job rather than send it twice.
    func claim(_ reference: Reference) throws {
        try rename(file(reference, "job"), file(reference, "sending"))
    }

    func unclaim(_ reference: Reference) throws {
        try rename(file(reference, "sending"), file(reference, "job"))
    }

    /// Forgets a job in whatever state.
    func remove(_ reference: Reference) {
        for kind in ["job", "sending"] {
            try? FileManager.default.removeItem(at: file(reference, kind))
        }
        waiting.withLock { $0 = max(0, $0 - 1) }
    }

    /// Erases the keys of slots that have ended and hold no job; looks once a minute.
    func eraseOldSlots(now: Double) {
        let isDue = lastErasure.withLock { last in
            guard abs(now - last) >= 60 else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        // The slot before this one may still get a job that was made in its last moment.
        let ended = names.compactMap { Int($0) }.filter { $0 + 1 < Int(now / Spool.slotSeconds) }
        keys.withLock { keys in
            for slot in ended {
                let files = try? FileManager.default.contentsOfDirectory(atPath: path(slot).path)
                guard let files, files.allSatisfy({ $0 == "key" }) else { continue }
                keys[slot] = nil
                try? FileManager.default.removeItem(at: path(slot))
            }
        }
    }

    private func takeUp() throws {
        var found: [Reference] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            guard let slot = Int(name) else { continue }
            for file in try FileManager.default.contentsOfDirectory(atPath: path(slot).path) {
                let url = path(slot).appending(path: file)
                switch url.pathExtension {
                case "job":
                    let name = url.deletingPathExtension().lastPathComponent
                    found.append(Reference(slot: slot, name: name))
                case "sending", "draft":
                    try FileManager.default.removeItem(at: url)
                default: continue
                }
            }
        }
        let references = found
        incoming.withLock { $0 = references }
        waiting.withLock { $0 = references.count }
    }

    private func key(of slot: Int) throws -> SymmetricKey {
        try keys.withLock { keys in
            if let key = keys[slot] { return key }
            try makePrivateFolder(path(slot))
            let file = path(slot).appending(path: "key")
            if let bytes = try? Data(contentsOf: file), bytes.count == 32 {
                keys[slot] = SymmetricKey(data: bytes)
            } else {
                let key = SymmetricKey(size: .bits256)
                try writePrivate(key.withUnsafeBytes { Data($0) }, to: file)
                keys[slot] = key
            }
            guard let key = keys[slot] else { throw CocoaError(.fileReadUnknown) }
            return key
        }
    }

    private func path(_ slot: Int) -> URL { folder.appending(path: String(slot)) }

    private func file(_ reference: Reference, _ kind: String) -> URL {
        path(reference.slot).appending(path: "\(reference.name).\(kind)")
    }
}

/// A folder that only its owner enters; one that is there already stays.
package func makePrivateFolder(_ folder: URL) throws {
    try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
}

/// A new file that only its owner reads, from its first byte on, in place of whatever had its
/// name; on the disk when this returns.
package func writePrivate(_ bytes: Data, to file: URL) throws {
    unlink(file.path)
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let descriptor = open(file.path, flags, 0o600)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try handle.write(contentsOf: bytes)
    try handle.synchronize()
    try handle.close()
    synchronizeFolder(of: file)
}

/// Makes a new name in a folder last beyond a loss of power.
package func synchronizeFolder(of file: URL) {
    let folder = open(file.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
}

private func rename(_ from: URL, _ to: URL) throws {
    guard Foundation.rename(from.path, to.path) == 0 else {
        throw POSIXError(.init(rawValue: errno) ?? .EIO)
    }
}
