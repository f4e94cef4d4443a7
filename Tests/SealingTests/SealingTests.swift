import Crypto
import Domain
import Foundation
import Testing
import Unsealing

@testable import Sealing

func publicKey(ofSeed seed: [UInt8]) throws -> [UInt8] {
    let key = try XWingMLKEM768X25519.PrivateKey(seedRepresentation: seed, publicKey: nil)
    return Array(key.publicKey.rawRepresentation)
}

struct SealingTests {
    private let action = ActionID.random()
    private let record = RecordID.random()
    private let seed = randomBytes(32)
    private let content: RecordContent

    init() throws {
        let pledge =
            #"{"consent":"c","day":"2017-09-23","lang":"en","name":"Ada","show":"count","version":"v"}"#
        content = RecordContent(
            r: randomBytes(32), r2: randomBytes(32), pledge: Array(pledge.utf8))
    }

    private func sealed(allowsMessage: Bool = false) throws -> [UInt8] {
        try Sealer(keepers: [RecipientKey(publicKey(ofSeed: seed))]).seal(
            content, action: action, record: record, allowsMessage: allowsMessage)
    }

    private func open(
        _ bytes: [UInt8], action: ActionID? = nil, record: RecordID? = nil, recipient: UInt8 = 0
    ) throws -> RecordContent {
        try Opener(books: [OpenedKeyBook(seeds: [seed])]).open(
            bytes, action: action ?? self.action, record: record ?? self.record,
            recipient: recipient
        ).content
    }

    @Test("Every record of an action has one size")
    func oneSize() throws {
        #expect(try sealed().count == 1_536 + Envelope.overhead)
        #expect(try sealed(allowsMessage: true).count == 4_096 + Envelope.overhead)
    }

    @Test("A record opens only for its action, its row and its recipient")
    func bound() throws {
        let bytes = try sealed()
        #expect(try open(bytes) == content)
        #expect(throws: OpeningError.tampered) { try open(bytes, action: .random()) }
        #expect(throws: OpeningError.tampered) { try open(bytes, record: .random()) }
        #expect(throws: OpeningError.tampered) { try open(bytes, recipient: 1) }
    }

    @Test(
        "A changed byte anywhere in a record is noticed", arguments: [0, 3, 4, 12, 700, 1_140, -1])
    func tampered(at place: Int) throws {
        var bytes = try sealed()
        bytes[place < 0 ? bytes.count - 1 : place] ^= 1
        #expect(throws: OpeningError.self) { try open(bytes) }
    }

    @Test("A record that is cut short is reported as cut short")
    func truncated() throws {
        let bytes = try sealed()
        #expect(throws: OpeningError.truncated) { try open(Array(bytes.prefix(100))) }
        #expect(throws: OpeningError.tampered) { try open(Array(bytes.dropLast())) }
        #expect(throws: OpeningError.truncated) { try open([]) }
    }

    @Test("A wrong leaf is noticed")
    func wrongLeaf() throws {
        let opener = Opener(books: [try OpenedKeyBook(seeds: [seed])])
        let bytes = try sealed()
        #expect(throws: OpeningError.notInLedger) {
            _ = try opener.open(
                bytes, action: action, record: record, leaf: [UInt8](repeating: 0, count: 32))
        }
    }

    @Test("Another keeper's book does not open a record")
    func wrongKey() throws {
        let bytes = try sealed()
        let other = Opener(books: [try OpenedKeyBook(seeds: [randomBytes(32)])])
        #expect(throws: OpeningError.noKey(KeyID(publicKey: try publicKey(ofSeed: seed)))) {
            _ = try other.open(bytes, action: action, record: record)
        }
    }

    @Test("With two keepers neither opens alone, and both together do")
    func twoKeepers() throws {
        let second = randomBytes(32)
        let bytes = try Sealer(
            keepers: [seed, second].map { try RecipientKey(publicKey(ofSeed: $0)) }
        ).seal(content, action: action, record: record, allowsMessage: false)
        let books = try [seed, second].map { try OpenedKeyBook(seeds: [$0]) }
        #expect(
            try Opener(books: books).open(bytes, action: action, record: record).content == content)
        for book in books {
            #expect(throws: OpeningError.self) {
                _ = try Opener(books: [book]).open(bytes, action: action, record: record)
            }
        }
    }

    @Test("A pledge that does not fit is refused before anything is sealed")
    func tooLong() throws {
        let limit = RecordContent.pledgeLimit(allowsMessage: false)
        func size(_ count: Int) throws -> Int {
            try RecordContent(
                r: content.r, r2: content.r2, pledge: [UInt8](repeating: 0x61, count: count)
            ).padded(allowsMessage: false).count
        }
        #expect(try size(limit) == 1_536)
        #expect(throws: SealingError.pledgeTooLong) { try size(limit + 1) }
    }

    @Test("Keys of a wrong length and keys of zeros are refused")
    func badKeys() throws {
        #expect(throws: SealingError.badPublicKey) { try RecipientKey([1, 2, 3]) }
        #expect(throws: SealingError.badPublicKey) {
            try RecipientKey([UInt8](repeating: 0, count: RecipientKey.size))
        }
        let key = try publicKey(ofSeed: seed)
        #expect(throws: SealingError.badPublicKey) {
            try RecipientKey(Array(key.dropLast(32)) + [UInt8](repeating: 0, count: 32))
        }
    }
}

