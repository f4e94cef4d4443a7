package import Domain
import Foundation

/// One line of what the keeper reads.
package struct SupporterRow: Codable, Hashable, Sendable {
    package var record: String
    package var day: String
    package var name: String
    package var email: String
    package var country: String
    package var language: String
    package var show: String
    package var updates: Bool
    package var message: String
    package var version: String
    package var flags: [String]

    package init(record: RecordID, pledge: Pledge, flags: SignatureFlags) {
        self.record = record.description
        day = pledge.day
        name = pledge.name
        email = pledge.email ?? ""
        country = pledge.country ?? ""
        language = pledge.lang
        show = pledge.show.rawValue
        updates = pledge.email != nil
        message = pledge.message ?? ""
        version = pledge.version
        self.flags = flags.names
    }
}

extension SupporterRow {
    /// A byte order mark, so that spreadsheets read UTF-8, and the names of the columns.
    package static let csvHead =
        "\u{FEFF}record,day,name,email,country,language,show,updates,message,version,flags\r\n"

    /// RFC 4180 with every cell quoted, and none that a spreadsheet would run as a formula.
    package var csv: String {
        let cells = [
            record, day, name, email, country, language, show, updates ? "yes" : "no", message,
            version, flags.joined(separator: " "),
        ]
        return cells.map(csvCell).joined(separator: ",") + "\r\n"
    }

    /// One JSON object on one line, with everything escaped that a terminal would interpret.
    package func json() throws -> String { try terminalJSON(self) }
}

/// One JSON object on one line, with everything escaped that a terminal would interpret.
func terminalJSON(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try String(decoding: encoder.encode(value), as: UTF8.self).unicodeScalars
        .map { isControl($0) ? jsonEscape($0) : String($0) }.joined()
}

/// A cell of RFC 4180 in quotes that no spreadsheet runs as a formula.
package func csvCell(_ text: String) -> String {
    // Scalars, not characters: a quote that carries a combining mark is still a quote.
    var cell = "\""
    for scalar in (apostrophe(for: text) + visible(text)).unicodeScalars {
        if scalar == "\"" { cell += "\"" }
        cell.unicodeScalars.append(scalar)
    }
    return cell + "\""
}

/// What keeps a spreadsheet from running a cell as a formula: OWASP's list with its full-width
/// twins; spaces in front do not hide one.
private func apostrophe(for text: String) -> String {
    let first = text.unicodeScalars.first { $0 != " " }
    let starts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
    return first.map(starts.contains) == true ? "'" : ""
}

/// With control characters, but for line feeds, written out.
package func visible(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    return text.unicodeScalars.map { scalar in
        isControl(scalar) && scalar != "\n"
            ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
    }.joined()
}

/// C0, DEL, C1 and the marks that turn the direction of what follows.
private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1f, 0x7f...0x9f, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
}

private func jsonEscape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
}
