import Domain
import Foundation
import Press
import Testing

struct PressTests {
    @Test("A code has its three corners, and its path draws what its modules are")
    func code() throws {
        let code = try #require(QRCode("https://rights.example/en/actions/baku-2017"))
        #expect(code.size == 33)
        for (x, y) in [(0, 0), (code.size - 7, 0), (0, code.size - 7)] {
            #expect(code.isDark(x: x, y: y) && code.isDark(x: x + 3, y: y + 3))
            #expect(!code.isDark(x: x + 1, y: y + 1))
        }
        let drawn = code.path.split(separator: "M").reduce(0) { sum, run in
            sum + (run.split(separator: "h").last.flatMap { Int($0) } ?? 0)
        }
        let dark = (0..<code.size).reduce(0) { sum, y in
            sum + (0..<code.size).count { code.isDark(x: $0, y: y) }
        }
        #expect(drawn == dark)
        #expect(QRCode(String(repeating: "x", count: 2_001)) == nil)
    }

    @Test(
        "A card is a PNG of 1200 × 630 in every script, however long the title",
        arguments: [
            ("Release them", Direction.ltr), ("أطلقوا سراح المعتقلين الآن", .rtl),
            (String(repeating: "Azərbaycanın paytaxtında ", count: 12), .ltr), ("", .ltr),
        ])
    func card(title: String, direction: Direction) throws {
        let card = ShareCard(
            organisation: "Example Rights Network", kicker: "Open", title: title,
            direction: direction, solid: Appearance.standard.brand, onSolid: .white)
        let png = try #require(card.png())
        #expect(png.starts(with: [0x89, 0x50, 0x4e, 0x47]))
        #expect(Array(png[16..<24]) == [0, 0, 0x04, 0xb0, 0, 0, 0x02, 0x76])
    }

    @Test("What is no picture, or unpacks to gigabytes, is refused")
    func refused() throws {
        for bytes in [[], Array("GIF89a".utf8), [0xff, 0xd8, 0xff], [0x89, 0x50, 0x4e, 0x47]] {
            #expect(throws: Picture.Problem.unreadable) { try Picture(cleaning: bytes) }
        }
        let head: [UInt8] =
            [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13] + Array("IHDR".utf8)
        let huge = head + [0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60, 8, 2, 0, 0, 0] + [0, 0, 0, 0]
        #expect(throws: Picture.Problem.tooManyPixels) { try Picture(cleaning: huge) }
    }

    @Test("A card cleaned as a picture is the same, byte for byte, and again")
    func plainStays() throws {
        let card = ShareCard(
            organisation: "Example", kicker: "Open", title: "Release them", direction: .ltr,
            solid: Appearance.standard.brand, onSolid: .white)
        let once = try Picture(cleaning: try #require(card.png()))
        let twice = try Picture(cleaning: once.bytes)
        #expect(once.width == 1200 && once.height == 630 && once.kind == .png)
        #expect(once == twice)
    }
}
