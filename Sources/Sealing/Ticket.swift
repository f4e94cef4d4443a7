import Crypto
package import Domain

/// What the confirmation page holds instead of a cookie.
///
/// ```
/// AES-256-GCM under K_form of:  s(32) | action(16) | tag(32) | expires(8, seconds since 1970)
/// ```
///
/// It carries action and tag so that a code is checked before any row is read: the answer to a
/// wrong code cannot depend on whether the row was confirmed.
package struct Ticket: Hashable, Sendable {
    package let secret: MailSecret
    package let action: ActionID
    package let tag: [UInt8]
    package let expires: Int

    package static let lifeSeconds = 30 * 60

    package init(secret: MailSecret, action: ActionID, tag: [UInt8], expires: Int) {
        self.secret = secret
        self.action = action
        self.tag = tag
        self.expires = expires
    }
}

/// `K_form` of one day: seals tickets and makes codes.
package struct FormKey: Sendable {
    private let key: SymmetricKey
    private let hash: KeyedHash

    /// 32 bytes.
    package init(_ bytes: [UInt8]) {
        key = SymmetricKey(data: bytes)
        hash = KeyedHash(key)
    }

    /// 155 base64url characters, always.
    package func seal(_ ticket: Ticket) throws -> String {
        let expires = UInt64(bitPattern: Int64(ticket.expires)).bytes
        let plain = ticket.secret.bytes + ticket.action.bytes + ticket.tag + expires
        return try Sealing.seal(plain, under: key).base64URL
    }

    /// Nil if this is no ticket of this key; its expiry is not looked at.
    package func open(_ text: String) -> Ticket? {
        guard text.utf8.count == 155, let sealed = [UInt8](base64URL: text),
            let plain = Sealing.open(sealed, under: key), plain.count == 88,
            let secret = MailSecret(bytes: Array(plain[..<32])),
            let action = ActionID(plain[32..<48])
        else { return nil }
        let expires = Int(Int64(bitPattern: UInt64(bytes: plain[80...])))
        return Ticket(
            secret: secret, action: action, tag: Array(plain[48..<80]), expires: expires)
    }

    /// Six digits: the first 8 bytes of `HMAC(K_form, action | tag)` modulo a million; the same
    /// all day for one mailbox and action.
    package func code(action: ActionID, tag: [UInt8]) -> String {
        let number = UInt64(bytes: hash(action.bytes, tag).prefix(8))
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    /// 32 bytes under which the wrong tries of that code are counted: for as long as the code holds.
    package func triesName(action: ActionID, tag: [UInt8]) -> [UInt8] {
        hash(Array("outcry/tries".utf8), action.bytes, tag)
    }
}

/// `K_caps` of one day, or the salt of an hour: names under which things are counted.
package struct CapsKey: Sendable {
    private let hash: KeyedHash

    /// 32 bytes.
    package init(_ bytes: [UInt8]) { hash = KeyedHash(SymmetricKey(data: bytes)) }

    /// 32 bytes that name something, alone or together with an action, for one purpose.
    package func name(_ purpose: String, action: ActionID? = nil, of thing: [UInt8]) -> [UInt8] {
        hash(Array(purpose.utf8) + [0], (action?.bytes ?? []) + [0], thing)
    }
}

/// A name as the key of a table: its first 8 bytes, by which two of ten million are the same once in
/// some hundred thousand times, and nobody can choose them. So none has memory of its own.
package struct NameKey: Hashable, Sendable {
    private let number: UInt64

    /// `name` is what `CapsKey` or `FormKey` has made.
    package init(_ name: [UInt8]) { number = UInt64(bytes: name.prefix(8)) }
}

/// Whether two codes are the same, in a time that does not depend on where they differ.
package func matchesInConstantTime(_ left: String, _ right: String) -> Bool {
    let (left, right) = (Array(left.utf8), Array(right.utf8))
    guard left.count == right.count else { return false }
    return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
}

/// SHA-256, 32 bytes.
package func digest(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    Array(SHA256.hash(data: Array(bytes)))
}
