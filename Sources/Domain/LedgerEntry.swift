/// One entry of an action's public ledger, as its final 66 bytes (protocol, section 4).
///
/// ```
/// 0x01 | type(1) | a(32) | b(32)
/// ```
package struct LedgerEntry: Hashable, Sendable {
    package let bytes: [UInt8]

    package static let size = 66

    package enum Kind: UInt8, Sendable {
        case open = 0
        case sign = 1
        case withdraw = 2
        case close = 6
        case newVersion = 8
        case removedOnRequest = 10
    }

    /// `a` and `b` are 32 bytes each.
    package init(_ kind: Kind, a: [UInt8], b: [UInt8]) {
        precondition(a.count == 32 && b.count == 32)
        bytes = [1, kind.rawValue] + a + b
    }

    /// A 64-bit integer, big-endian, right-aligned in 32 bytes.
    package static func number(_ number: UInt64) -> [UInt8] {
        [UInt8](repeating: 0, count: 24)
            + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    /// 32 zero bytes: the place of an index that is not known before the sign entry it means is
    /// in the ledger; the sequencer fills it in.
    package static let unknownIndex = number(0)

    /// Reason of a removal by mailed link.
    package static let byMailedLink: UInt64 = 1
}
