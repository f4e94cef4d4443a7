import Authoring
import Foundation
import Testing

/// What a folder must be like, on disk and in its files' names and bytes.
final class FolderTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("outcry-folder-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for file in Sample().files { try write(file.path, file.bytes) }
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
        try Data(bytes).write(to: folder.appendingPathComponent(name))
    }

    private var problems: [String] {
        do {
            _ = try ActionFolder.read(folder)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func `A folder is read as it lies on disk, in the order of its names`() throws {
        let files = try ActionFolder.read(folder)
        #expect(files.map(\.path) == ["action.yaml", "ar.md", "en.md"])
        #expect(Set(files) == Set(Sample().files))
        #expect(try parseAction(slug: "sample-1", files: files) == Sample().parsed())
    }

    @Test func `A name with signs for the terminal is told without them`() throws {
        try write("\u{1b}[31m\u{202e}x.md", [])
        let problem = try #require(problems.first)
        #expect(problems.count == 1 && problem.contains("[31mx.md: does not belong here"))
        #expect(!problem.unicodeScalars.contains { [0x1b, 0x202e].contains($0.value) })
    }

    @Test func `Files that a computer leaves behind are not read`() throws {
        try write(".DS_Store", [0])
        try write(".en.md.swp", [0xff])
        #expect(try ActionFolder.read(folder).count == 3)
    }

    @Test(arguments: ["README.md", "notes.txt", "EN.md", "en.markdown", "action.yml"])
    func `Any other file is refused`(name: String) throws {
        try write(name, [])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("\(name): does not belong here") == true)
    }

    @Test func `Pictures lie in a folder of their own, every other folder is refused`() throws {
        for name in ["pictures", "fr.md"] {
            let url = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }
        try write("pictures/march-1.jpg", [1, 2])
        #expect(
            problems == [
                "fr.md: is a folder; an action has none but pictures and targets: move its files "
                    + "here or remove it"
            ])
        try FileManager.default.removeItem(at: folder.appendingPathComponent("fr.md"))
        #expect(problems.isEmpty)
        for name in ["March.jpg", "a b.png", "march.gif", "march"] {
            try write("pictures/\(name)", [1])
        }
        #expect(problems.count == 4 && problems.allSatisfy { $0.contains("is not named as") })
    }

    @Test func `A symbolic link is refused, even to a right file`() throws {
        try FileManager.default.createSymbolicLink(
            at: folder.appendingPathComponent("az.md"),
            withDestinationURL: folder.appendingPathComponent("en.md"))
        #expect(problems == ["az.md: is a symbolic link; put the file itself here"])
    }

    @Test func `A file may have 256 KiB and not a byte more`() throws {
        try write("az.md", Array(repeating: 0x61, count: 256 * 1024))
        #expect(problems.isEmpty)
        try write("az.md", Array(repeating: 0x61, count: 256 * 1024 + 1))
        #expect(problems == ["az.md: is larger than 256 KiB; shorten it"])
    }

    @Test(arguments: [
        ([0x61, 0x0a, 0xff], "az.md:2: is not UTF-8"),
        (
            [0x61, 0x0a, 0x0a, 0x62, 0x00],
            "az.md:3: holds a character that cannot be shown (code 0"
        ),
        ([0x61, 0x0d, 0x62], "az.md:1: holds a character that cannot be shown (code D)"),
        ([0xef, 0xbb, 0xbf, 0x61], "az.md:1: begins with a byte order mark"),
        ([0xe2, 0x80, 0xa8], "az.md:1: holds a character that cannot be shown (code 2028)"),
    ])
    func `Bytes that are no clean text are refused at their line`(
        bytes: [UInt8], problem: String
    ) throws {
        try write("az.md", bytes)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix(problem) == true)
        let file = ActionFile(path: "az.md", bytes: bytes)
        let error = #expect(throws: ImportProblems.self) {
            try parseAction(slug: "sample-1", files: Sample().files + [file])
        }
        #expect(error?.problems.map(\.description) == problems)
    }

    @Test func `A folder of more than sixty files is refused`() throws {
        for number in 0..<58 { try write("en-x\(number)-\(number)0.md", []) }
        #expect(problems.count == 1)
        #expect(problems.first?.contains("the folder holds 61 files; keep at most 60") == true)
        try FileManager.default.removeItem(at: folder.appendingPathComponent("en.md"))
        #expect(problems.isEmpty)
    }

    @Test func `A folder that is not there is refused`() throws {
        try FileManager.default.removeItem(at: folder)
        #expect(problems.count == 1)
        #expect(problems.first?.contains("give the folder that holds action.yaml") == true)
    }

    @Test(arguments: ["", "Baku", "baku_2017", "-baku", "baku-", "ba--ku", "bakú", "a/b", "baku\n"])
    func `A folder's name that cannot be an address is refused`(slug: String) {
        let problems = Sample().problems(slug: slug)
        #expect(problems.count == 1)
        #expect(problems.first?.contains("rename it to 1 to 64 letters a-z") == true)
    }

    @Test func `A folder's name has 64 bytes at most`() {
        #expect(Sample().problems(slug: String(repeating: "a", count: 64)).isEmpty)
        #expect(Sample().problems(slug: String(repeating: "a", count: 65)).count == 1)
    }

    @Test func `Without action.yaml or without any language there is no action`() {
        expect(Sample().without("action.yaml"), refusedAt: "sample-1/", saying: "add it")
        let problems = Sample().without("en.md").without("ar.md").problems
        #expect(problems.contains("sample-1/: holds no text; add a file such as en.md"))
    }

    @Test func `A file of a wrong name or there twice is refused wherever it comes from`() {
        expect(Sample().adding("../en.md", ""), refusedAt: "../en.md", saying: "does not belong")
        let twice = Sample().files + [ActionFile(path: "en.md", bytes: [])]
        let error = #expect(throws: ImportProblems.self) {
            try parseAction(slug: "sample-1", files: twice)
        }
        #expect(error?.problems.map(\.description) == ["en.md: is there twice; keep one"])
    }
}
