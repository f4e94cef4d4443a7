import Domain

/// Markup as a value: what is interpolated into it is escaped, unless it is markup itself.
///
/// Escaping goes byte by byte over UTF-8. Going by characters would miss a `"` that carries a
/// combining mark.
package struct HTML: ExpressibleByStringInterpolation, Sendable {
    private(set) var bytes: [UInt8]

    package init(stringLiteral text: String) { bytes = Array(text.utf8) }

    package init(stringInterpolation: StringInterpolation) { bytes = stringInterpolation.bytes }

    /// Markup that something else has made safe: the Markdown library, and a logo that was written
    /// anew from a list of shapes at its import.
    init(trusted bytes: [UInt8]) { self.bytes = bytes }

    /// Text, escaped.
    init(text: String) {
        bytes = []
        append(escaped: text, to: &bytes)
    }

    init(joining list: [HTML]) { bytes = list.flatMap(\.bytes) }

    static let none: HTML = ""

    static func + (left: HTML, right: HTML) -> HTML { HTML(trusted: left.bytes + right.bytes) }

    package struct StringInterpolation: StringInterpolationProtocol {
        var bytes: [UInt8] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + interpolationCount * 32)
        }

        package mutating func appendLiteral(_ literal: String) {
            bytes.append(contentsOf: literal.utf8)
        }

        package mutating func appendInterpolation(_ text: String) {
            append(escaped: text, to: &bytes)
        }

        package mutating func appendInterpolation(_ number: Int) {
            bytes.append(contentsOf: String(number).utf8)
        }

        package mutating func appendInterpolation(_ markup: HTML) { bytes += markup.bytes }

        package mutating func appendInterpolation(_ markup: HTML?) { bytes += markup?.bytes ?? [] }

        package mutating func appendInterpolation(_ list: [HTML]) {
            for markup in list { bytes += markup.bytes }
        }
    }
}

private func append(escaped text: String, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
        case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
        case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
        case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
        case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
        default: bytes.append(byte)
        }
    }
}

extension String {
    /// For the query of an address, RFC 3986: everything but unreserved characters is written as
    /// percent and two digits.
    var percentEncoded: String {
        var bytes: [UInt8] = []
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: bytes.append(byte)
            default: bytes.append(contentsOf: "%\([byte].hex.uppercased())".utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
