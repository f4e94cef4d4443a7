import Foundation

/// When the next letter may go to a mailbox: an office reads what comes as people write, in its
/// working hours, and never a heap at once.
package struct LetterPace: Sendable {
    /// From 0 up to 1.
    private let random: @Sendable () -> Double
    /// Seconds between two letters at any hour; nil for the office's hours.
    private let interval: Double?

    /// A turn that was missed by this long, in seconds, was missed by a pause or a restart.
    static let missed: Double = 60
    /// By how much of itself a distance between two letters may be longer.
    static let jitter = 0.4

    package init(random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }) {
        self.random = random
        interval = nil
    }

    /// For demonstrations and tests: one letter each so many seconds, at any hour.
    package init(everySeconds interval: Double) {
        random = { 0 }
        self.interval = interval
    }

    /// Which share of the full pace holds at this instant, 0 to 1; seconds since 1970.
    ///
    /// On Monday to Friday it is full from 9 to 17 o'clock, half in the hour before and the two
    /// after, a quarter from 7 and until 21; a tenth from 10 to 18 at the weekend; else nothing.
    func weight(at time: Double, in zone: TimeZone) -> Double {
        guard interval == nil else { return 1 }
        let local = time + Double(zone.secondsFromGMT(for: Date(timeIntervalSince1970: time)))
        let day = Int((local / 86_400).rounded(.down))
        let hour = Int((local - Double(day) * 86_400) / 3_600)
        // Day 0 was a Thursday.
        let weekday = ((day + 4) % 7 + 7) % 7
        if weekday == 0 || weekday == 6 { return (10..<18).contains(hour) ? 0.1 : 0 }
        return switch hour {
        case 9..<17: 1
        case 8, 17, 18: 0.5
        case 7, 19, 20: 0.25
        default: 0
        }
    }

    /// The next turn after a letter that went at `time`: at least 1/`perHour` of a full hour
    /// later, so that no hour ever sees more than `perHour`.
    func next(after time: Double, perHour: Int, in zone: TimeZone) -> Double {
        if let interval { return time + interval }
        let distance = 3_600 / Double(max(1, perHour))
        return walk(distance * (1 + Self.jitter * random()), from: time, in: zone)
    }

    /// The first turn of a mailbox, and of one whose turn was missed: some time within the
    /// distance of two letters, so that nothing goes out because a machine was started.
    func first(from time: Double, perHour: Int, in zone: TimeZone) -> Double {
        guard interval == nil else { return time }
        return walk(3_600 / Double(max(1, perHour)) * (0.01 + random()), from: time, in: zone)
    }

    /// When a letter is tried again after so many attempts: half a minute, one, two ... one hour;
    /// a second, two ... without office hours.
    func retry(at time: Double, attempts: Int) -> Double {
        let first: Double = interval == nil ? 30 : 1
        return time + min(first * Double(1 << min(max(0, attempts - 1), 12)), 3_600)
    }

    /// The instant at which `seconds` of full hours have passed, counting others by their weight.
    private func walk(_ seconds: Double, from time: Double, in zone: TimeZone) -> Double {
        var (time, left) = (time, seconds)
        while true {
            let weight = weight(at: time, in: zone)
            // Zones are apart by quarters of an hour, and their clocks change at one.
            let step = 900 - time.truncatingRemainder(dividingBy: 900)
            if weight > 0, left <= weight * step { return time + left / weight }
            left -= weight * step
            time += step
        }
    }
}
