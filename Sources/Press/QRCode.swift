import CQRCode

/// A QR code (ISO/IEC 18004) of a short text, such as an address.
package struct QRCode: Hashable, Sendable {
    /// Modules along one side, without the quiet zone.
    package let size: Int
    private let dark: [Bool]

    /// The empty border that readers need on each side, in modules.
    package static let quietZone = 4

    /// With 15 % of error correction, in the smallest size that fits; nil for a text of more
    /// than 2,000 bytes.
    package init?(_ text: String) {
        guard text.utf8.count <= 2_000,
            let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M)
        else { return nil }
        defer { QRcode_free(code) }
        size = Int(code.pointee.width)
        let modules = UnsafeBufferPointer(start: code.pointee.data, count: size * size)
        dark = modules.map { $0 & 1 == 1 }
    }

    /// Whether the module is dark; `x` and `y` are below `size`.
    package func isDark(x: Int, y: Int) -> Bool { dark[y * size + x] }

    /// The dark modules as the `d` of an SVG path of 1 × 1 modules, without the quiet zone: each
    /// run of a row is one stroke along its middle, 1 wide.
    package var path: String {
        var path = ""
        for y in 0..<size {
            var x = 0
            while x < size {
                let start = x
                while x < size, isDark(x: x, y: y) { x += 1 }
                if x > start { path += "M\(start) \(y).5h\(x - start)" }
                x += 1
            }
        }
        return path
    }
}