struct PendingTests {
    private let secret = MailSecret.random()
    private let action = ActionID.random()
    private let tag = [UInt8](repeating: 3, count: 32)

    @Test("A pending row opens with its own secret only, and has one size whatever it holds")
    func sealed() throws {
        let signature = PendingRequest.signature(
            action: action, tag: tag, flags: .honeypot, pledge: Array("{}".utf8))
        let removal = PendingRequest.removal([.init(action: action, tag: tag)])
        let nothing = PendingRequest.removal([])
        let rows = try [signature, removal, nothing].map {
            try $0.sealed(for: secret, allowsMessage: false)
        }
        #expect(Set(rows.map(\.count)).count == 1)
        #expect(PendingRequest(sealed: rows[0], for: secret) == signature)
        #expect(PendingRequest(sealed: rows[1], for: secret) == removal)
        #expect(PendingRequest(sealed: rows[2], for: secret) == nothing)
        #expect(PendingRequest(sealed: rows[0], for: .random()) == nil)
    }

    @Test("A letter's row has the larger size, whatever is in it, and opens for its secret alone")
    func letterRow() throws {
        let draft = [UInt8](repeating: 0x7d, count: PendingRequest.draftLimit)
        for draft in [[], Array("{}".utf8), draft] {
            let letter = PendingRequest.letter(action: action, tag: tag, draft: draft)
            let row = try letter.sealed(for: secret, allowsMessage: false)
            #expect(row.count == 4_096 + 28)
            #expect(PendingRequest(sealed: row, for: secret) == letter)
            #expect(PendingRequest(sealed: row, for: .random()) == nil)
        }
        #expect(throws: SealingError.pledgeTooLong) {
            try PendingRequest.letter(action: action, tag: tag, draft: draft + [0])
                .sealed(for: secret, allowsMessage: true)
        }
    }

    @Test("A mailbox has another tag for a signature, and another for each target it writes to")
    func letterTags() throws {
        let key = DedupeKey(randomBytes(32))
        let (plain, tagged) = (
            try EmailAddress("leyla@example.org"), try EmailAddress("Leyla+x@example.org")
        )
        let tag = key.letterTag(for: plain, target: "president")
        #expect(key.letterTag(for: tagged, target: "president") == tag && tag.count == 32)
        #expect(key.tag(for: plain) != tag && key.letterTag(for: plain, target: "min") != tag)
        let form = FormKey(randomBytes(32))
        let codes = [tag, key.tag(for: plain)].map { form.triesName(action: action, tag: $0) }
        #expect(codes[0] != codes[1])
    }

    @Test("A letter is answered again as it was, in as many bytes as a signature")
    func letterAnswer() throws {
        let places = [(0, false), (0, true), (1, false), (7, true)].map {
            LetterPlace(target: $0.0, isSecond: $0.1)
        }
        let counted = try SpentAnswer(code: .random(), action: action, number: 5)
            .sealed(for: secret)
        for place in places {
            let sealed = try SpentAnswer(letter: place, action: action).sealed(for: secret)
            #expect(sealed.count == counted.count)
            let again = try #require(SpentAnswer(sealed: sealed, for: secret))
            #expect(again.letter == place && again.code == nil && again.action == action)
        }
        #expect(SpentAnswer(sealed: counted, for: secret)?.letter == nil)
    }

    @Test("A ticket has one length, and no other key opens it")
    func ticket() throws {
        let key = FormKey(randomBytes(32))
        let ticket = Ticket(secret: secret, action: action, tag: tag, expires: 1_800_000_000)
        let text = try key.seal(ticket)
        #expect(text.utf8.count == 155)
        #expect(key.open(text) == ticket)
        #expect(FormKey(randomBytes(32)).open(text) == nil)
        #expect(key.open(String(text.dropLast()) + "A") == nil || text.hasSuffix("A"))
        #expect(key.open("") == nil)
    }

    @Test("A code is six digits, and the same all day for one mailbox and action")
    func code() throws {
        let key = FormKey(randomBytes(32))
        for _ in 0..<200 {
            let tag = randomBytes(32)
            let code = key.code(action: action, tag: tag)
            #expect(code.utf8.count == 6 && code.allSatisfy(\.isNumber))
            #expect(key.code(action: action, tag: tag) == code)
        }
    }

    @Test("The answer to a used secret is the same code again, or that it was counted before")
    func spent() throws {
        let code = WithdrawalCode.random()
        for answer in [
            SpentAnswer(code: code, action: action, number: 48_399),
            .init(code: nil, action: action),
        ] {
            let sealed = try answer.sealed(for: secret)
            #expect(sealed.count == 68)
            #expect(SpentAnswer(sealed: sealed, for: secret) == answer)
            #expect(SpentAnswer(sealed: sealed, for: .random()) == nil)
        }
    }

    @Test("Two spellings of one mailbox have one tag")
    func tags() throws {
        let key = DedupeKey(randomBytes(32))
        func tag(_ text: String) throws -> [UInt8] { key.tag(for: try EmailAddress(text)) }
        #expect(try tag("Ada.Lovelace+news@GMAIL.com.") == tag("adalovelace@googlemail.com"))
        #expect(try tag("a.b@example.org") != tag("ab@example.org"))
        #expect(try tag("ada@BÜCHER.example") == tag("ADA@xn--bcher-kva.example"))
    }
}

