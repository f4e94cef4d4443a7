package import Domain

/// That one entry is in a log, for who keeps the file (C2SP tlog-proof).
///
/// ```
/// c2sp.org/tlog-proof@v1
/// extra base64(r | h)
/// index <index>
/// base64(hash)            for each step of the inclusion proof
///
/// <checkpoint>
/// ```
package struct LedgerProof: Hashable, Sendable {
    /// `r | h` of the signature, 64 bytes: they make its leaf, and name nobody.
    package let opening: [UInt8]
    package let index: Int
    package let path: [TreeHash]
    package let checkpoint: SignedNote

    package init(opening: [UInt8], index: Int, path: [TreeHash], checkpoint: SignedNote) {
        self.opening = opening
        self.index = index
        self.path = path
        self.checkpoint = checkpoint
    }

    private static let firstLine = "c2sp.org/tlog-proof@v1"

    package var bytes: [UInt8] {
        let head = [
            Self.firstLine, "extra \(opening.base64)", "index \(index)",
        ]
        let lines = head + path.map(\.base64) + [""]
        return Array(lines.map { $0 + "\n" }.joined().utf8) + checkpoint.bytes
    }

    /// Nil unless it is a proof with an opening of 64 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count <= SignedNote.limit, let text = String(validating: bytes, as: UTF8.self),
            let gap = text.firstRange(of: "\n\n"),
            let note = SignedNote(text[gap.upperBound...].utf8)
        else { return nil }
        let lines = text[..<gap.lowerBound].split(
            separator: "\n", omittingEmptySubsequences: false)
        guard (3...66).contains(lines.count), lines[0] == Self.firstLine,
            lines[1].hasPrefix("extra "), lines[2].hasPrefix("index "),
            let opening = [UInt8](base64: lines[1].dropFirst(6)), opening.count == 64,
            let index = decimal(lines[2].dropFirst(6))
        else { return nil }
        var path: [TreeHash] = []
        for line in lines[3...] {
            guard let hash = TreeHash(base64: line) else { return nil }
            path.append(hash)
        }
        self.init(opening: opening, index: index, path: path, checkpoint: note)
    }

    /// Whether `entry` is at the proof's index of the checkpoint, which must be `checkpoint`'s.
    package func holds(for entry: LedgerEntry, in checkpoint: Checkpoint) -> Bool {
        isIncluded(
            TreeHash(leaf: entry.bytes), at: index, size: checkpoint.size, root: checkpoint.root,
            proof: path)
    }
}
