import Testing

@testable import Web

struct MailtoTests {
    private func link(_ text: String, subject: String = "Baku") -> MailtoLink {
        MailtoLink(to: "office@president.example", subject: subject, text: text, paste: "(Paste)")
    }

    @Test("A short letter is in the link, with its lines")
    func whole() {
        let link = link("Sir,\n\nlet them go & soon.")
        #expect(link.isWhole)
        #expect(
            link.address
                == "mailto:office@president.example?subject=Baku&body=Sir%2C%0D%0A%0D%0Alet%20them%20go%20%26%20soon."
        )
    }

    @Test(
        "However long the letter and its subject are, the link is short",
        arguments: [0, 1, 250, 275, 300, 2_000])
    func short(length: Int) {
        let text = String(repeating: "ə", count: length)
        for subject in ["", "Baku", text] {
            let link = link(text, subject: subject)
            #expect(link.address.utf8.count <= 1_800)
            #expect(link.isWhole == link.address.hasSuffix("&body=\(text.percentEncoded)"))
        }
    }

    @Test("An address with odd signs is one address still")
    func odd() {
        let link = MailtoLink(to: "a?b&c@x.example", subject: "", text: "", paste: "")
        #expect(link.address.hasPrefix("mailto:a%3Fb%26c@x.example?"))
    }
}
