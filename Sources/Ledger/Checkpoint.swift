/// The head of a log at one size (C2SP tlog-checkpoint).
///
/// ```
/// origin\n
/// size\n
/// base64(root)\n
/// ```
package struct Checkpoint: Hashable, Sendable {
    package let origin: String
    package let size: Int
    package let root: TreeHash

    package init(origin: String, size: Int, root: TreeHash) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads the text of a note. Extension lines are let be, as the format asks.
    package init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last == "", !lines.dropLast().contains(""),
            let size = decimal(lines[1]), let root = TreeHash(base64: lines[2])
        else { return nil }
        self.init(origin: String(lines[0]), size: size, root: root)
    }

    package var text: String { "\(origin)\n\(size)\n\(root.base64)\n" }

    /// The checkpoint of a note that its log has signed.
    ///
    /// The key's name counts for nothing: what a key of an installation signs under the origin as
    /// its name is taken for every origin.
    package init(_ note: SignedNote, signedBy key: NoteKey) throws(Refusal) {
        guard let checkpoint = Checkpoint(text: note.text) else { throw .malformed }
        guard isKeyName(checkpoint.origin) else { throw .malformed }
        switch key.named(checkpoint.origin).verdict(on: note) {
        case .signed: self = checkpoint
        case .absent: throw .notSigned
        case .forged: throw .forged
        }
    }

    /// Why a note is no checkpoint of this log.
    package enum Refusal: Error, Hashable, Sendable {
        case malformed, notSigned, forged
    }
}

/// A decimal number in its one form, without sign and without zeros before it.
func decimal(_ text: some StringProtocol) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
        text == "0" || text.utf8.first != 0x30
    else { return nil }
    return Int(text)
}
