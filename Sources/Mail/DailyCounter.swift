package import Foundation
import Sealing
import Synchronization

/// Counts things of a day under names that mean nothing without the day's key; it lives in the
/// runtime folder, so that a restart of the process forgets nothing and one of the machine all.
/// The day before is kept too: what began in it may end after midnight.
///
/// ```
/// counts-<day>:  (name(32) | change(1, signed))*
/// ```
package final class DailyCounter: Sendable {
    private let folder: URL
    private let state = Mutex(State())

    private struct State {
        var newest = Int.min
        /// The newest day and the one before it.
        var days: [Int: OneDay] = [:]
    }

    private struct OneDay {
        var counts: [NameKey: Int32] = [:]
        var file: FileHandle?

        func count(_ name: [UInt8]) -> Int { Int(counts[NameKey(name)] ?? 0) }

        mutating func change(_ name: [UInt8], by change: Int8) {
            counts[NameKey(name), default: 0] += Int32(change)
            // A count that cannot be kept is still counted until the process ends.
            let record = name + [UInt8(bitPattern: change)]
            _ = file.map { Foundation.write($0.fileDescriptor, record, record.count) }
        }
    }

    private static let recordSize = 33

    package init(folder: URL) { self.folder = folder }

    /// How often `name` was counted on that day; `name` has 32 bytes.
    package func count(_ name: [UInt8], day: Int) -> Int {
        on(day) { $0.count(name) }
    }

    /// Counts each name once more, unless one has reached its limit: then none is counted.
    package func reserve(_ names: [(name: [UInt8], limit: Int)], day: Int) -> Bool {
        on(day) { counted in
            let fits = names.allSatisfy { counted.count($0.name) < $0.limit }
            if fits { for (name, _) in names { counted.change(name, by: 1) } }
            return fits
        }
    }

    /// Takes back what `reserve` counted.
    package func release(_ names: [[UInt8]], day: Int) {
        on(day) { counted in
            for name in names where counted.count(name) > 0 { counted.change(name, by: -1) }
        }
    }

    /// A day further back than yesterday, as after a clock was set back, is taken for yesterday.
    private func on<Result>(_ day: Int, _ body: (inout OneDay) -> Result) -> Result {
        state.withLock { state in
            if day > state.newest { turn(&state, to: day) }
            return body(&state.days[max(day, state.newest - 1), default: OneDay()])
        }
    }

    private func turn(_ state: inout State, to day: Int) {
        let kept = [day - 1, day]
        for old in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where old.hasPrefix("counts-") && !kept.contains(where: { old == "counts-\($0)" }) {
            try? FileManager.default.removeItem(at: folder.appending(path: old))
        }
        state.newest = day
        state.days = Dictionary(
            uniqueKeysWithValues: kept.map { ($0, state.days[$0] ?? read($0)) })
    }

    private func read(_ day: Int) -> OneDay {
        var counted = OneDay()
        let file = folder.appending(path: "counts-\(day)")
        let bytes = Array((try? Data(contentsOf: file)) ?? Data())
        var start = 0
        while start + DailyCounter.recordSize <= bytes.count {
            let name = NameKey(Array(bytes[start..<start + 32]))
            counted.counts[name, default: 0] += Int32(Int8(bitPattern: bytes[start + 32]))
            start += DailyCounter.recordSize
        }
        try? writePrivate(Data(bytes[..<start]), to: file)
        counted.file = try? FileHandle(forWritingTo: file)
        _ = try? counted.file?.seekToEnd()
        return counted
    }
}
