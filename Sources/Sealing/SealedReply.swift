package import Domain

/// The content of a sealed reply before sealing: one size, so that size tells nothing.
///
/// ```
/// length(2) | reply, JSON | zeros           16,384 bytes
/// ```
///
/// Sealed like a record, under a label of its own: neither opens in the other's place.
package enum ReplyContent {
    /// Any reply within its limits fits, were every byte of it one that JSON escapes.
    package static let size = 16_384
    private static let head = 2

    /// Throws `SealingError.pledgeTooLong` if it does not fit.
    package static func padded(_ reply: Reply) throws(SealingError) -> [UInt8] {
        let json = reply.json()
        guard head + json.count <= size else { throw .pledgeTooLong }
        var bytes = [UInt8(truncatingIfNeeded: json.count >> 8), UInt8(json.count & 255)]
        bytes.reserveCapacity(size)
        bytes += json
        bytes += [UInt8](repeating: 0, count: size - bytes.count)
        return bytes
    }

    /// Nil if the bytes are not what `padded` makes.
    package static func reply(padded bytes: [UInt8]) -> Reply? {
        guard bytes.count == size else { return nil }
        let end = head + (Int(bytes[0]) << 8 | Int(bytes[1]))
        guard end <= size, bytes[end...].allSatisfy({ $0 == 0 }) else { return nil }
        return try? Reply(json: bytes[head..<end])
    }
}
