import Foundation

extension StringProtocol {
    /// Unicode normalisation form C: two spellings of one text become the same bytes.
    package var nfc: String {
        utf8.allSatisfy { $0 < 0x80 } ? String(self) : precomposedStringWithCanonicalMapping
    }

    /// Without white space at either end.
    package var trimmed: String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0.properties.isWhitespace }
        let scalars = Substring(self).unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }

    /// The decimal digits in it as `0` to `9`, whatever script they are of: what is left of a code
    /// that was typed with spaces, or on a keyboard of another script.
    package var digits: String {
        Substring(self).unicodeScalars.reduce(into: "") { digits, scalar in
            guard scalar.properties.numericType == .decimal,
                let value = scalar.properties.numericValue
            else { return }
            digits += String(Int(value))
        }
    }

    /// One line of text as a person may give it: NFC, control characters and line ends as one
    /// space, without the marks that turn the direction of what follows (U+202A-202E,
    /// U+2066-2069), trimmed.
    package var singleLine: String { cleaned(keepsLines: false) }

    /// Like `singleLine`, with line ends kept as line feeds.
    package var multiLine: String { cleaned(keepsLines: true) }

    private func cleaned(keepsLines: Bool) -> String {
        var scalars = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in Substring(self).unicodeScalars {
            defer { previous = scalar }
            switch scalar.value {
            case 0x0d where keepsLines: scalars.append("\n")
            case 0x0a where keepsLines: if previous != "\r" { scalars.append("\n") }
            case 0x0a where previous == "\r": continue
            case 0x00...0x1f, 0x7f...0x9f, 0x2028, 0x2029: scalars.append(" ")
            case 0x202a...0x202e, 0x2066...0x2069: continue
            default: scalars.append(scalar)
            }
        }
        return String(scalars).nfc.trimmed
    }
}
