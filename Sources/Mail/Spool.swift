import Crypto
import Domain
package import Foundation
import Synchronization

/// Mails that wait: files in the runtime folder, sealed under a key of their ten minutes.
///
/// ```
/// spool/<slot>/key            32 random bytes, erased with the slot's last job
/// spool/<slot>/<id>.job       nonce(12) | AES-256-GCM of the job and zeros | tag(16)
/// ```
///
/// A job has no file while it is handed over, so that it is never tried again after a crash. One
/// that a crash has cut short is not authentic. The folder ends with the machine's power, so
/// nothing here waits for a disk.
package final class Spool: Sendable {
    private let folder: URL
    private let root: String
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
        root = folder.path
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
        let reference = Reference(slot: Int(job.created / Spool.slotSeconds), name: job.id)
        try write(job, as: reference)
        waiting.withLock { $0 += 1 }
        incoming.withLock { $0.append(reference) }
        wake()
    }

    private func write(_ job: MailJob, as reference: Reference) throws {
        // Zeros make every file one size, or rarely two.
        var bytes = job.bytes
        bytes += [UInt8](repeating: 0, count: Spool.padding - bytes.count % Spool.padding)
        let box = try AES.GCM.seal(bytes, using: key(of: reference.slot))
        try writeNew(Array(box.nonce) + box.ciphertext + box.tag, to: file(reference))
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
        guard let bytes = readAll(file(reference)), let key = try? key(of: reference.slot),
            let box = try? AES.GCM.SealedBox(combined: bytes),
            let plain = try? AES.GCM.open(box, using: key)
        else { return nil }
        return MailJob(bytes: Array(plain))
    }

    /// From here on a crash loses the job rather than send it twice.
    func claim(_ reference: Reference) throws {
        guard unlink(file(reference)) == 0 else { throw lastError() }
    }

    /// Stores a claimed job again, under the key of now.
    func giveBack(_ job: MailJob, now: Double) throws -> Reference {
        let reference = Reference(slot: Int(now / Spool.slotSeconds), name: job.id)
        try write(job, as: reference)
        return reference
    }

    /// Forgets a job that was claimed.
    func finish() { waiting.withLock { $0 = max(0, $0 - 1) } }

    /// Forgets a job that nobody has claimed.
    func remove(_ reference: Reference) {
        try? claim(reference)
        finish()
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
                if url.pathExtension == "job" {
                    let name = url.deletingPathExtension().lastPathComponent
                    found.append(Reference(slot: slot, name: name))
                } else if file != "key" {
                    // What an earlier release left in the middle of something.
                    try FileManager.default.removeItem(at: url)
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

    private func file(_ reference: Reference) -> String {
        "\(root)/\(reference.slot)/\(reference.name).job"
    }
}

private func lastError() -> POSIXError { POSIXError(.init(rawValue: errno) ?? .EIO) }

/// A new file that only its owner reads; all of it or none.
private func writeNew(_ bytes: [UInt8], to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw lastError() }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes {
            Foundation.write(descriptor, $0.baseAddress, $0.count)
        }
        guard count > 0 else {
            let error = lastError()
            unlink(path)
            throw error
        }
        written += count
    }
}

/// Nil if there is no such file, or one that is too long for a job.
private func readAll(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_size <= 1 << 20 else { return nil }
    let size = Int(status.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = max(0, Foundation.read(descriptor, buffer.baseAddress, size))
    }
    return bytes.count == size ? bytes : nil
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
