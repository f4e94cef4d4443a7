import Crypto
import Domain
import Foundation
import Unsealing

@testable import Sealing

/// Tickets, pending rows and answers: what opens under a key of the server.
@Sendable func checkTicket(_ bytes: [UInt8]) throws {
    guard let sealed = Fixed.sealed else { throw BrokenProperty(description: "nothing to open") }
    let text = String(decoding: bytes, as: UTF8.self)
    if let opened = sealed.formKey.open(text) {
        try require(opened == sealed.ticket, "no text but a ticket opens")
    }
    let edited = String(decoding: edit(Array(sealed.ticketText.utf8), by: bytes), as: UTF8.self)
    let opened = sealed.formKey.open(edited)
    try require(
        edited == sealed.ticketText ? opened == sealed.ticket : opened == nil,
        "a ticket with one changed sign does not open")
    let row = edit(sealed.row, by: bytes)
    try require(
        (PendingRequest(sealed: row, for: sealed.ticket.secret) != nil) == (row == sealed.row),
        "a row with one changed byte does not open")
    try require(
        PendingRequest(sealed: bytes, for: sealed.ticket.secret) == nil, "bytes are no row")
    try require(SpentAnswer(sealed: bytes, for: sealed.ticket.secret) == nil, "bytes are no answer")
    try checkRowContent(bytes, sealed.ticket.secret)
}

/// A row whose seal is right and whose inside is anything.
private func checkRowContent(_ bytes: [UInt8], _ secret: MailSecret) throws {
    let size = RecordContent.size(allowsMessage: false)
    let plain = Array((bytes + [UInt8](repeating: 0, count: size)).prefix(size))
    let row = try seal(plain, under: secret.pendingKey)
    if let request = PendingRequest(sealed: row, for: secret) {
        let again = try request.sealed(for: secret, allowsMessage: false)
        try require(
            PendingRequest(sealed: again, for: secret) == request, "a row is read as it was sealed")
    }
    let answer = try seal(Array(bytes.prefix(40)), under: secret.againKey)
    if let spent = SpentAnswer(sealed: answer, for: secret) {
        let again = try spent.sealed(for: secret)
        try require(
            SpentAnswer(sealed: again, for: secret) == spent, "an answer is read as it was sealed")
    }
}

/// A sealed record on the keeper's computer, and the list of keys on the server.
@Sendable func checkRecord(_ bytes: [UInt8]) throws {
    guard let sealed = Fixed.sealed else { throw BrokenProperty(description: "nothing to open") }
    if let envelope = accepted({ try Envelope(bytes) }) {
        try require(envelope.bytes == bytes, "an envelope is written as it was read")
    }
    let opened = accepted {
        try sealed.opener.open(bytes, action: sealed.ticket.action, record: sealed.record)
    }
    if let opened {
        try require(opened.content == sealed.content, "no bytes but a sealed record open")
    }
    let edited = edit(sealed.recordBytes, by: bytes)
    let content = accepted {
        try sealed.opener.open(edited, action: sealed.ticket.action, record: sealed.record).content
    }
    try require(
        content == (edited == sealed.recordBytes ? sealed.content : nil),
        "a record with one changed byte is refused")
    try checkRecordContent(bytes)
    if let keys = accepted({ try KeyList.read(Data(bytes)) }) {
        try require(Set(keys.map(\.id)).count == keys.count, "no key stands twice in a list")
    }
    if let book = accepted({ try KeyBook(json: Data(bytes)) }) {
        try require(
            accepted { try KeyList.read(book.json()) } == nil, "a key book is no list of keys")
    }
}

/// What a server that was taken over may seal: anything, for the keeper to open.
private func checkRecordContent(_ bytes: [UInt8]) throws {
    for allowsMessage in [false, true] {
        let size = RecordContent.size(allowsMessage: allowsMessage)
        let plain = Array((bytes + [UInt8](repeating: 0, count: size)).prefix(size))
        guard let content = RecordContent(padded: plain) else { continue }
        try require(
            content.padded(allowsMessage: allowsMessage) == plain, "a content is padded as it was")
    }
    if let pledge = accepted({ try Pledge(json: bytes) }) { try checkRow(pledge) }
}

/// `original` with the bytes that `edits` name changed: two bytes of place, one to be mixed in.
private func edit(_ original: [UInt8], by edits: [UInt8]) -> [UInt8] {
    var bytes = original
    for start in stride(from: 0, to: edits.count - 2, by: 3).prefix(64) {
        let place = Int(edits[start]) << 8 | Int(edits[start + 1])
        bytes[place % bytes.count] ^= edits[start + 2]
    }
    return bytes
}

/// Things that were sealed once, under keys that are the same in every run.
private struct Fixed: Sendable {
    let formKey = FormKey([UInt8](repeating: 7, count: 32))
    let ticket: Ticket
    let ticketText: String
    let row: [UInt8]
    let opener: Opener
    let record: RecordID
    let content: RecordContent
    let recordBytes: [UInt8]

    static let sealed = try? Fixed()

    private init() throws {
        let tag = [UInt8](repeating: 3, count: 32)
        guard let secret = MailSecret(bytes: [UInt8](repeating: 1, count: 32)),
            let action = ActionID([UInt8](repeating: 2, count: 16)),
            let record = RecordID([UInt8](repeating: 4, count: 16))
        else { throw BrokenProperty(description: "names are bytes") }
        self.record = record
        ticket = Ticket(secret: secret, action: action, tag: tag, expires: 1_800_000_000)
        ticketText = try formKey.seal(ticket)
        row = try PendingRequest.signature(
            action: action, tag: tag, flags: .honeypot, pledge: Array("{}".utf8)
        ).sealed(for: secret, allowsMessage: false)

        let pledge =
            #"{"consent":"c","day":"2017-09-23","lang":"en","name":"Ada","show":"count","version":"v"}"#
        content = RecordContent(r: tag, r2: tag, pledge: Array(pledge.utf8))
        let seed = [UInt8](repeating: 6, count: 32)
        opener = Opener(books: [try OpenedKeyBook(seeds: [seed])])
        let key = try XWingMLKEM768X25519.PrivateKey(seedRepresentation: seed, publicKey: nil)
        let keeper = try RecipientKey(Array(key.publicKey.rawRepresentation))
        recordBytes = try Sealer(keepers: [keeper]).seal(
            content, action: action, record: record, allowsMessage: false)
    }
}
