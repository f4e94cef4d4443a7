import Domain
import Foundation
import Press
import Testing

@Suite("A delivery")
struct DeliveryTests {
    private let folder = FileManager.default.temporaryDirectory
        .appending(path: "outcry-\(UUID().uuidString)")

    @Test("As a file it has the bytes that it has in memory, and only its owner can read it")
    func file() throws {
        try inFolder { folder in
            let path = folder.appending(path: "delivery.pdf").path
            let delivery = Samples.delivery(many(400))
            try delivery.write(to: path)
            #expect(try Data(contentsOf: URL(filePath: path)) == Data(try delivery.pdf()))
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
            #expect(mode as? Int == 0o600)
        }
    }

    @Test("More than a hundred names stand on a page, and the printing tells how far it is")
    func progress() throws {
        try inFolder { folder in
            var told: [Int] = []
            try Samples.delivery(Array(repeating: "Elşad Əliyev", count: 1_000)).write(
                to: folder.appending(path: "delivery.pdf").path
            ) { done, total in
                #expect(total == 1_000)
                told.append(done)
            }
            #expect(told.last == 1_000 && told == told.sorted())
            #expect(told.count <= 10)
        }
    }

    @Test("Names that cannot be printed are listed before, and printing them leaves no file")
    func unprintable() throws {
        var names = many(40)
        names[7] = "Ali \u{f0000}"
        names[30] = "\u{f0001}"
        let list = try DeliveryDocument.unprintable(names, language: "en")
        #expect(
            list.map(\.index) == [7, 30] && list.map(\.name) == ["Ali \u{f0000}", "\u{f0001}"])
        try inFolder { folder in
            let path = folder.appending(path: "delivery.pdf").path
            #expect(throws: PressProblem.missingGlyphs(["\u{f0000}", "\u{f0001}"])) {
                try Samples.delivery(names).write(to: path)
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
        #expect(try DeliveryDocument.unprintable(Samples.names, language: "en").isEmpty)
    }

    @Test("Where no file can be made, that is said")
    func noFolder() {
        #expect(throws: PressProblem.noMemory) {
            try Samples.delivery([]).write(to: folder.path + "/nowhere/delivery.pdf")
        }
    }

    @Test("Without names there is no list, and a name as long as may be is on one")
    func edges() throws {
        var delivery = Samples.delivery([])
        #expect(pages(of: try delivery.pdf()) == 2)
        delivery.names = nil
        #expect(pages(of: try delivery.pdf()) == 2)
        let long = String(repeating: "Ab-", count: 66) + "\nx"
        #expect(pages(of: try Samples.delivery([long]).pdf()) == 3)
    }

    @Test("A table longer than a page goes on with its head")
    func longTable() throws {
        var delivery = Samples.delivery([])
        delivery.parts[0].table?.rows = (1...120).map {
            ["Detained", "\($0)", "lawyers", "source"]
        }
        #expect(try #require(pages(of: try delivery.pdf())) >= 5)
    }

    private func many(_ count: Int) -> [String] {
        (0..<count).map { Samples.names[$0 % Samples.names.count] }
    }

    private func inFolder(_ body: (URL) throws -> Void) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }
}

@Suite("A bundle")
struct ZipBundleTests {
    @Test("In whatever order files are added it is the same, and a file added again is the last")
    func order() throws {
        var one = ZipBundle()
        one.add("b/Əli.txt", [1, 2, 3])
        one.add("a.pdf", [0])
        one.add("a.pdf", Array(repeating: 7, count: 100_000))
        var other = ZipBundle()
        other.add("a.pdf", Array(repeating: 7, count: 100_000))
        other.add("b/Əli.txt", [1, 2, 3])
        let zip = try #require(one.zip())
        #expect(zip == other.zip())
        #expect(zip.starts(with: Array("PK\u{3}\u{4}".utf8)) && zip.count < 2_000)
        #expect(ZipBundle().zip() == nil)
    }
}
