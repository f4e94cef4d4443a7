/// What was noticed about a signature without knowing anything about its person: one byte, the
/// only thing about a signature that can be chosen by later.
package struct SignatureFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The field that people do not see was filled.
    package static let honeypot = SignatureFlags(rawValue: 1)

    /// Names for the keeper's table, in a fixed order.
    package var names: [String] { contains(.honeypot) ? ["honeypot"] : [] }
}
