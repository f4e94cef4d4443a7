import Crypto
import Domain

/// The public half of a key that signs notes: a log's, or a witness's.
///
/// Written as `<name>+<key id, 8 hexadecimal digits>+<base64 of type(1) | public key(32)>`.
package struct NoteKey: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        /// Ed25519 over the text (signed-note).
        case log = 0x01
        /// Ed25519 over time and text (tlog-cosignature, `cosignature/v1`).
        case cosigner = 0x04
    }

    package let name: String
    package let kind: Kind
    /// 32 bytes.
    package let publicKey: [UInt8]
    /// 4 bytes.
    package let id: [UInt8]

    package init(name: String, kind: Kind, publicKey: [UInt8]) {
        self.name = name
        self.kind = kind
        self.publicKey = publicKey
        let named = Array(name.utf8) + [0x0a, kind.rawValue] + publicKey
        id = Array(SHA256.hash(data: named).prefix(4))
    }

    /// Nil unless the text is a key of one of the two kinds with the key id that belongs to it.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, isKeyName(parts[0]),
            let bytes = [UInt8](base64: parts[2]), bytes.count == 33,
            let kind = Kind(rawValue: bytes[0]),
            (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes.dropFirst())) != nil
        else { return nil }
        self.init(name: String(parts[0]), kind: kind, publicKey: Array(bytes.dropFirst()))
        guard parts[1] == id.hex else { return nil }
    }

    package var text: String {
        "\(name)+\(id.hex)+\(([kind.rawValue] + publicKey).base64)"
    }

    /// The same key under another name: a log key signs for many origins.
    package func named(_ name: String) -> NoteKey {
        NoteKey(name: name, kind: kind, publicKey: publicKey)
    }

    /// What this key has to do with a note.
    package enum Verdict: Hashable, Sendable {
        case signed
        /// There is no signature with this key's name and id.
        case absent
        /// There is one, and it is wrong: the note is to be refused as a whole.
        case forged
    }

    package func verdict(on note: SignedNote) -> Verdict {
        var verdict = Verdict.absent
        for signature in note.signatures where signature.name == name && signature.keyID == id {
            guard isValid(signature.bytes, on: note.text) else { return .forged }
            verdict = .signed
        }
        return verdict
    }

    private func isValid(_ signature: [UInt8], on text: String) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else {
            return false
        }
        switch kind {
        case .log:
            return key.isValidSignature(signature, for: Array(text.utf8))
        case .cosigner:
            guard signature.count == 72, let time = Cosignature.time(of: signature) else {
                return false
            }
            return key.isValidSignature(
                Array(signature.dropFirst(8)), for: Cosignature.message(text, time: time))
        }
    }
}

/// The two parts of a cosignature (C2SP tlog-cosignature): `time(8) | signature(64)`.
enum Cosignature {
    static func message(_ text: String, time: UInt64) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n\(text)".utf8)
    }

    /// Seconds since 1970; nil beyond 2^63 - 1.
    static func time(of signature: [UInt8]) -> UInt64? {
        let time = UInt64(bytes: signature.prefix(8))
        return time <= UInt64(Int64.max) ? time : nil
    }
}

/// `SK_log` of an installation, or the key of a witness.
package struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey
    package let kind: NoteKey.Kind

    /// Nil unless `seed` is 32 bytes.
    package init?(seed: [UInt8], kind: NoteKey.Kind) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            return nil
        }
        self.key = key
        self.kind = kind
    }

    /// A new one.
    package init(kind: NoteKey.Kind) {
        key = Curve25519.Signing.PrivateKey()
        self.kind = kind
    }

    /// 32 bytes that make this key again: a secret.
    package var seed: [UInt8] { Array(key.rawRepresentation) }

    package func publicKey(named name: String) -> NoteKey {
        NoteKey(name: name, kind: kind, publicKey: Array(key.publicKey.rawRepresentation))
    }

    /// `time` is seconds since 1970 and matters for a witness only.
    package func sign(
        _ text: String, named name: String, time: UInt64 = 0
    ) throws -> SignedNote.Signature {
        let id = publicKey(named: name).id
        switch kind {
        case .log:
            return .init(
                name: name, keyID: id, bytes: Array(try key.signature(for: Array(text.utf8))))
        case .cosigner:
            let signature = try key.signature(for: Cosignature.message(text, time: time))
            return .init(name: name, keyID: id, bytes: time.bytes + signature)
        }
    }
}
