import Foundation

/// A text cut at its `{claim:id}` marks.
package enum ClaimPiece: Hashable, Sendable {
    case text(String)
    case claim(id: String)
}

extension String {
    /// Cuts at `{claim:id}`, where `id` is made of `a-z`, `0-9` and `-`; a mark that is not
    /// closed or holds anything else stays text.
    package var claimPieces: [ClaimPiece] {
        var pieces: [ClaimPiece] = []
        var text = self[...]
        var plain = ""
        while let start = text.range(of: "{claim:") {
            let rest = text[start.upperBound...]
            let id = rest.prefix { $0.isClaimIDCharacter }
            plain += text[..<start.lowerBound]
            if !id.isEmpty, rest[id.endIndex...].first == "}" {
                if !plain.isEmpty { pieces.append(.text(plain)) }
                plain = ""
                pieces.append(.claim(id: String(id)))
                text = rest[rest.index(after: id.endIndex)...]
            } else {
                plain += "{claim:"
                text = rest
            }
        }
        plain += text
        if !plain.isEmpty { pieces.append(.text(plain)) }
        return pieces
    }
}

extension Character {
    fileprivate var isClaimIDCharacter: Bool {
        guard let ascii = asciiValue else { return false }
        return (0x61...0x7a).contains(ascii) || (0x30...0x39).contains(ascii) || ascii == 0x2d
    }
}
