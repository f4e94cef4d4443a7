import Domain
import Foundation
import Storage
import StorageSQLite
import Testing

/// A log whose commits were on the disk and cannot be read is noticed; one whose last commit was
/// never finished is not held against anybody.
struct DamagedLogTests {
    private let folder = FileManager.default.temporaryDirectory
        .appending(path: "outcry-log-\(randomBytes(8).hex)")
    private let commits = 5

    /// A copy of the files as they lie while the store is open: what a killed process leaves.
    private func crashed(_ harm: (inout [UInt8], _ ends: [Int]) -> Void) async throws -> String {
        let (live, dead) = (folder.appending(path: "live"), folder.appending(path: "dead"))
        for made in [live, dead] {
            try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
        }
        let store = try SQLiteStore(path: live.appending(path: "db").path)
        let log = live.appending(path: "db-wal")
        var ends: [Int] = []
        for number in 1...commits {
            try await store.write {
                try $0.insert(
                    PendingRow(id: randomBytes(32), expires: Day(number: number), sealed: [1]))
            }
            ends.append(try Data(contentsOf: log).count)
        }
        var bytes = Array(try Data(contentsOf: log))
        harm(&bytes, ends)
        let path = dead.appending(path: "db").path
        try FileManager.default.copyItem(atPath: live.appending(path: "db").path, toPath: path)
        try Data(bytes).write(to: URL(filePath: path + "-wal"))
        try store.close()
        return path
    }

    private func count(_ path: String) async throws -> Int {
        try await SQLiteStore(path: path).read { try $0.pendingCount() }
    }

    @Test("A log that a killed process left is read to its end")
    func whole() async throws {
        #expect(try await count(try await crashed { _, _ in }) == commits)
    }

    @Test("A last commit that was cut off or has other bits was never finished", arguments: [0, 1])
    func last(kind: Int) async throws {
        let path = try await crashed { bytes, ends in
            if kind == 0 { bytes.removeLast(1_000) } else { bytes[ends[3] + 100] ^= 1 }
        }
        #expect(try await count(path) == commits - 1)
    }

    @Test(
        "A bit that turns anywhere before the last commit is noticed, and nothing is changed",
        arguments: [0, 5, 9, 17, 27, 33, 37, 41, 49, 60, 4_000])
    func earlier(byte: Int) async throws {
        let path = try await crashed { bytes, _ in bytes[byte] ^= 0x10 }
        let before = try Data(contentsOf: URL(filePath: path + "-wal"))
        await #expect {
            try await count(path)
        } throws: { error in
            if case StorageError.damagedLog = error { true } else { false }
        }
        #expect(try Data(contentsOf: URL(filePath: path + "-wal")) == before)
    }
}
