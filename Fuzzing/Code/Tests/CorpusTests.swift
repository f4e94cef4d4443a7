import Foundation
import Testing

/// What the fuzzer runs for minutes, for a moment in every run of the tests.
struct CorpusTests {
    private static let names = FuzzTarget.all.map(\.name)
    private static let mutations = 500

    @Test("Every input that is kept breaks nothing", arguments: names)
    func corpus(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let entries = try corpusEntries(of: name)
        try #require(!entries.isEmpty)
        for entry in entries { try hold(target, entry.bytes, from: entry.name) }
    }

    @Test("Nor does anything a few changes away", arguments: names)
    func neighbours(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let entries = try corpusEntries(of: name)
        try #require(!entries.isEmpty)
        var random = Seeded(2017)
        for number in 0..<Self.mutations {
            let entry = entries[number % entries.count]
            let bytes = random.mutated(entry.bytes, entries.map(\.bytes))
            try hold(target, bytes, from: "\(entry.name), change \(number)")
        }
    }

    @Test("A check that is broken is seen")
    func theRuleCanFail() {
        let target = FuzzTarget(name: "none", longest: 1) {
            try require($0.isEmpty, "nothing is there")
        }
        #expect(throws: BrokenProperty.self) { try target.check([1]) }
        for markup in [
            "<script>", "<a href=\"java\u{9}script:x\">a</a>", "<p onclick=\"x\">a</p>", "<p>a",
            "a > b", "<a href=\"&#106;avascript:x\">a</a>", "<p>a</em>",
        ] {
            #expect(throws: BrokenProperty.self) {
                try checkMarkup(Array(markup.utf8), allowed: .prose)
            }
        }
    }

    @Test("Every folder of the corpus belongs to a target")
    func everyFolder() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: corpus.path)
        #expect(Set(folders) == Set(Self.names))
    }

    /// A trap ends the whole run and names no input: the one at hand lies in a file until it is
    /// through.
    private func hold(_ target: FuzzTarget, _ bytes: [UInt8], from origin: String) throws {
        let file = output.appending(path: "at-hand-\(target.name)-\(UUID())")
        try Data(bytes).write(to: file)
        do {
            try target.check(bytes)
        } catch {
            let kept = output.appending(path: "broken-\(target.name)")
            try Data(bytes).write(to: kept)
            Issue.record("\(target.name), \(origin): \(error); the input is \(kept.path)")
        }
        try FileManager.default.removeItem(at: file)
    }

    private let output = fuzzing.appending(path: "output/tests")
    private let corpus = fuzzing.appending(path: "Corpus")

    init() throws {
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    }
}

private let fuzzing = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

func corpusEntries(of target: String) throws -> [(name: String, bytes: [UInt8])] {
    let folder = fuzzing.appending(path: "Corpus/\(target)")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
        ($0, Array(try Data(contentsOf: folder.appending(path: $0))))
    }
}
