import Domain
import Foundation
import Testing
import Unsealing

@testable import Sealing

/// Records that an independent implementation has sealed open here, and the other way round:
/// Tests/System/test_sealing_vectors.py opens sealing.json.
struct VectorTests {
    private static let files = ["sealing.json", "python-sealed.json"]

    @Test("Every sealed record of the vectors opens to its content", arguments: files)
    func opens(file: String) throws {
        let vectors = try Vectors.read(file)
        #expect(!vectors.records.isEmpty && !vectors.twoKeepers.isEmpty)
        for record in vectors.all {
            let action = try #require(ActionID(bytes(record.actionId)))
            let recordID = try #require(RecordID(bytes(record.recordId)))
            let books = try record.seeds.map { try OpenedKeyBook(seeds: [bytes($0)]) }
            let (content, pledge) = try Opener(books: books).open(
                bytes(record.sealed), action: action, record: recordID,
                recipient: record.recipient, leaf: bytes(record.leaf))
            #expect(content.pledge == Array(record.pledge.utf8))
            #expect(content.r.hex == record.r && content.r2.hex == record.r2)
            #expect(content.h.hex == record.h)
            #expect(try Pledge(json: record.pledge.utf8) == pledge)
            let size = record.plaintext.utf8.count / 2
            #expect(try content.padded(allowsMessage: size == 4_096).hex == record.plaintext)
        }
    }

    @Test("Keys, look-ups and codes are derived as the vectors say", arguments: files)
    func secrets(file: String) throws {
        for secrets in try Vectors.read(file).secrets {
            let secret = try #require(MailSecret(bytes: bytes(secrets.s)))
            let code = try #require(WithdrawalCode(bytes: bytes(secrets.w)))
            #expect(secret.pendingID.hex == secrets.pendingId)
            #expect(secret.pendingKey.bytes.hex == secrets.pendingKey)
            #expect(secret.againKey.bytes.hex == secrets.againKey)
            #expect(code.preimage.hex == secrets.withdraw)
            #expect(code.lookup.hex == secrets.lookup)
            #expect(KeySource(code.bytes).key("outcry/receipt").bytes.hex == secrets.receiptKey)
            #expect(code.bytes.base32 == secrets.code)
        }
    }

    /// Not a check but the making of Tests/Vectors/sealing.json:
    /// `OUTCRY_WRITE_VECTORS=1 swift test --filter VectorTests`.
    @Test("The vectors are written anew when asked for")
    func write() throws {
        guard ProcessInfo.processInfo.environment["OUTCRY_WRITE_VECTORS"] != nil else { return }
        let samples: [(name: String, keepers: Int, message: String?)] = [
            ("Leyla Məmmədova", 1, nil), ("Նարեկ", 1, "Free them.\nToday."), ("李雷 🕊", 2, nil),
        ]
        let records = try samples.map { try record($0.name, $0.keepers, $0.message) }
        let secret = MailSecret.random()
        let code = WithdrawalCode.random()
        let vectors = Vectors(
            note: "Sealed by Outcry; see Docs/sealing-format.md. The keys protect nothing.",
            records: records.filter { $0.keepers == nil },
            twoKeepers: records.filter { $0.keepers != nil },
            secrets: [
                .init(
                    s: secret.bytes.hex, w: code.bytes.hex, code: code.bytes.base32,
                    pendingId: secret.pendingID.hex, pendingKey: secret.pendingKey.bytes.hex,
                    againKey: secret.againKey.bytes.hex, withdraw: code.preimage.hex,
                    lookup: code.lookup.hex,
                    receiptKey: KeySource(code.bytes).key("outcry/receipt").bytes.hex)
            ])
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(vectors).write(to: Vectors.file("sealing.json"))
    }

    private func record(_ name: String, _ keepers: Int, _ message: String?) throws -> Vectors.Record
    {
        var form = SignatureForm()
        form.name = name
        form.email = "ada@example.org"
        form.show = "target"
        form.updates = "yes"
        form.message = message ?? ""
        let draft = try SignatureDraft(form, allowsMessage: message != nil)
        let day = try #require(Day("2017-09-23"))
        let pledge = Pledge(
            draft: draft, lang: "en", version: digest("version".utf8).hex,
            consent: digest("consent".utf8).hex, day: day
        ).json()
        let seeds = (0..<keepers).map { _ in randomBytes(32) }
        let keys = try seeds.map { try RecipientKey(publicKey(ofSeed: $0)) }
        let (action, recordID) = (ActionID.random(), RecordID.random())
        let content = RecordContent(r: randomBytes(32), r2: randomBytes(32), pledge: pledge)
        let sealed = try Sealer(keepers: keys).seal(
            content, action: action, record: recordID, allowsMessage: message != nil)
        let pairs = zip(seeds, keys).map {
            Vectors.Keeper(seed: $0.hex, publicKey: $1.bytes.hex)
        }
        return Vectors.Record(
            seed: keepers == 1 ? pairs[0].seed : nil,
            publicKey: keepers == 1 ? pairs[0].publicKey : nil,
            keepers: keepers == 2 ? pairs : nil, actionId: action.bytes.hex,
            recordId: recordID.bytes.hex, recipient: 0, r: content.r.hex, r2: content.r2.hex,
            pledge: String(decoding: pledge, as: UTF8.self), h: content.h.hex,
            leaf: content.leaf(action: action).hex,
            plaintext: try content.padded(allowsMessage: message != nil).hex, sealed: sealed.hex)
    }
}
