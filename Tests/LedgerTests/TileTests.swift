import Domain
import Ledger
import Testing

@Suite("Tiles")
struct TileTests {
    @Test("A tree of 70,000 has the tiles of the specification's example")
    func workedExample() {
        #expect(widths(70_000, .hashes(level: 0)) == [Int](repeating: 256, count: 273) + [112])
        #expect(widths(70_000, .hashes(level: 1)) == [256, 17])
        #expect(widths(70_000, .hashes(level: 2)) == [1])
        #expect(widths(70_000, .hashes(level: 3)).isEmpty)
        #expect(widths(70_000, .entries) == widths(70_000, .hashes(level: 0)))
    }

    @Test("A tree of 256 has a full tile, and one of a single hash above it")
    func smallestTwoLevels() {
        #expect(widths(256, .hashes(level: 0)) == [256])
        #expect(widths(256, .hashes(level: 1)) == [1])
        #expect(widths(255, .hashes(level: 1)).isEmpty)
        #expect(Tile.new(in: 0).isEmpty)
    }

    private func widths(_ size: Int, _ content: Tile.Content) -> [Int] {
        Tile.new(in: size).filter { $0.content == content }.map(\.width)
    }

    @Test("A tree that grows has new tiles where one is longer, and no others")
    func growing() {
        for older in 0...600 {
            let before = Set(Tile.new(in: older))
            for size in [older, older + 1, older + 255, older + 256, older + 70_000] {
                let new = Tile.new(in: size, since: older)
                #expect(Set(new) == Set(Tile.new(in: size)).subtracting(before))
                #expect(new.count == Set(new).count)
            }
        }
    }

    @Test(
        "A path is that of the specification",
        arguments: [
            (Tile(.hashes(level: 0), number: 1_234_067), "tile/0/x001/x234/067"),
            (Tile(.hashes(level: 0), number: 0), "tile/0/000"),
            (Tile(.hashes(level: 0), number: 999), "tile/0/999"),
            (Tile(.hashes(level: 0), number: 1_000), "tile/0/x001/000"),
            (Tile(.hashes(level: 0), number: 273, width: 112), "tile/0/273.p/112"),
            (Tile(.hashes(level: 2), number: 0, width: 1), "tile/2/000.p/1"),
            (Tile(.entries, number: 1_000_000, width: 255), "tile/entries/x001/x000/000.p/255"),
        ])
    func paths(tile: Tile, path: String) {
        #expect(tile.path == path)
        #expect(Tile(path: path) == tile)
    }

    @Test("Every path leads back to its tile")
    func everyPath() {
        for tile in Tile.new(in: 300_000) { #expect(Tile(path: tile.path) == tile) }
    }

    @Test(
        "No other spelling is a tile",
        arguments: [
            "", "tile", "tile/", "tile/0", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000",
            "/tile/0/000", "tile/0/000/", "tile//000", "tile/00/000", "tile/+0/000", "tile/-1/000",
            "tile/8/000", "tile/64/000", "tile/x/000", "tile/data/000", "tile/Entries/000",
            "tile/0/x000/001", "tile/0/001/067", "tile/0/x001/x067", "tile/0/x1/067",
            "tile/0/X001/067", "tile/0/xx001/067", "tile/0/+01", "tile/0/-01", "tile/0/ 01",
            "tile/0/0a1", "tile/0/٠٠١", "tile/0/..", "tile/0/../../checkpoint", "tile/entries/..",
            "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256",
            "tile/0/000.p/01", "tile/0/000.p/+1", "tile/0/000.p/1/", "tile/0/000.p/1/000",
            "tile/0/x000.p/1", "tile/0.p/5", "tile/0/.p/5", "tile/0/000.P/5", "tile/0/000.p.p/5",
            "tile/0/x100/x000/x000/x000/x000/x000/000", "tile/0/x001/000\n", "tile/0/000?",
            "checkpoint",
        ])
    func refused(path: String) {
        #expect(Tile(path: path) == nil)
    }

    @Test("A bundle gives back its entries, and nothing else is one")
    func bundles() {
        let entries = (0..<5).map { number in
            LedgerEntry(
                .sign, a: LedgerEntry.number(UInt64(number)), b: [UInt8](repeating: 7, count: 32))
        }
        let bytes = Bundle.bytes(entries)
        #expect(bytes.count == Tile(.entries, number: 0, width: 5).byteCount)
        #expect(Bundle.entries(bytes) == entries)
        #expect(Bundle.entries(Array(bytes.dropLast())) == nil)
        #expect(Bundle.entries(bytes + [0]) == nil)
        // Length, first byte and type of the second entry.
        for place in [68, 69, 70, 71] {
            var broken = bytes
            broken[place] ^= 0x40
            #expect(Bundle.entries(broken) == nil)
        }
    }
}
