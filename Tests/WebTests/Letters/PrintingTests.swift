import Domain
import Foundation
import Languages
import Press
import Storage
import TestSupport
import Testing

@testable import Web

@Suite("A letter goes to paper")
struct PrintingTests {
    private static let path = "/en/actions/baku-2017/letter.pdf"

    private func sheet(
        _ fields: (inout LetterForm) -> Void, in site: Installation, toEmbassy: Bool? = nil
    ) async throws -> LetterSheet {
        var form = LetterForm()
        fields(&form)
        let texts = try #require(site.services.languages["ar"])
        let action = try #require(site.services.board["baku-2017"])
        return try await site.services.ready(texts, action, form).get()
            .printed(toEmbassy: toEmbassy).sheet
    }

    @Test("The letter is a PDF for its writer alone, and the model one for all")
    func pdf() async throws {
        let site = try await Installation()
        let own = try await site.browser.post(
            Self.path,
            ["name": "Leyla Məmmədova", "words": "أكتب إليكم. I teach.", "language": "en"])
        #expect(own.status == 200 && own.headers["content-type"] == "application/pdf")
        #expect(own.headers["cache-control"] == "no-store")
        #expect(own.headers["content-disposition"]?.hasPrefix("attachment") == true)
        #expect(own.body.starts(with: Array("%PDF-".utf8)))
        let model = try await site.browser.get(Self.path)
        #expect(model.status == 200 && model.headers["cache-control"]?.hasPrefix("public") == true)
        #expect(model.body.starts(with: Array("%PDF-".utf8)))
        #expect(try await site.browser.get(Self.path).body == model.body)
    }

    @Test(
        "Paper and window are those of the writer's country, unless another paper is asked for",
        arguments: [
            ("", "", Paper.a4, Window.din5008B), ("GB", "", .a4, .uk), ("US", "", .usLetter, .us),
            ("DE", "letter", .usLetter, .din5008B), ("US", "a4", .a4, .us),
        ])
    func paper(country: String, asked: String, paper: Paper, window: Window) async throws {
        let site = try await Installation()
        let sheet = try await sheet(
            {
                $0.country = country
                $0.paper = asked
            }, in: site)
        #expect(sheet.paper == paper && sheet.window == window)
    }

    @Test("The envelope names the country that it goes to, and the writer's for the answer")
    func countries() async throws {
        let site = try await Installation()
        func fill(_ form: inout LetterForm, country: String) {
            form.name = "Leyla"
            form.address = "1 Any Road"
            form.country = country
        }
        let abroad = try await sheet({ fill(&$0, country: "DE") }, in: site)
        #expect(
            abroad.recipient.last == "AZERBAIJAN"
                && abroad.recipient.first == "Zati-aliləri İlham Əliyev")
        #expect(abroad.sender == ["Leyla", "1 Any Road", "GERMANY"])
        let home = try await sheet({ fill(&$0, country: "AZ") }, in: site)
        #expect(home.recipient.last == "AZ1066 Bakı" && home.sender == ["Leyla", "1 Any Road"])
        let embassy = try await sheet({ fill(&$0, country: "DE") }, in: site, toEmbassy: true)
        #expect(embassy.recipient.suffix(2) == ["Musterallee 1", "10115 Berlin"])
        #expect(embassy.recipient.contains("Azərbaycan Respublikasının Prezidenti"))
        #expect(embassy.sender == ["Leyla", "1 Any Road", "GERMANY"] || embassy.sender.count == 2)
    }

    @Test("The date is in the language of the letter, and the address is the action's short one")
    func language() async throws {
        let site = try await Installation()
        let sheet = try await sheet({ $0.language = "en" }, in: site)
        #expect(sheet.date == "15 January 2027" && sheet.language == "en")
        #expect(sheet.address == "rights.example/actions/baku-2017")
        #expect(sheet.link == "https://rights.example/actions/baku-2017")
        #expect(sheet.paragraphs.first == "Your Excellency," && sheet.warning == nil)
    }

    @Test("A word that no font has is named, and so is a letter that is too long; nothing is lost")
    func refused() async throws {
        let site = try await Installation()
        let strange = try await site.browser.post(
            Self.path,
            ["name": "Leyla", "words": "My name is \u{1F9FF}\u{10FFFD}\u{E123}.", "language": "en"])
        #expect(strange.status == 422 && strange.text.contains("has no letters to print"))
        let long = try await site.browser.post(
            Self.path,
            ["words": Array(repeating: "So", count: 600).joined(separator: "\n"), "language": "en"])
        #expect(long.status == 422 && long.text.contains("too long for one page"))
        #expect(long.text.contains("name=\"words\" value=\"So\nSo"))
    }

    @Test(
        "What must not be sent any more says so in a frame, and keeps nobody waiting for a form",
        arguments: [ActionState.won, .closed])
    func over(state: ActionState) async throws {
        let site = try await Installation()
        let before = try await site.browser.get(Self.path)
        try await site.move(to: state)
        let after = try await site.browser.get(Self.path)
        #expect(after.status == 200 && after.body != before.body)
        let texts = site.services.languages.fallback
        #expect(texts.doNotSend(state)?.contains("do not send this letter") == true)
    }

    @Test("Printing has its limit like every form that costs something")
    func limit() async throws {
        let site = try await Installation(signLimit: 1)
        #expect(try await site.browser.post(Self.path, [:]).status == 200)
        let answer = try await site.browser.post(Self.path, ["name": "Leyla"])
        #expect(answer.status == 429 && answer.text.contains("value=\"Leyla\""))
    }
}
