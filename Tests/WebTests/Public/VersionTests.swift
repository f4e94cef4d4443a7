import Authoring
import Domain
import Foundation
import Mail
import Storage
import TestSupport
import Testing

@Suite("A campaigner corrects an action")
struct VersionTests {
    @Test("The same bytes again change nothing, and come back as they were")
    func idempotent() async throws {
        let site = try await Installation()
        let files = try #require(try Installation.sample())
        #expect(try await site.importAction(files) == .unchanged(version: 1))
        let stored = try await site.store.read { transaction in
            let action = try #require(try transaction.action(slug: "baku-2017"))
            return try transaction.files(of: action.id, version: 1)
        }
        #expect(stored.map { ActionFile(path: $0.path, bytes: $0.content) } == files)
    }

    @Test("A corrected figure stands beside the one it replaces, with the day")
    func corrected() async throws {
        let site = try await Installation()
        let files = try Installation.sample(
            replacing: "value: 83", with: "value: 84", in: "action.yaml")
        #expect(try await site.importAction(files) == .changed(version: 2))
        let page = try await site.browser.get("/en/actions/baku-2017").text
        #expect(page.contains("<s>83</s>") && page.contains("84<svg"))
        #expect(page.contains("corrected on 15 January 2027"))
        #expect(page.contains("Version 2, corrected on 15 January 2027"))
        let json = try await site.browser.get("/en/actions/baku-2017.json").text
        #expect(json.contains("\"supersededBy\":\"detained-ministry\""))

        let third = try Installation.sample(
            replacing: "value: 83", with: "value: 85", in: "action.yaml")
        #expect(try await site.importAction(third) == .changed(version: 3))
        let later = try await site.browser.get("/en/actions/baku-2017").text
        #expect(
            later.contains("<s>83</s>") && later.contains("<s>84</s>") && later.contains("85<svg"))
    }

    @Test("A figure that is left out stays, said to be ours no longer, and may come back")
    func leftOut() async throws {
        let site = try await Installation()
        let all = try #require(try Installation.sample())
        let yaml = String(decoding: try #require(all.first).bytes, as: UTF8.self)
        let start = try #require(yaml.range(of: "  - id: held-pace"))
        let end = try #require(yaml.range(of: "\n\nevents:"))
        let cut = String(yaml[..<start.lowerBound]) + String(yaml[end.lowerBound...])
        let files = [ActionFile(path: "action.yaml", bytes: Array(cut.utf8))] + all.dropFirst()
        try await site.importAction(files)
        let page = try await site.browser.get("/en/actions/baku-2017").text
        #expect(page.contains("<s>some</s>") && page.contains("no longer given here since"))
        try await site.importAction(all)
        let json = try await site.browser.get("/en/actions/baku-2017.json").text
        #expect(json.matches(of: /"id":"held-pace"/).count == 1)
        #expect(!json.contains("\"supersededBy\":\"held-pace\"") && json.contains("\"value\":null"))
    }

    @Test("A draft may be corrected without a trace")
    func draft() async throws {
        let site = try await Installation(open: false)
        let files = try Installation.sample(
            replacing: "value: 83", with: "value: 84", in: "action.yaml")
        try await site.importAction(files)
        try await site.move(to: .open)
        #expect(try await !site.browser.get("/en/actions/baku-2017").text.contains("<s>83</s>"))
    }

    @Test("The demand may change until the first signature, and never after it")
    func demand() async throws {
        let site = try await Installation()
        let files = try Installation.sample(
            replacing: "Free at once", with: "Release at once", in: "en.md")
        #expect(try await site.importAction(files) == .changed(version: 2))
        _ = try await site.signAndConfirm(email: "ada@example.org")
        await #expect(throws: ImportRefusal.demandChanged(languages: ["en"])) {
            try await site.importAction(try Installation.sample() ?? [])
        }
    }

    @Test("The demand stays fixed when retention has erased the records")
    func demandAfterRetention() async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "ada@example.org")
        try await site.move(to: .closed)
        let late = site.moment.milliseconds + 181 * 86_400_000
        let today = site.moment.day + 181
        var report = RetentionReport()
        try await site.store.removeExpired(
            today: today, nowMilliseconds: late, into: &report)
        #expect(report.records == 1)
        let files = try Installation.sample(
            replacing: "Free at once", with: "Release at once", in: "en.md")
        await #expect(throws: ImportRefusal.demandChanged(languages: ["en"])) {
            try await site.importAction(files)
        }
    }

    @Test("Who has read another demand does not sign the new one")
    func demandUnderWay() async throws {
        let site = try await Installation()
        try await site.sign(email: "ada@example.org")
        let secret = try #require(site.mails.last?.secret)
        let files = try Installation.sample(
            replacing: "Free at once", with: "Release at once", in: "en.md")
        try await site.importAction(files)
        #expect(try await site.browser.post("/c", ["secret": secret]).status == 409)
        #expect(try await site.number() == 0)
    }

    @Test("A signature is bound to the version that was shown")
    func bound() async throws {
        let site = try await Installation()
        let shown = try await site.browser.get("/en/actions/baku-2017").text
        let first = String(
            try #require(shown.firstMatch(of: /name="version" value="([0-9a-f]{64})"/)).output.1)
        try await site.importAction(
            Installation.sample(replacing: "value: 83", with: "value: 84", in: "action.yaml"))
        _ = try await site.signAndConfirm(email: "ada@example.org", more: ["version": first])
        _ = try await site.signAndConfirm(email: "bob@example.org")
        let versions = try await site.pledges().map(\.version)
        #expect(versions.contains(first) && Set(versions).count == 2)
    }

    @Test(
        "Whom people agreed to be named to stays the first target; how they are reached may change")
    func firstTarget() async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "ada@example.org")
        let moved = try Installation.sample(
            replacing: "zone: Asia/Baku", with: "zone: Europe/London", in: "action.yaml")
        #expect(try await site.importAction(moved) == .changed(version: 2))
        for (old, new) in [
            ("en: President of the Republic", "en: Minister of the Republic"),
            ("  - id: president", "  - id: minister"),
        ] {
            let other = try Installation.sample(replacing: old, with: new, in: "action.yaml")
            await #expect(throws: ImportRefusal.firstTargetChanged) {
                try await site.importAction(other)
            }
        }
    }

    @Test("An action is not opened without a key of its own")
    func keys() async throws {
        let site = try await Installation()
        let files = try #require(try Installation.sample())
        for number in 2...5 {
            try await site.importAction(files, slug: "action-\(number)", open: true)
        }
        try await site.importAction(files, slug: "one-too-many")
        await #expect(throws: LifecycleRefusal.noKeyLeft(keys: 5)) {
            try await site.move(to: .open, slug: "one-too-many")
        }
        let rows = try await site.store.read { try $0.actions() }
        #expect(Set(rows.compactMap(\.keyNumber)) == [1, 2, 3, 4, 5])
    }
}