struct KeyBookTests {
    @Test("A book opens with its passphrase, and a destroyed key is gone under a new one")
    func lifecycle() throws {
        let (book, list) = try KeyBook.create(count: 2, passphrase: "seven words")
        let keys = try KeyList.read(list.json())
        let read = try KeyBook(json: book.json())
        #expect(throws: KeyBookError.wrongPassphrase) { try read.open(passphrase: "six words") }
        let opened = try read.open(passphrase: " seven words\n")
        #expect(opened.holds(keys[0].id) && opened.holds(keys[1].id))

        let rewritten = try read.destroying(
            number: 1, passphrase: "seven words", newPassphrase: "other words")
        #expect(throws: KeyBookError.wrongPassphrase) {
            try rewritten.open(passphrase: "seven words")
        }
        let left = try rewritten.open(passphrase: "other words")
        #expect(!left.holds(keys[0].id) && left.holds(keys[1].id))
        #expect(rewritten.keys.map(\.destroyed) == [true, false])
        #expect(throws: KeyBookError.destroyedBefore(1)) {
            try rewritten.destroying(
                number: 1, passphrase: "other words", newPassphrase: "more words")
        }
        #expect(throws: KeyListError.privateKey) { try KeyList.read(book.json()) }
    }

    @Test("A list with a repeated, a damaged or a misnumbered key is refused")
    func badLists() throws {
        let (_, list) = try KeyBook.create(count: 2, passphrase: "words")
        func problem(_ keys: [KeyList.Entry]) throws -> KeyListError? {
            let json = try KeyList(keys: keys).json()
            do { _ = try KeyList.read(json) } catch { return error }
            return nil
        }
        let (one, two) = (list.keys[0], list.keys[1])
        #expect(try problem([one, two]) == nil)
        #expect(
            try problem([one, .init(number: 2, publicKey: one.publicKey)])
                == .repeatedKey(number: 2))
        #expect(try problem([two, one]) == .badNumbers)
        #expect(try problem([.init(number: 1, publicKey: "AAAA")]) == .badKey(number: 1))
        #expect(try problem([]) == .notAKeyList)
    }

    @Test("A passphrase is seven words of five letters, never the same")
    func passphrase() {
        let words = generatePassphrase().split(separator: "-")
        #expect(words.count == 7 && words.allSatisfy { $0.count == 5 })
        #expect(generatePassphrase() != generatePassphrase())
    }
}

struct TableTests {
    private func row(name: String, message: String? = nil) throws -> SupporterRow {
        var form = SignatureForm()
        form.name = "x"
        form.email = "ada@example.org"
        let day = try #require(Day("2017-09-23"))
        var pledge = Pledge(
            draft: try SignatureDraft(form, allowsMessage: true), lang: "en", version: "v",
            consent: "c", day: day)
        pledge.name = name
        pledge.message = message
        return SupporterRow(record: .random(), pledge: pledge, flags: .honeypot)
    }

    @Test(
        "A cell that a spreadsheet would run gets an apostrophe",
        arguments: ["=1+1", "+1", "-1", "@x", "\tx", "＝x", "＋x", "－x", "＠x", "  =cmd|'/c calc'!A1"])
    func formula(name: String) throws {
        let cell = try row(name: name).csv.split(separator: "\",\"")[2]
        #expect(cell.hasPrefix("'"))
    }

    @Test("An ordinary name is left as it is, quotes doubled")
    func ordinary() throws {
        #expect(try row(name: "Ö. ʻAlí-Ŭan \"Al\"").csv.contains(",\"Ö. ʻAlí-Ŭan \"\"Al\"\"\","))
    }

    @Test("A quote that carries a combining mark is doubled like any other")
    func combinedQuote() throws {
        let csv = try row(name: "\"\u{301},=1+1").csv
        #expect(Array(csv.unicodeScalars).split(separator: ",").count == 12)
        #expect(csv.utf8.count { $0 == UInt8(ascii: "\"") } == 24)
    }

    @Test("What a terminal would interpret is written out, in both formats")
    func terminal() throws {
        let row = try row(name: "A\u{1b}]8;;x\u{7}B\u{9b}C", message: "one\ntwo\u{202e}")
        for text in [row.csv, try row.json()] {
            #expect(!text.unicodeScalars.contains { [0x1b, 0x7, 0x9b, 0x202e].contains($0.value) })
            #expect(text.contains("1b"))
        }
        #expect(try JSONDecoder().decode(SupporterRow.self, from: Data(row.json().utf8)) == row)
    }
}
