/// SplitMix64: the same numbers in every run, so that what fails fails again.
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }

    /// Up to `most` scalars of all scripts, with the ones that have a meaning somewhere more often.
    mutating func text(_ most: Int) -> String {
        let special = Array(
            "\"'<>&=+-@%;,#*_`[](){}!|\\/:.~\u{301}\u{202e}\u{200d}\u{a0}🏳️‍🌈".unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...most, using: &self) {
            let range: ClosedRange<UInt32> =
                switch Int.random(in: 0..<5, using: &self) {
                case 0: 0x20...0x7e
                case 1: 0x61...0x7a
                case 2: 0xa0...0x2fff
                default: 0x20...0x1ffff
                }
            let drawn = Unicode.Scalar(UInt32.random(in: range, using: &self))
            let isSpecial = Int.random(in: 0..<4, using: &self) == 0
            if let scalar = isSpecial ? special.randomElement(using: &self) : drawn {
                text.append(scalar)
            }
        }
        return String(text)
    }

    /// `bytes` with a few changes of the kinds that break parsers; parts of `others` may come in.
    mutating func mutated(_ bytes: [UInt8], _ others: [[UInt8]]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) { mutate(&bytes, others) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8], _ others: [[UInt8]]) {
        let place = Int.random(in: 0...bytes.count, using: &self)
        let end = min(bytes.count, place + Int.random(in: 0...16, using: &self))
        let telling = Array("\0\n\r\t \"'<>&=+-@%;,#*_`[](){}!|\\/:.0a\u{7f}é".utf8)
        switch Int.random(in: 0..<6, using: &self) {
        case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
        case 1: bytes.insert(telling.randomElement(using: &self) ?? 0, at: place)
        case 2: bytes.removeSubrange(place..<end)
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 4: bytes.removeSubrange(place...)
        default:
            let other = others.randomElement(using: &self) ?? []
            let start = Int.random(in: 0...other.count, using: &self)
            let part = other[start...].prefix(Int.random(in: 0...64, using: &self))
            bytes.insert(contentsOf: part, at: place)
        }
    }
}
