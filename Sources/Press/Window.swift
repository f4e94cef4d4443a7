/// The window of an envelope, and so where an address stands.
package enum Window: String, Hashable, Sendable {
    case din5008B, uk, us

    /// By the sender's country (ISO 3166-1 alpha-2, upper case), whose envelopes are used.
    package init(country: String?) {
        switch country {
        case "GB", "IE", "GG", "JE", "IM", "GI", "MT": self = .uk
        default: self = Paper(country: country) == .usLetter ? .us : .din5008B
        }
    }
}
