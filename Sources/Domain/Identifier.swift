import Foundation

/// Sixteen random bytes that name one thing; `Kind` keeps two sorts of names apart at compile time.
package struct Identifier<Kind>: Hashable, Sendable {
    /// Always 16 bytes.
    package let bytes: [UInt8]

    /// Returns nil unless `bytes` holds exactly 16 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.bytes = Array(bytes)
    }

    package static func random() -> Identifier {
        Identifier(drawn: randomBytes(16))
    }

    private init(drawn: [UInt8]) { bytes = drawn }
}

extension Identifier: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    package var description: String { bytes.hex }
}

package enum ActionKind {}
package enum RecordKind {}
package enum OrganisationKind {}
package enum ReplyKind {}

/// `action_id` of the protocol.
package typealias ActionID = Identifier<ActionKind>
/// `record_id` of the protocol.
package typealias RecordID = Identifier<RecordKind>
package typealias OrganisationID = Identifier<OrganisationKind>
package typealias ReplyID = Identifier<ReplyKind>

/// `count` bytes from the operating system's cryptographic generator.
package func randomBytes(_ count: Int) -> [UInt8] {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        // One call for all of them; the system gives at most 256.
        filled = getentropy(buffer.baseAddress, count) == 0 ? count : 0
    }
    guard bytes.count < count else { return bytes }
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in generator.next() }
}
