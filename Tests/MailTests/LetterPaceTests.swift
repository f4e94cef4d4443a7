import Domain
import Foundation
import Testing

@testable import Mail

@Suite("The pace of letters")
struct LetterPaceTests {
    private func local(_ time: Double, _ zone: String) throws -> (weekday: Int, hour: Int) {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: zone))
        let parts = calendar.dateComponents(
            [.weekday, .hour], from: Date(timeIntervalSince1970: time))
        return (try #require(parts.weekday), try #require(parts.hour))
    }

    /// The most that came within any hour.
    private func mostInAnHour(_ times: [Double]) -> Int {
        var first = 0
        var most = 0
        for (index, time) in times.enumerated() {
            while times[first] <= time - 3_600 { first += 1 }
            most = max(most, index - first + 1)
        }
        return most
    }

    private func gaps(_ times: [Double]) -> [Double] {
        zip(times, times.dropFirst()).map { $1 - $0 }
    }

    @Test("A week of letters comes in the office's hours, in order, never more than thirty an hour")
    func week() async throws {
        // A Monday, midnight in Baku.
        let world = try await LetterWorld(at: "2026-11-22T20:00:00Z")
        let office = Office(world.clock)
        try await world.queue(2_000)
        try await world.run(world.worker(office), hours: 7 * 24)
        let times = office.arrivals.map(\.time)
        #expect(mostInAnHour(times) <= 30)
        var days: [Int: Int] = [:]
        for time in times {
            let (weekday, hour) = try local(time, "Asia/Baku")
            let isWeekend = weekday == 1 || weekday == 7
            #expect((isWeekend ? 10..<18 : 7..<21).contains(hour))
            days[weekday, default: 0] += 1
        }
        for weekday in 2...6 { #expect((200...330).contains(days[weekday] ?? 0), "\(days)") }
        for weekday in [1, 7] { #expect((5...30).contains(days[weekday] ?? 0), "\(days)") }
        #expect(office.arrivals.map(\.mail.letter.name) == (1...times.count).map(String.init))
        #expect(try await world.waiting == 2_000 - times.count)
        #expect(try await world.count(.sent) == times.count)
    }

    @Test("In full hours two letters are between 120 and 168 seconds apart, and not evenly")
    func jitter() async throws {
        let world = try await LetterWorld(at: "2026-11-23T05:00:00Z")
        let office = Office(world.clock)
        try await world.queue(200)
        try await world.run(world.worker(office), hours: 7.5)
        let gaps = gaps(office.arrivals.map(\.time))
        #expect(gaps.count > 150)
        #expect(gaps.allSatisfy { (119.9...168.1).contains($0) })
        #expect(Set(gaps.map { Int($0) }).count > 20)
    }

    @Test("A target that takes six hundred an hour gets more, and one that takes one gets one")
    func rates() async throws {
        for (perHour, expected) in [(600, 400...600), (1, 1...1)] {
            let world = try await LetterWorld(at: "2026-11-23T06:00:00Z", perHour: perHour)
            let office = Office(world.clock)
            try await world.queue(1_200)
            try await world.run(world.worker(office), hours: 2)
            let times = office.arrivals.map(\.time)
            #expect(mostInAnHour(times) <= perHour)
            #expect(expected.contains(times.count / 2 + times.count % 2), "\(times.count)")
        }
    }

    @Test(
        "When clocks change, the office's day begins where its own clock says",
        arguments: ["2026-03-27T00:00:00Z", "2026-10-23T00:00:00Z"])
    func daylight(start: String) async throws {
        let world = try await LetterWorld(at: start, zone: "Europe/Berlin")
        let office = Office(world.clock)
        try await world.queue(1_200)
        try await world.run(world.worker(office), hours: 5 * 24)
        var first: [Int: Int] = [:]
        for arrival in office.arrivals {
            let (weekday, hour) = try local(arrival.time, "Europe/Berlin")
            let isWeekend = weekday == 1 || weekday == 7
            #expect((isWeekend ? 10..<18 : 7..<21).contains(hour))
            first[weekday] = min(first[weekday] ?? 24, hour)
        }
        // Friday before, Monday and Tuesday after.
        for weekday in [6, 2, 3] { #expect(first[weekday] == 7) }
    }

    @Test("Restarts bring no letter closer to the one before")
    func restarts() async throws {
        let world = try await LetterWorld(at: "2026-11-23T05:00:00Z")
        let office = Office(world.clock)
        try await world.queue(300)
        for _ in 0..<200 { try await world.run(world.worker(office), hours: 0.04) }
        let times = office.arrivals.map(\.time)
        #expect(mostInAnHour(times) <= 30)
        #expect(gaps(times).allSatisfy { $0 >= 119.9 })
        #expect(times.count > 150)
    }

    @Test("After a night, a pause of days or a machine that was off, nothing comes in a heap")
    func pauses() async throws {
        let world = try await LetterWorld(at: "2026-11-23T05:00:00Z")
        let office = Office(world.clock)
        try await world.queue(500)
        let worker = world.worker(office)
        try await world.run(worker, hours: 2)
        try await world.set(.paused)
        let before = office.arrivals.count
        try await world.run(worker, hours: 24)
        #expect(office.arrivals.count == before, "a pause holds them")
        try await world.set(.open)
        let opened = world.clock.now
        try await world.run(worker, hours: 2)
        // Off for a day.
        world.clock.set(world.clock.now + 86_400)
        try await world.run(world.worker(office), hours: 2)
        let times = office.arrivals.map(\.time)
        #expect(mostInAnHour(times) <= 30)
        #expect(gaps(times).allSatisfy { $0 >= 119.9 })
        #expect(times.contains { $0 > opened })
    }

    @Test("Two actions that write to one mailbox share its pace")
    func shared() async throws {
        let world = try await LetterWorld(at: "2026-11-23T05:00:00Z", actions: 2)
        let office = Office(world.clock)
        for index in 0..<2 { try await world.queue(100, from: 100 * index, of: index) }
        try await world.run(world.worker(office), hours: 3)
        #expect(mostInAnHour(office.arrivals.map(\.time)) <= 30)
        let numbers = office.arrivals.compactMap { Int($0.mail.letter.name) }
        let second = numbers.count { $0 >= 100 }
        #expect(numbers.count > 60)
        #expect(abs(numbers.count - 2 * second) <= 1, "they take turns")
    }
}
