/// What was noticed about a signature without knowing anything about its person: one byte, the
/// only thing about a signature that can be chosen by later.
package struct SignatureFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The field that people do not see was filled.
    package static let honeypot = SignatureFlags(rawValue: 1)

    /// The mailbox is of a domain that gives addresses for one use.
    package static let disposable = SignatureFlags(rawValue: 2)

    /// Names for the keeper's table, in a fixed order.
    package var names: [String] {
        [(SignatureFlags.honeypot, "honeypot"), (.disposable, "disposable")]
            .filter { contains($0.0) }.map(\.1)
    }
}
