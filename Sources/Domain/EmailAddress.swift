import Foundation

/// A mail address as a person typed it, checked by rule only: nothing is asked of any network.
package struct EmailAddress: Hashable, Sendable {
    /// Before the last `@`, NFC, as typed.
    package let local: String
    /// The domain as lower-case A-labels (RFC 5890), without a trailing dot.
    package let domain: String

    /// What a mail server is given.
    package var text: String { "\(local)@\(domain)" }

    /// The one name of this mailbox: `norm(address)` of the protocol, section 3.
    ///
    /// The local part loses its case (without a locale: `I` is `i`, also in Azerbaijani) and its
    /// `+tag`; dots and aliases only where `MailProviders` knows them.
    package var mailbox: String {
        let domain = MailProviders.alias[domain] ?? domain
        // Bytes, not characters: a `+` that carries a combining mark is still a `+`.
        // Once more NFC: some letters carry their mark within them only when small.
        var local = Array(local.lowercased().nfc.utf8)
        if let plus = local.firstIndex(of: UInt8(ascii: "+")), plus > 0 {
            local.removeSubrange(plus...)
        }
        if MailProviders.dotless.contains(domain) {
            local.removeAll { $0 == UInt8(ascii: ".") }
        }
        return "\(String(decoding: local, as: UTF8.self))@\(domain)"
    }

    /// Throws which rule is broken.
    package init(_ typed: String) throws(Problem) {
        let text = typed.trimmed
        guard text.utf8.count <= 254 else { throw .tooLong }
        guard !text.isEmpty else { throw .missing }
        if text.utf8.contains(where: { "<>,;:\"()[]\\ ".utf8.contains($0) || $0 < 0x21 }) {
            throw .notOneAddress
        }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw parts.count < 2 ? .noAt : .notOneAddress }
        local = try EmailAddress.checkedLocal(parts[0])
        domain = try EmailAddress.checkedDomain(parts[1])
        guard self.text.utf8.count <= 254 else { throw .tooLong }
    }

    package enum Problem: Error, Hashable, Sendable, CaseIterable {
        case missing, tooLong, noAt, notOneAddress, badLocal, badDomain
    }

    /// A host name as it stands in an address: lower case, in A-labels, of at least two labels and
    /// 253 bytes at most; nil for anything else.
    package static func hostName(_ typed: some StringProtocol) -> String? {
        try? checkedDomain(Substring(typed.trimmed))
    }

    /// RFC 5321 dot-string, with the letters of RFC 6531; no quoted strings.
    private static func checkedLocal(_ typed: Substring) throws(Problem) -> String {
        let local = typed.nfc
        let atoms = local.split(separator: ".", omittingEmptySubsequences: false)
        let isDotString = atoms.allSatisfy {
            !$0.isEmpty && $0.unicodeScalars.allSatisfy(isAtomText) && marksFollowLetters($0)
        }
        guard (1...64).contains(local.utf8.count), isDotString else { throw .badLocal }
        return local
    }

    /// A mark on anything but a letter would make a second name of one mailbox.
    private static func marksFollowLetters(_ atom: Substring) -> Bool {
        var mayCarry = false
        for scalar in atom.unicodeScalars {
            let isMark = scalar.properties.generalCategory == .nonspacingMark
            if isMark, !mayCarry { return false }
            mayCarry = isMark || scalar.properties.isAlphabetic
        }
        return true
    }

    private static func isAtomText(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else {
            guard !scalar.properties.isDefaultIgnorableCodePoint else { return false }
            return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || scalar.properties.generalCategory == .nonspacingMark
        }
        return switch UInt8(ascii: scalar) {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        default: "!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
        }
    }

    private static func checkedDomain(_ typed: Substring) throws(Problem) -> String {
        var domain = typed.hasSuffix(".") ? String(typed.dropLast()) : String(typed)
        if !domain.utf8.allSatisfy({ $0 < 0x80 }) {
            // Foundation carries ICU's IDNA 2008 with the compatibility mapping (UTS 46).
            var components = URLComponents()
            components.host = domain.nfc
            guard let encoded = components.encodedHost else { throw .badDomain }
            domain = encoded
        }
        domain = domain.lowercased()
        let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
        guard domain.utf8.count <= 253, labels.count >= 2, labels.allSatisfy(isLabel),
            let last = labels.last, !last.utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { throw .badDomain }
        return domain
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
            && label.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x61...0x7a, 0x2d: true
                default: false
                }
            }
    }
}
