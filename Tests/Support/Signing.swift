import Domain

extension Installation {
    /// Sends the form; the address of the page that waits for the code.
    @discardableResult
    package func sign(
        name: String = "Leyla Məmmədova", email: String, slug: String = "baku-2017",
        more: KeyValuePairs<String, String> = [:]
    ) async throws -> Browser.Answer {
        var body = [("name", name), ("email", email)]
        body += more.map { ($0.key, $0.value) }
        let text = body.map { "\($0.0)=\(percent($0.1))" }.joined(separator: "&")
        return try await browser.post("/en/actions/\(slug)/signatures", body: text)
    }

    /// Signs and confirms by the mailed link; the answer says the withdrawal code.
    package func signAndConfirm(
        name: String = "Leyla Məmmədova", email: String, slug: String = "baku-2017",
        more: KeyValuePairs<String, String> = [:]
    ) async throws -> Browser.Answer {
        try await sign(name: name, email: email, slug: slug, more: more)
        return try await browser.post("/c", ["secret": mails.last?.secret ?? ""])
    }

    private func percent(_ text: String) -> String {
        text.utf8.map { "%\([$0].hex)" }.joined()
    }
}

extension Browser.Answer {
    /// The withdrawal code on a page, as it is written there; empty if there is none.
    package var withdrawalCode: String {
        let block = text.firstMatch(of: /class="withdraw"[^>]*>(.*?)<\/p>/)?.output.1 ?? ""
        return block.matches(of: /<span>([A-Z2-7]+)<\/span>/).map { String($0.output.1) }
            .joined(separator: " ")
    }

    /// The ticket in the address that this answer leads to.
    package var ticket: String {
        String(location?.split(separator: "ticket=").last ?? "")
    }
}
