import Authoring
import Domain
import Foundation
import Press
import Storage
import TestSupport
import Testing
import Web

@Suite("The pages belong to an organisation")
struct DressTests {
    private let look = Appearance(
        brand: Colour(red: 0, green: 0x47, blue: 0x4f), onBrand: .white,
        brandNight: Colour(red: 0x7f, green: 0xd6, blue: 0xdf), headlines: .sans,
        logo: "<svg id=\"own\"></svg>", footer: LocalText(["en": "1 Street <Town>"]),
        contact: "mailto:hello@rights.example")

    @Test("Name, colours, logo, footer and contact change while the server runs")
    func change() async throws {
        let site = try await Installation()
        let before = try await site.browser.get("/en/actions/baku-2017")
        #expect(before.text.contains("Example Rights Network"))
        let id = site.services.organisation.id
        let look = look
        try await site.store.write {
            try $0.setOrganisation(id, name: "Rights Now", appearance: look)
        }
        try await site.services.board.refresh(from: site.store)
        for path in ["", "actions/baku-2017", "how-we-count", "privacy", "accessibility"] {
            let page = try await site.browser.get("/en/\(path)")
            #expect(page.text.contains("Rights Now") && page.text.contains("<svg id=\"own\">"))
            #expect(page.text.contains("1 Street &lt;Town&gt;"))
            #expect(!page.text.contains("Example Rights Network"), "\(path)")
        }
        let page = try await site.browser.get("/en/accessibility")
        #expect(page.text.contains("<a href=\"mailto:hello@rights.example\">"))
        let address = try #require(
            page.text.components(separatedBy: "rel=\"stylesheet\" href=\"").last?
                .prefix { $0 != "\"" })
        let style = try await site.browser.get(String(address))
        #expect(
            style.text.contains("--brand:#00474f;") && style.text.contains("--face:var(--sans)"))
        #expect(try await site.browser.get("/favicon.ico").text.contains("#7fd6df"))
        #expect(!before.text.contains(address))
    }

    @Test("The page about privacy says what is set here")
    func settings() async throws {
        let site = try await Installation(keepers: 2, signLimit: 17)
        let page = try await site.browser.get("/en/privacy")
        #expect(page.text.contains("in ten minutes</th><td><bdi>17</bdi>"))
        #expect(page.text.contains("180 days") && page.text.contains("30 days"))
        #expect(page.text.contains("has not yet said here where to write"))
    }

    @Test("An action has a card in each language, and none once it is stopped")
    func card() async throws {
        let site = try await Installation()
        for language in ["en", "ar"] {
            let path = "/\(language)/actions/baku-2017/card.png"
            let page = try await site.browser.get("/\(language)/actions/baku-2017")
            #expect(page.text.contains("og:image\" content=\"https://rights.example\(path)\""))
            let card = try await site.browser.get(path)
            #expect(card.status == 200 && card.headers["content-type"] == "image/png")
            #expect(card.headers["cross-origin-resource-policy"] == "cross-origin")
            #expect(card.headers["cache-control"] == "public, max-age=30, must-revalidate")
        }
        try await site.move(to: .stopped)
        #expect(try await site.browser.get("/en/actions/baku-2017/card.png").status == 404)
        let page = try await site.browser.get("/en/actions/baku-2017")
        #expect(!page.text.contains("og:image"))
    }

    @Test("A picture is shown lazily with its words and caption, and goes with a stop")
    func picture() async throws {
        let card = ShareCard(
            organisation: "A", kicker: "B", title: "C", direction: .ltr, solid: look.brand,
            onSolid: .white)
        let bytes = try #require(card.png())
        let path = "pictures/march.png"
        var files = try #require(try Installation.sample())
        files = files.map { file in
            guard file.path.hasSuffix(".md") else { return file }
            let text = String(decoding: file.bytes, as: UTF8.self)
            let mark = "![A \"quoted\" march & more](pictures/march.png \"Photo: Somebody\")"
            let marked = text.replacing("\n# letter\n", with: "\n\(mark)\n\n# letter\n")
            return ActionFile(path: file.path, bytes: Array(marked.utf8))
        }
        let site = try await Installation(files: files + [.init(path: path, bytes: bytes)])
        let page = try await site.browser.get("/en/actions/baku-2017")
        #expect(page.text.contains("alt=\"A &quot;quoted&quot; march &amp; more\""))
        #expect(page.text.contains("width=\"1200\" height=\"630\" loading=\"lazy\""))
        #expect(page.text.contains("<figcaption class=\"small soft\">Photo: Somebody</figcaption>"))
        let start = try #require(
            page.text.range(
                of: "/actions/baku-2017/pictures/[0-9a-f]{32}.png", options: .regularExpression))
        let address = String(page.text[start])
        let picture = try await site.browser.get(address)
        #expect(picture.status == 200 && picture.headers["content-type"] == "image/png")
        #expect(picture.body.starts(with: [0x89, 0x50]))
        #expect(try await site.browser.get("/actions/baku-2017/pictures/x.png").status == 404)
        try await site.move(to: .stopped)
        #expect(try await site.browser.get(address).status == 404)
    }
}
