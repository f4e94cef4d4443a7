import Crypto
import Domain
import Foundation
import Testing

@testable import Sealing
@testable import Unsealing

@Suite("A keeper writes to those who asked")
struct UpdateTests {
    private let secretBytes = randomBytes(32)

    private func secret() throws -> UpdateSecret { try #require(UpdateSecret(secretBytes)) }

    private func pledge(_ email: String?, lang: String = "en") throws -> Pledge {
        var form = SignatureForm()
        form.name = "Ada"
        form.email = "ada@example.org"
        form.updates = "yes"
        var pledge = Pledge(
            draft: try SignatureDraft(form, allowsMessage: false), lang: lang, version: "",
            consent: "", day: Day(number: 1))
        pledge.email = email
        return pledge
    }

    private func list(
        _ people: [(RecordID, String?)], unsubscribed: Set<[UInt8]> = [],
        isDone: (RecordID) -> Bool = { _ in false }
    ) throws -> UpdateList {
        var records = UpdateList.Records()
        for (record, email) in people { records.add(record, try pledge(email)) }
        return UpdateList(
            records, secret: try secret(), unsubscribed: unsubscribed, isDone: isDone)
    }

    @Test("A link's token is an HMAC that only the secret makes; the server keeps its hash")
    func token() throws {
        let record = RecordID.random()
        let token = try secret().token(for: record)
        let mac = HMAC<SHA256>.authenticationCode(
            for: Array("outcry/update".utf8) + record.bytes, using: SymmetricKey(data: secretBytes))
        #expect(token.link == Array(mac).base64URL && token.link.utf8.count == 43)
        #expect(token.hash == Array(SHA256.hash(data: Array(mac))))
        #expect(UpdateToken(link: token.link) == token)
        for wrong in [
            "", "A", token.link + "A", String(token.link.dropLast()) + "=", token.link + "\n",
        ] {
            #expect(UpdateToken(link: wrong) == nil)
        }
        #expect(UpdateSecret(randomBytes(31)) == nil)
    }

    @Test("Only those who asked get it, and one mailbox once, however it is written")
    func asked() throws {
        let list = try list([
            (.random(), "ada@example.org"), (.random(), nil), (.random(), "Ada+news@Example.org"),
            (.random(), "bob@example.org"), (.random(), "no address"),
        ])
        #expect(Set(list.people.map(\.address.mailbox)) == ["ada@example.org", "bob@example.org"])
        #expect(list.counts.left == 2 && list.counts.duplicates == 1)
        #expect(list.counts.silent == 1 && list.counts.unusable == 1)
    }

    @Test("Whoever used any link of the mailbox gets nothing")
    func unsubscribed() throws {
        let (first, second, other) = (RecordID.random(), RecordID.random(), RecordID.random())
        let people = [
            (first, "ada@example.org"), (second, "ada@example.org"), (other, "bob@example.org"),
        ]
        for record in [first, second] {
            let list = try list(people, unsubscribed: [secret().token(for: record).hash])
            #expect(list.people.map(\.record) == [other])
            #expect(list.counts.unsubscribed == 1)
        }
    }

    @Test("Whoever had their turn gets nothing, under another record of the mailbox neither")
    func done() throws {
        let (first, second) = (RecordID.random(), RecordID.random())
        let list = try list(
            [(first, "ada@example.org"), (second, "ada@example.org")], isDone: { $0 == second })
        #expect(list.people.isEmpty && list.counts.done == 1)
    }
}

@Suite("The journal of a message")
struct UpdateJournalTests {
    private let file = FileManager.default.temporaryDirectory
        .appending(path: "outcry-journal-\(randomBytes(8).hex)")
    private let head = randomBytes(32)
    private let name = randomBytes(32)

    private func journal(_ head: [UInt8]? = nil) throws -> UpdateJournal {
        try UpdateJournal(file, head: head ?? self.head)
    }

    private func append(_ text: String) throws {
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    @Test("What began is not repeated, whatever became of it, unless it was given back")
    func fates() throws {
        do {
            let journal = try journal()
            #expect(!journal.isDone(name))
            try journal.begin(name)
            for fate in [nil, UpdateJournal.Fate.sent, .refused, .unknown, .back] {
                if let fate { try journal.end(name, fate) }
                #expect(journal.isDone(name) == (fate != .back))
            }
            try journal.begin(name)
        }
        do {
            let journal = try journal()
            #expect(journal.isDone(name), "it may have been sent before the cut")
            try journal.end(name, .back)
        }
        #expect(try !journal().isDone(name))
    }

    @Test(
        "A line that was cut in its middle had not begun, and the next one is whole",
        arguments: [1, 8, 40])
    func cut(length: Int) throws {
        do { try journal().begin(name) }
        try append(String("began \(randomBytes(32).hex)".prefix(length)))
        let other = randomBytes(32)
        do {
            let journal = try journal()
            #expect(journal.isDone(name))
            try journal.begin(other)
        }
        #expect(try journal().isDone(other))
    }

    @Test("A head that was cut in its middle is begun anew")
    func cutHead() throws {
        try Data("outcry-upd".utf8).write(to: file)
        do { try journal().begin(name) }
        #expect(try journal().isDone(name))
    }

    @Test("Another message, a damaged line, another file and a second run are refused")
    func refused() throws {
        do {
            let journal = try journal()
            try journal.begin(name)
            #expect(throws: UpdateJournalError.inUse) { try self.journal() }
            #expect(throws: UpdateJournalError.inUse) { try UpdateJournal.erase(file) }
            _ = journal
        }
        #expect(throws: UpdateJournalError.ofAnother) { try journal(randomBytes(32)) }
        try append("began nothing\n")
        #expect(throws: UpdateJournalError.damaged(line: 3)) { try journal() }
        try Data("Dear diary\n".utf8).write(to: file)
        #expect(throws: UpdateJournalError.damaged(line: 1)) { try journal() }
        #expect(throws: UpdateJournalError.unusable) { try UpdateJournal.erase(file) }
        #expect(throws: UpdateJournalError.unusable) {
            try UpdateJournal(FileManager.default.temporaryDirectory, head: head)
        }
    }

    @Test("It is for its owner alone, and gone once it is erased")
    func erased() throws {
        do { try journal().begin(name) }
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        try UpdateJournal.erase(file)
        #expect(!FileManager.default.fileExists(atPath: file.path))
        #expect(try !journal().isDone(name))
    }
}
