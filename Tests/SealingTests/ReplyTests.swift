import Domain
import Foundation
import Testing
import Unsealing

@testable import Sealing

@Suite("A reply that was handed in")
struct ReplyTests {
    private let action = ActionID.random()
    private let id = ReplyID.random()
    private let seeds = [randomBytes(32), randomBytes(32)]

    private func reply(_ change: (inout ReplyForm) -> Void = { _ in }) throws -> Reply {
        var form = ReplyForm()
        form.text = "Hörmətli xanım, müraciətinizə baxıldı."
        change(&form)
        return try Reply(form, lang: "az", day: Day(number: 20_000))
    }

    private func sealed(_ reply: Reply, keepers: Int = 1) throws -> [UInt8] {
        let keys = try seeds.prefix(keepers).map { try RecipientKey(publicKey(ofSeed: $0)) }
        return try Sealer(keepers: Array(keys)).seal(reply, action: action, id: id)
    }

    private func open(
        _ bytes: [UInt8], action: ActionID? = nil, id: ReplyID? = nil, keepers: Int = 1
    ) throws -> Reply {
        let books = try seeds.prefix(keepers).map { try OpenedKeyBook(seeds: [$0]) }
        return try Opener(books: books).open(
            bytes, action: action ?? self.action, reply: id ?? self.id)
    }

    @Test("The shortest and the longest have one size, and open as they were", arguments: [1, 2])
    func oneSize(keepers: Int) throws {
        let short = try reply { $0.text = "." }
        // Each of these bytes is two in JSON.
        let long = try reply { form in
            form.text = String(repeating: "\"", count: Reply.textLimit)
            form.from = String(repeating: "\\", count: Reply.fromLimit)
            form.note = String(repeating: "\"", count: Reply.noteLimit)
            form.date = "2017-10-02"
            form.website = "x"
        }
        for reply in [short, long] {
            let bytes = try sealed(reply, keepers: keepers)
            #expect(bytes.count == ReplyContent.size + keepers * Envelope.overhead)
            #expect(try open(bytes, keepers: keepers) == reply)
        }
    }

    @Test("It opens only for its action and under its own name")
    func bound() throws {
        let bytes = try sealed(reply())
        #expect(throws: OpeningError.tampered) { try open(bytes, action: .random()) }
        #expect(throws: OpeningError.tampered) { try open(bytes, id: .random()) }
        #expect(throws: OpeningError.noKey(try RecipientKey(publicKey(ofSeed: seeds[0])).id)) {
            try Opener(books: [OpenedKeyBook(seeds: [seeds[1]])]).open(
                bytes, action: action, reply: id)
        }
        var changed = bytes
        changed[changed.count - 1] ^= 1
        #expect(throws: OpeningError.tampered) { try open(changed) }
    }

    @Test("A reply is no record, and a record no reply, even under the same name")
    func noRecord() throws {
        let book = try OpenedKeyBook(seeds: [seeds[0]])
        let record = try #require(RecordID(id.bytes))
        let reply = try sealed(reply())
        #expect(throws: OpeningError.tampered) {
            try Opener(books: [book]).open(reply, action: action, record: record)
        }
        let content = RecordContent(r: randomBytes(32), r2: randomBytes(32), pledge: [1])
        let signature = try Sealer(keepers: [RecipientKey(publicKey(ofSeed: seeds[0]))]).seal(
            content, action: action, record: record, allowsMessage: false)
        #expect(throws: OpeningError.tampered) { try open(signature) }
    }

    @Test("On the keeper's page no line of a stranger looks like ours, and no terminal obeys it")
    func page() throws {
        let reply = try reply { form in
            form.text = "Dear\nreply 00\nfrom: forged\u{1b}]0;x\u{7}"
            form.from = "Office\nreply 11"
            form.note = "note\nreply 22"
        }
        let page = OpenedReply(id: id, reply: reply).page
        let lines = page.split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("reply ") } == ["reply \(id)"])
        #expect(lines.filter { $0.hasPrefix("from: ") } == ["from: Office reply 11"])
        #expect(!page.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        #expect(page.contains("> from: forged"))
    }

    /// Not a check but the making of Tests/Vectors/replies.json:
    /// `OUTCRY_WRITE_VECTORS=replies swift test --filter ReplyTests`.
    @Test("The vectors are written anew when asked for")
    func write() throws {
        guard ProcessInfo.processInfo.environment["OUTCRY_WRITE_VECTORS"] == "replies" else {
            return
        }
        let replies = try [
            (reply(), 1), (reply { $0.text = "Уважаемая \"госпожа\"\nмы\\вы 李雷 🕊" }, 2),
        ].map { reply, keepers in
            ReplyVectors.Reply(
                seeds: seeds.prefix(keepers).map(\.hex), actionId: action.bytes.hex,
                replyId: id.bytes.hex, reply: String(decoding: reply.json(), as: UTF8.self),
                sealed: try sealed(reply, keepers: keepers).hex)
        }
        try ReplyVectors(
            note: "Sealed by Outcry; see Docs/sealing-format.md. The keys protect nothing.",
            replies: replies
        ).write("replies.json")
    }

    @Test(
        "Every reply of the vectors opens to its content",
        arguments: ["replies.json", "python-replies.json"])
    func vectors(file: String) throws {
        let vectors = try ReplyVectors.read(file)
        #expect(vectors.replies.count == 2)
        for vector in vectors.replies {
            let books = try vector.seeds.map { try OpenedKeyBook(seeds: [bytes($0)]) }
            let action = try #require(ActionID(bytes(vector.actionId)))
            let id = try #require(ReplyID(bytes(vector.replyId)))
            let reply = try Opener(books: books).open(
                bytes(vector.sealed), action: action, reply: id)
            #expect(String(decoding: reply.json(), as: UTF8.self) == vector.reply)
        }
    }
}

/// The replies under Tests/Vectors; `Tests/System/test_replies.py` reads the same.
struct ReplyVectors: Codable {
    var note: String
    var replies: [Reply]

    struct Reply: Codable {
        /// The second keeper's seals last.
        var seeds: [String]
        var actionId: String
        var replyId: String
        var reply: String
        var sealed: String
    }

    static func read(_ name: String) throws -> ReplyVectors {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(ReplyVectors.self, from: Data(contentsOf: Vectors.file(name)))
    }

    func write(_ name: String) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: Vectors.file(name))
    }
}
