import Domain

/// A text with signatures below it (C2SP signed-note).
///
/// ```
/// text\n
/// \n
/// — <key name> base64(key id(4) | signature)\n
/// ```
package struct SignedNote: Hashable, Sendable {
    /// Ends with a newline.
    package let text: String
    package var signatures: [Signature]

    package struct Signature: Hashable, Sendable {
        package let name: String
        /// 4 bytes.
        package let keyID: [UInt8]
        package let bytes: [UInt8]

        package init(name: String, keyID: [UInt8], bytes: [UInt8]) {
            self.name = name
            self.keyID = keyID
            self.bytes = bytes
        }

        /// With a newline at its end.
        package var line: String {
            "— \(name) \((keyID + bytes).base64)\n"
        }

        /// Reads a line without its newline; of the spellings of base64 only the one without
        /// leftover bits.
        init?(line: some StringProtocol) {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "—", isKeyName(parts[1]),
                let bytes = [UInt8](base64: parts[2]), bytes.count > 4
            else { return nil }
            self.init(
                name: String(parts[1]), keyID: Array(bytes.prefix(4)),
                bytes: Array(bytes.dropFirst(4)))
        }
    }

    /// No note of ours or of a witness is nearly as long.
    package static let limit = 64 * 1024
    /// The format asks for at least 16.
    private static let mostSignatures = 64

    package init(text: String, signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }

    /// Nil unless the bytes are a note in every line.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count <= Self.limit, let whole = String(validating: bytes, as: UTF8.self),
            !bytes.contains(where: { $0 < 0x20 && $0 != 0x0a })
        else { return nil }
        guard let gap = whole.utf8.lastRange(of: "\n\n") else { return nil }
        let text = String(whole[..<whole.utf8.index(after: gap)])
        let below = whole[whole.utf8.index(gap, offsetBy: 2)...]
        guard !text.isEmpty, below.utf8.last == 0x0a else { return nil }
        let lines = below.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        guard (1...Self.mostSignatures).contains(lines.count) else { return nil }
        signatures = []
        for line in lines {
            guard let signature = Signature(line: line) else { return nil }
            signatures.append(signature)
        }
        self.text = text
    }

    package var bytes: [UInt8] {
        Array((text + "\n" + signatures.map(\.line).joined()).utf8)
    }
}

/// Whether a note's key may be called so: not empty, without Unicode spaces and without plus.
package func isKeyName(_ name: some StringProtocol) -> Bool {
    !name.isEmpty
        && name.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0 != "+" && $0 >= " " }
}

extension String.UTF8View {
    /// Where `pattern` begins for the last time.
    fileprivate func lastRange(of pattern: StaticString) -> Index? {
        let wanted = pattern.withUTF8Buffer { Array($0) }
        var index = self.index(endIndex, offsetBy: -wanted.count, limitedBy: startIndex)
        while let start = index {
            if self[start...].starts(with: wanted) { return start }
            index = start == startIndex ? nil : self.index(before: start)
        }
        return nil
    }
}
