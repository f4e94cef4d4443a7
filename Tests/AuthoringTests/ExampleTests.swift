import Authoring
import Domain
import Foundation
import Testing

/// The reference case, read from the repository itself.
struct ExampleTests {
    private let action: ActionContent

    init() throws {
        let folder = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Examples/baku-2017")
        action = try parseAction(
            slug: folder.lastPathComponent, files: try ActionFolder.read(folder))
    }

    @Test func `The reference case says that it is an example and how it ended`() {
        let notice = action.notice?.in("en") ?? ""
        #expect(notice.contains("example"))
        #expect(notice.contains("ended on 2 October 2017"))
        #expect(action.outcome?.date.description == "2017-10-02")
        #expect(action.outcome?.next != nil)
        #expect(action.closes == nil)
    }

    @Test func `Five sources stand side by side, each with the figures it gives`() {
        func figures(_ figure: String) -> [String] {
            action.claims.filter { $0.figure == figure }.map { claim in
                let value = claim.value.map(String.init) ?? "-"
                return "\(claim.id): \(claim.qualifier.rawValue) \(value) (\(claim.source))"
            }
        }
        #expect(
            figures("detained") == [
                "detained: more than 100 (amnesty)", "detained-ministry: exactly 83 (commissioner)",
                "detained-ilga: at least 50 (ilga)", "detained-turan: about 100 (turan)",
                "detained-pace: about 80 (pace)",
            ])
        #expect(
            figures("held") == [
                "held: at least 48 (amnesty)", "held-ministry: exactly 56 (commissioner)",
                "held-turan: exactly 61 (turan)", "held-pace: some - (pace)",
            ])
    }

    @Test func `An address stands only where one is known`() {
        let known = action.sources.filter { $0.url != nil }.map(\.id)
        #expect(known == ["amnesty", "norwich", "commissioner", "ilga"])
    }

    @Test func `No mailbox of the reference case is real`() {
        let mailboxes =
            action.targets.flatMap { $0.emails + $0.embassies.flatMap(\.emails) }
            + (action.copies ?? []).flatMap(\.emails)
        #expect(mailboxes.count >= 6)
        #expect(mailboxes.allSatisfy { $0.hasSuffix(".example") })
    }

    @Test func `Every text cites its figures rather than write them out`() throws {
        for translation in action.translations {
            let body = translation.body + translation.letter
            #expect(body.claimPieces.contains(.claim(id: "detained")))
            #expect(body.claimPieces.contains(.claim(id: "held")))
            #expect(!body.contains("100"))
            #expect(!body.contains("48"))
            #expect(translation.brief.count == 3)
        }
    }

    @Test func `The timeline does not tell the end`() {
        #expect(action.events.map(\.date.description).max() == "2017-09-26")
    }
}
