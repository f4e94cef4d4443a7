import Domain
import Testing

@testable import Web

struct TallyTests {
    private let action = ActionID.random()

    @Test("While things are calm, every change is public at once")
    func calm() {
        let tally = Tally()
        tally.start(with: [action: 7], now: 0)
        for number in 8...50 {
            tally.change(action, by: 1)
            #expect(tally.published(action, now: 0) == number)
        }
        tally.change(action, by: -1)
        #expect(tally.published(action, now: 0.1) == 49)
    }

    @Test("In a rush the number follows five times a second, and never stays behind")
    func rush() {
        let tally = Tally()
        tally.start(with: [:], now: 0)
        var seen: Set<Int> = []
        for step in 0..<1_000 {
            tally.change(action, by: 1)
            seen.insert(tally.published(action, now: Double(step) / 1_000))
        }
        #expect(seen.count < 60)
        #expect(tally.live(action) == 1_000)
        #expect(tally.published(action, now: 1.5) == 1_000)
    }
}
