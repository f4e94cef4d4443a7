package import Foundation
import Synchronization

/// Counts things of one day under names that mean nothing without the day's key; it lives in the
/// runtime folder, so that a restart of the process forgets nothing and one of the machine all.
///
/// ```
/// counts-<day>:  (name(32) | change(1, signed))*
/// ```
package final class DailyCounter: Sendable {
    private let folder: URL
    private let state = Mutex(State())

    private struct State {
        var day = Int.min
        var counts: [[UInt8]: Int] = [:]
        var file: FileHandle?
    }

    private static let recordSize = 33

    package init(folder: URL) { self.folder = folder }

    /// How often `name` was counted today; `name` has 32 bytes.
    package func count(_ name: [UInt8], day: Int) -> Int {
        state.withLock { state in
            turn(&state, to: day)
            return state.counts[name] ?? 0
        }
    }

    /// Counts each name once more, unless one has reached its limit: then none is counted.
    package func reserve(_ names: [(name: [UInt8], limit: Int)], day: Int) -> Bool {
        state.withLock { state in
            turn(&state, to: day)
            let fits = names.allSatisfy { (state.counts[$0.name] ?? 0) < $0.limit }
            if fits { for (name, _) in names { change(&state, name, by: 1) } }
            return fits
        }
    }

    /// Takes back what `reserve` counted.
    package func release(_ names: [[UInt8]], day: Int) {
        state.withLock { state in
            turn(&state, to: day)
            guard day == state.day else { return }
            for name in names { change(&state, name, by: -1) }
        }
    }

    private func change(_ state: inout State, _ name: [UInt8], by change: Int) {
        state.counts[name, default: 0] += change
        // A count that cannot be kept is still counted until the process ends.
        try? state.file?.write(contentsOf: Data(name + [UInt8(bitPattern: Int8(change))]))
    }

    private func turn(_ state: inout State, to day: Int) {
        // What ends after midnight and began before it belongs to a day that no longer counts.
        guard day > state.day else { return }
        for old in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where old.hasPrefix("counts-") && old != "counts-\(day)" {
            try? FileManager.default.removeItem(at: folder.appending(path: old))
        }
        let file = folder.appending(path: "counts-\(day)")
        state.day = day
        state.counts = [:]
        let bytes = Array((try? Data(contentsOf: file)) ?? Data())
        var start = 0
        while start + DailyCounter.recordSize <= bytes.count {
            let change = Int(Int8(bitPattern: bytes[start + 32]))
            state.counts[Array(bytes[start..<start + 32]), default: 0] += change
            start += DailyCounter.recordSize
        }
        try? writePrivate(Data(bytes[..<start]), to: file)
        state.file = try? FileHandle(forWritingTo: file)
        _ = try? state.file?.seekToEnd()
    }
}
