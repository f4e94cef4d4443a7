/// `w` of the protocol: the one thing that takes a signature back, shown once and stored nowhere.
package struct WithdrawalCode: Hashable, Sendable {
    /// 16 random bytes.
    package let bytes: [UInt8]

    /// Nil unless there are 16 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads the 26 base32 characters of RFC 4648; spaces, hyphens and case are forgiven, as are
    /// the digits 0, 1 and 8, which the alphabet does not have, for O, I and B.
    package init?(typed: String) {
        var text = ""
        for scalar in typed.unicodeScalars
        where !scalar.properties.isWhitespace && !scalar.properties.isDash {
            switch scalar {
            case "0": text += "O"
            case "1": text += "I"
            case "8": text += "B"
            case "a"..."z": text += scalar.properties.uppercaseMapping
            default: text.unicodeScalars.append(scalar)
            }
        }
        guard text.utf8.count == 26, let bytes = [UInt8](base32: text) else { return nil }
        self.init(bytes: bytes)
    }

    /// Groups of four, the last of two, for the eye.
    package var groups: [String] {
        let digits = Array(bytes.base32.utf8)
        return stride(from: 0, to: digits.count, by: 4).map {
            String(decoding: digits[$0..<min($0 + 4, digits.count)], as: UTF8.self)
        }
    }
}
