/// One entry of an action's public ledger, as its final 66 bytes (protocol, section 4).
///
/// ```
/// 0x01 | type(1) | a(32) | b(32)
/// ```
package struct LedgerEntry: Hashable, Sendable {
    package let kind: Kind
    /// 66 bytes.
    package let bytes: [UInt8]

    package static let size = 66

    package enum Kind: UInt8, Sendable, CaseIterable {
        case open = 0
        case sign = 1
        case withdraw = 2
        case setAside = 3
        case readmit = 4
        case keyChange = 5
        case close = 6
        case audit = 7
        case newVersion = 8
        case paper = 9
        case removedOnRequest = 10
        case statement = 11
    }

    /// `a` and `b` are 32 bytes each.
    package init(_ kind: Kind, a: [UInt8], b: [UInt8]) {
        precondition(a.count == 32 && b.count == 32)
        self.kind = kind
        bytes = [1, kind.rawValue] + a + b
    }

    /// Nil unless these are 66 bytes of a known type.
    package init?(bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.size, bytes[0] == 1, let kind = Kind(rawValue: bytes[1]) else {
            return nil
        }
        self.kind = kind
        self.bytes = bytes
    }

    package var a: ArraySlice<UInt8> { bytes[2..<34] }
    package var b: ArraySlice<UInt8> { bytes[34..<66] }

    /// The index of the sign entry that this one is about; nil for bytes that are no index.
    package var index: Int? { Self.number(in: a).flatMap { Int(exactly: $0) } }

    /// The same entry about the sign entry at `index`.
    package func about(_ index: Int) -> LedgerEntry {
        LedgerEntry(kind, a: Self.number(UInt64(index)), b: Array(b))
    }

    /// A 64-bit integer, big-endian, right-aligned in 32 bytes.
    package static func number(_ number: UInt64) -> [UInt8] {
        [UInt8](repeating: 0, count: 24) + number.bytes
    }

    /// Nil unless the 24 bytes before the number are zero.
    package static func number(in bytes: ArraySlice<UInt8>) -> UInt64? {
        guard bytes.count == 32, bytes.prefix(24).allSatisfy({ $0 == 0 }) else { return nil }
        return UInt64(bytes: bytes.suffix(8))
    }

    /// 32 zero bytes: the place of an index that is not known before the sign entry it means is
    /// in the ledger; the sequencer fills it in.
    package static let unknownIndex = number(0)

    /// Reason of a removal by mailed link.
    package static let byMailedLink: UInt64 = 1
}

extension LedgerEntry {
    /// `b` of an entry that sets aside or readmits: which act of the organisation it belongs to,
    /// and why.
    ///
    /// ```
    /// zeros(8) | act(16) | reason(8)
    /// ```
    package struct Judgement: Hashable, Sendable {
        /// The first 16 bytes of the SHA-256 of the statement that says what was done.
        package let act: [UInt8]
        /// The flag that chose the signatures: 1 honeypot, 2 disposable domain.
        package let reason: UInt8

        /// `act` is 16 bytes.
        package init(act: [UInt8], reason: UInt8) {
            precondition(act.count == 16)
            self.act = act
            self.reason = reason
        }

        package init?(_ b: ArraySlice<UInt8>) {
            let bytes = Array(b)
            guard bytes.count == 32, bytes[..<8].allSatisfy({ $0 == 0 }),
                bytes[24..<31].allSatisfy({ $0 == 0 })
            else { return nil }
            self.init(act: Array(bytes[8..<24]), reason: bytes[31])
        }

        package var bytes: [UInt8] {
            [UInt8](repeating: 0, count: 8) + act + [UInt8](repeating: 0, count: 7) + [reason]
        }
    }
}
