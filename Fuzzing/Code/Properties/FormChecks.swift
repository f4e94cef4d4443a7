import Domain
import Foundation
import Sealing
import Unsealing

@testable import Web

/// A body of the signature form, from its bytes to the row that a keeper reads.
@Sendable func checkForm(_ bytes: [UInt8]) throws {
    guard let fields = accepted({ try FormFields(bytes) }) else { return }
    try require(fields.all.count <= 64, "at most 64 fields are read")
    let size = fields.all.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    try require(size <= bytes.count, "what is decoded is no longer than what was sent")

    let encoded = fields.all.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }
        .joined(separator: "&")
    let again = try FormFields(encoded.utf8)
    try require(again.all.count == fields.all.count, "a form encodes and decodes to the same")
    for (one, other) in zip(fields.all, again.all) {
        try requireSameBytes(one.name, other.name, "a name encodes and decodes to the same")
        try requireSameBytes(one.value, other.value, "a value encodes and decodes to the same")
        try require(!one.value.utf8.contains(0), "no value holds NUL")
        try require(fields.every(one.name).first == fields[one.name], "the first of a name counts")
    }
    for allowsMessage in [false, true] {
        try checkDraft(SignatureForm(fields), allowsMessage: allowsMessage)
    }
}

private func checkDraft(_ form: SignatureForm, allowsMessage: Bool) throws {
    let draft: SignatureDraft
    do {
        draft = try SignatureDraft(form, allowsMessage: allowsMessage)
    } catch {
        return try require(!error.problems.isEmpty, "a form that is refused has a problem")
    }
    try requireSameBytes(draft.name.singleLine, draft.name, "cleaning a name twice changes nothing")
    try require((1...600).contains(draft.name.utf8.count), "a name has 1 to 600 bytes")
    if let message = draft.message {
        try requireSameBytes(message.multiLine, message, "cleaning a message twice changes nothing")
        try require(allowsMessage && message.utf8.count <= 2_000, "a message is wanted and short")
    }
    let hash = String(repeating: "0", count: 64)
    let pledge = Pledge(
        draft: draft, lang: "en", version: hash, consent: hash, day: Day(number: 17_432))
    let json = pledge.json()
    try require(Pledge(json: json).json() == json, "a pledge is read as it was written")
    try checkSize(json, allowsMessage: allowsMessage)
    try checkRow(pledge)
}

private func checkSize(_ json: [UInt8], allowsMessage: Bool) throws {
    let content = RecordContent(
        r: [UInt8](repeating: 1, count: 32), r2: [UInt8](repeating: 2, count: 32), pledge: json)
    let padded = accepted { try content.padded(allowsMessage: allowsMessage) }
    let fits = json.count <= RecordContent.pledgeLimit(allowsMessage: allowsMessage)
    try require((padded != nil) == fits, "exactly what is within the limit fits into a record")
    if let padded {
        try require(RecordContent(padded: padded) == content, "a record is read as it was padded")
    }
}

/// The keeper's table, in both formats.
func checkRow(_ pledge: Pledge) throws {
    guard let record = RecordID([UInt8](repeating: 9, count: 16)) else { return }
    let row = SupporterRow(record: record, pledge: pledge, flags: .honeypot)
    let json = try row.json()
    try require(json.isOneCleanLine, "a row of JSON is one line that no terminal interprets")
    let read = try JSONDecoder().decode(SupporterRow.self, from: Data(json.utf8))
    try requireSameBytes(read.name + read.message, row.name + row.message, "JSON keeps the texts")

    let cells = csvCells(row.csv)
    try require(cells.count == 11, "a row of CSV has eleven cells, not \(cells.count)")
    for cell in cells {
        let first = cell.drop { $0 == " " }.first
        try require(
            !["=", "+", "-", "@", "\t", "\r"].contains(first), "no cell begins as a formula does")
        try require(
            cell.split(separator: "\n").allSatisfy { line in
                String(String.UnicodeScalarView(line)).isOneCleanLine
            }, "no cell holds what a terminal interprets")
    }
}

/// RFC 4180, every cell quoted; by scalars, as a spreadsheet reads it.
private func csvCells(_ row: String) -> [[Unicode.Scalar]] {
    var cells: [[Unicode.Scalar]] = []
    var cell: [Unicode.Scalar] = []
    var isQuoted = false
    var mayBeDoubled = false
    for scalar in row.unicodeScalars {
        switch scalar {
        case "\"":
            if mayBeDoubled { cell.append(scalar) }
            mayBeDoubled = isQuoted
            isQuoted.toggle()
        case "," where !isQuoted, "\r" where !isQuoted:
            cells.append(cell)
            (cell, mayBeDoubled) = ([], false)
        case "\n" where !isQuoted: break
        default: cell.append(scalar)
        }
    }
    return cells
}
