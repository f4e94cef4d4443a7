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
        var text = utf8[...]
        var rest = text
        func add(textUntil end: String.Index) {
            let plain = self[text.startIndex..<end]
            if !plain.isEmpty { pieces.append(.text(String(plain))) }
        }
        while let brace = rest.firstIndex(of: UInt8(ascii: "{")) {
            rest = rest[brace...]
            guard let id = rest.claimID else {
                rest = rest.dropFirst()
                continue
            }
            add(textUntil: brace)
            pieces.append(.claim(id: String(id)))
            rest = rest[id.endIndex...].dropFirst()
            text = rest
        }
        add(textUntil: endIndex)
        return pieces
    }
}

extension Substring.UTF8View {
    /// The id of the mark that this begins with; nil if it begins with none.
    fileprivate var claimID: Substring? {
        let mark = "{claim:".utf8
        guard starts(with: mark) else { return nil }
        let id = dropFirst(mark.count).prefix {
            (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
        }
        guard !id.isEmpty, self[id.endIndex...].first == UInt8(ascii: "}") else { return nil }
        return Substring(id)
    }
}
