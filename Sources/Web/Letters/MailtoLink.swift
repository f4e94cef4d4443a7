import Domain

/// A letter as an address that opens the reader's own mail program (RFC 6068).
struct MailtoLink {
    let address: String
    /// Whether the letter is in it; else it must be pasted.
    let isWhole: Bool

    /// Longer ones are cut off by some programs without a word.
    static let limit = 1_800

    /// `paste` stands in place of a letter that is too long.
    init(to email: String, subject: String, text: String, paste: String) {
        let start = "mailto:\(email.percentEncodedAddress)?subject=\(subject.percentEncoded)"
        func link(_ body: String) -> String {
            let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
            return
                "\(start)&body=\(lines.map { String($0).percentEncoded }.joined(separator: "%0D%0A"))"
        }
        let whole = link(text)
        isWhole = whole.utf8.count <= Self.limit
        let short = isWhole ? whole : link(paste)
        address =
            short.utf8.count <= Self.limit
            ? short : "mailto:\(email.percentEncodedAddress)"
    }
}

extension String {
    /// With its `@` as it is.
    fileprivate var percentEncodedAddress: String {
        split(separator: "@", omittingEmptySubsequences: false).map { String($0).percentEncoded }
            .joined(separator: "@")
    }
}
