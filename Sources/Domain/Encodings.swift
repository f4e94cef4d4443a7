// The text forms of bytes that addresses, codes and files use, and numbers as bytes.

import Foundation

private let hexDigits = Array("0123456789abcdef".utf8)
private let base32Digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
private let base64URLDigits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

extension Collection<UInt8> {
    /// Lower-case hexadecimal digits, two a byte.
    package var hex: String { encode(Array(self), bits: 4, digits: hexDigits) }

    /// RFC 4648 section 6, upper case, without padding.
    package var base32: String { encode(Array(self), bits: 5, digits: base32Digits) }

    /// RFC 4648 section 5, without padding.
    package var base64URL: String { encode(Array(self), bits: 6, digits: base64URLDigits) }

    /// RFC 4648 section 4, with padding.
    package var base64: String { Data(self).base64EncodedString() }
}

extension UInt64 {
    /// Reads a big-endian number of at most 8 bytes.
    package init(bytes: ArraySlice<UInt8>) {
        self = 0
        for byte in bytes { self = self << 8 | UInt64(byte) }
    }

    /// 8 bytes, big-endian.
    package var bytes: [UInt8] { withUnsafeBytes(of: bigEndian) { Array($0) } }
}

private func encode(_ bytes: [UInt8], bits: Int, digits: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: (bytes.count * 8 + bits - 1) / bits) { text in
        var buffer = 0
        var held = 0
        var length = 0
        func write(_ value: Int) {
            text[length] = digits[value & (1 << bits - 1)]
            length += 1
        }
        for byte in bytes {
            buffer = (buffer << 8 | Int(byte)) & 0xffff
            held += 8
            while held >= bits {
                held -= bits
                write(buffer >> held)
            }
        }
        if held > 0 { write(buffer << (bits - held)) }
        return length
    }
}

extension [UInt8] {
    /// Returns nil for an odd count or anything but hexadecimal digits.
    package init?(hex text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        self = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1])
            else { return nil }
            append(high << 4 | low)
        }
    }

    /// Canonical base64url only: leftover bits must be zero, no padding.
    package init?(base64URL text: some StringProtocol) {
        guard let bytes = decode(Array(text.utf8), bits: 6, value: base64URLValue) else {
            return nil
        }
        self = bytes
    }

    /// Canonical base64 only: leftover bits must be zero, with padding.
    package init?(base64 text: some StringProtocol) {
        guard let data = Data(base64Encoded: String(text)), data.base64EncodedString() == text
        else { return nil }
        self.init(data)
    }

    /// Canonical base32 only: leftover bits must be zero, upper case, no padding.
    package init?(base32 text: some StringProtocol) {
        guard let bytes = decode(Array(text.utf8), bits: 5, value: base32Value) else { return nil }
        self = bytes
    }
}

/// The value of one hexadecimal digit in either case; nil for any other byte.
package func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    case 0x41...0x46: digit - 0x41 + 10
    default: nil
    }
}

private func base64URLValue(_ digit: UInt8) -> Int? {
    switch digit {
    case 0x41...0x5a: Int(digit) - 0x41
    case 0x61...0x7a: Int(digit) - 0x61 + 26
    case 0x30...0x39: Int(digit) - 0x30 + 52
    case 0x2d: 62
    case 0x5f: 63
    default: nil
    }
}

private func base32Value(_ digit: UInt8) -> Int? {
    switch digit {
    case 0x41...0x5a: Int(digit) - 0x41
    case 0x32...0x37: Int(digit) - 0x32 + 26
    default: nil
    }
}

private func decode(
    _ text: [UInt8], bits: Int, value: (UInt8) -> Int?
) -> [UInt8]? {
    var bytes: [UInt8] = []
    var buffer = 0
    var held = 0
    for digit in text {
        guard let digitValue = value(digit) else { return nil }
        buffer = (buffer << bits | digitValue) & 0xffff
        held += bits
        if held >= 8 {
            held -= 8
            bytes.append(UInt8(truncatingIfNeeded: buffer >> held))
        }
    }
    guard held < bits, buffer & (1 << held - 1) == 0 else { return nil }
    return bytes
}
