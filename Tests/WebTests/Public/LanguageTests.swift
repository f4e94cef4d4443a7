import Authoring
import Domain
import Languages
import Mail
import TestSupport
import Testing
import Web

@Suite("A reader of another language")
struct LanguageTests {
    private static let own = ["en", "az", "ru", "ar"]

    @Test(
        "Every page speaks every language, in its direction, and names all others",
        arguments: [
            "/", "/actions/baku-2017", "/how-we-count", "/privacy",
        ])
    func pages(path: String) async throws {
        let site = try await Installation()
        for language in Self.own + ["fr"] {
            let page = try await site.browser.get("/\(language)\(path)")
            #expect(page.status == 200)
            let direction = language == "ar" ? "rtl" : "ltr"
            #expect(page.text.contains("<html lang=\"\(language)\" dir=\"\(direction)\">"))
            for other in Self.own + ["fr", "x-default"] {
                #expect(
                    page.text.contains("hreflang=\"\(other)\" href=\"https://rights.example/"),
                    "\(other)")
            }
            let address = "https://rights.example/\(language)\(path)"
            #expect(page.text.contains("rel=\"canonical\" href=\"\(address)\""))
            for gap in ["{number}", "{office}", "{organisation}", "{date}", "state.", "claims."] {
                #expect(!page.text.contains(gap), "\(language) \(gap)")
            }
        }
    }

    @Test("The root leads to the reader's language")
    func root() async throws {
        let site = try await Installation()
        let answer = try await site.browser.get("/", headers: ["Accept-Language": "az-AZ,ru;q=0.5"])
        #expect(answer.location == "/az/" && answer.headers["vary"] == "Accept-Language")
    }

    @Test("A figure is a figure in every language, with the same row behind it")
    func claims() async throws {
        let site = try await Installation()
        for language in Self.own {
            let text = try await site.browser.get("/\(language)/actions/baku-2017").text
            #expect(
                text.contains("id=\"says-5\"") && !text.contains("id=\"says-6\""), "\(language)")
            #expect(text.contains("href=\"#says-1\""))
            #expect(!text.contains("{claim"))
        }
    }

    @Test(
        "Signing in a language, everything that follows is in it, mail and record too",
        arguments: own)
    func signing(language: String) async throws {
        let site = try await Installation()
        let answer = try await site.browser.post(
            "/\(language)/actions/baku-2017/signatures",
            ["name": "أمل Əliyeva 李", "email": "amal@example.org"])
        #expect(answer.status == 303 && answer.location?.hasPrefix("/\(language)/") == true)
        let texts = try #require(site.services.languages[language])
        let mail = try #require(site.mails.last)
        let code = String(mail.text.firstMatch(of: /\b\d{6}\b/)?.output ?? "")
        #expect(mail.subject.contains(code) && code.count == 6)
        let link = try await site.browser.get(mail.link)
        #expect(
            link.text.contains("lang=\"\(language)\"") && link.text.contains(texts("link.title")))
        let counted = try await site.browser.post(
            "/\(language)/confirmations", ["ticket": answer.ticket, "code": code])
        #expect(counted.text.contains(texts("counted.title")))
        let pledge = try #require(try await site.pledges().first)
        #expect(pledge.lang == language && pledge.name == "أمل Əliyeva 李")
    }

    @Test("A language without a text of the action says so, and shows another in its own direction")
    func fallback() async throws {
        let site = try await Installation()
        let french = try await site.browser.get("/fr/actions/baku-2017").text
        #expect(french.contains("<h1 lang=\"en\" dir=\"ltr\">"))
        #expect(french.contains("anglais"))
        let files = try #require(try Installation.sample()).filter { $0.path != "ar.md" }
            .map { file in
                guard file.path == "action.yaml" else { return file }
                let lines = String(decoding: file.bytes, as: UTF8.self)
                    .split(separator: "\n", omittingEmptySubsequences: false)
                return ActionFile(
                    path: file.path, bytes: Array(withoutArabic(lines).utf8))
            }
        let other = try await Installation(files: files)
        let arabic = try await other.browser.get("/ar/actions/baku-2017").text
        #expect(arabic.contains("<html lang=\"ar\" dir=\"rtl\">"))
        #expect(arabic.contains("<h1 lang=\"en\" dir=\"ltr\">"))
    }

    @Test(
        "Who signs a page that fell back is counted after a correction, in the language of the page"
    )
    func fallbackCorrected() async throws {
        let site = try await Installation()
        _ = try await site.browser.post(
            "/fr/actions/baku-2017/signatures", ["name": "Zoé", "email": "zoe@example.org"])
        try await site.importAction(
            Installation.sample(replacing: "value: 83", with: "value: 84", in: "action.yaml"))
        let secret = try #require(site.mails.last?.secret)
        let counted = try await site.browser.post("/c", ["secret": secret, "lang": "fr"])
        #expect(counted.status == 200 && counted.text.contains("<html lang=\"fr\""))
        #expect(try await site.pledges().first?.lang == "fr")
    }

    /// The YAML without its `ar:` entries and the lines that continue them.
    private func withoutArabic(_ lines: [Substring]) -> String {
        var kept: [Substring] = []
        var depth: Int?
        for line in lines {
            let indent = line.prefix { $0 == " " }.count
            if let deep = depth, indent > deep, !line.isEmpty { continue }
            depth = nil
            if line.dropFirst(indent).hasPrefix("ar:") { depth = indent } else { kept.append(line) }
        }
        return kept.joined(separator: "\n")
    }
}
