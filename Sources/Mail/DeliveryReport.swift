import Domain

/// What a mail system reports of a mail that it could not deliver, or not yet (RFC 3464).
package struct DeliveryReport: Hashable, Sendable {
    /// Whatever the report says it was sent to.
    package let addresses: [String]
    package let outcomes: [Outcome]

    /// What became of the mail for one recipient.
    package struct Outcome: Hashable, Sendable {
        /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`, in small letters.
        package let action: String
        /// `5.1.1`
        package let status: String

        /// Whether no later mail would fare better either.
        package var isPermanent: Bool { action == "failed" && status.hasPrefix("5.") }
        /// Whether it has not arrived, yet may another time.
        package var isPassing: Bool { action == "delayed" || action == "failed" && !isPermanent }
    }

    /// Of a whole mail, in bytes.
    package static let limit = 1 << 20
    private static let outcomeLimit = 100

    /// Nil for whatever is no `multipart/report` with a part `message/delivery-status`.
    package init?(_ mail: [UInt8]) {
        guard mail.count <= Self.limit else { return nil }
        let top = MailPart(mail[...])
        guard let type = top.contentType, type.name == "multipart/report",
            let boundary = type.parameters["boundary"], !boundary.isEmpty,
            boundary.utf8.count <= 70,
            let status = top.parts(boundary).first(where: { part in
                ["message/delivery-status", "message/global-delivery-status"]
                    .contains(part.contentType?.name)
            })
        else { return nil }
        addresses = top.fields
            .filter { ["to", "delivered-to", "x-original-to", "envelope-to"].contains($0.name) }
            .flatMap { addressesIn($0.value) }
        // The first group of fields is about the mail, each of the others about one recipient.
        outcomes = status.groups.dropFirst().prefix(Self.outcomeLimit).compactMap { fields in
            guard let action = fields.first(where: { $0.name == "action" }),
                let status = fields.first(where: { $0.name == "status" }),
                fields.contains(where: { $0.name == "final-recipient" }),
                let code = statusCode(status.value)
            else { return nil }
            return Outcome(action: firstWord(action.value).lowercased(), status: code)
        }
    }
}

/// A mail, or a part of one: fields, an empty line, and a body.
private struct MailPart {
    let fields: [Field]
    let body: ArraySlice<UInt8>

    struct Field {
        /// In small letters.
        let name: String
        /// Without its folds.
        let value: String
    }

    private static let fieldLimit = 300

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        fields = Self.readFields(&rest)
        body = rest
    }

    /// Fields up to the next empty line, which goes too; a line that is no field is passed over.
    private static func readFields(_ rest: inout ArraySlice<UInt8>) -> [Field] {
        var lines: [String] = []
        while let line = takeLine(&rest), !line.isEmpty {
            let text = String(decoding: line, as: UTF8.self)
            if line.first == 0x20 || line.first == 0x09, !lines.isEmpty {
                lines[lines.count - 1] += text
            } else if lines.count < fieldLimit {
                lines.append(text)
            }
        }
        return lines.compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return Field(
                name: line[..<colon].trimmed.lowercased(),
                value: line[line.index(after: colon)...].trimmed)
        }
    }

    /// The groups of fields in the body, between empty lines.
    var groups: [[Field]] {
        var rest = body
        var groups: [[Field]] = []
        while !rest.isEmpty {
            let fields = Self.readFields(&rest)
            if !fields.isEmpty { groups.append(fields) }
        }
        return groups
    }

    /// Those between lines that begin with the boundary.
    func parts(_ boundary: String) -> [MailPart] {
        let mark = Array("--\(boundary)".utf8)
        var parts: [MailPart] = []
        var rest = body
        var start: Int?
        while let line = takeLine(&rest) {
            guard line.starts(with: mark) else { continue }
            let end = line.dropFirst(mark.count).filter { $0 != 0x20 && $0 != 0x09 }
            guard end.isEmpty || end == [0x2d, 0x2d] else { continue }
            if let start { parts.append(MailPart(body[start..<line.startIndex])) }
            guard end.isEmpty else { return parts }
            start = rest.startIndex
        }
        if let start { parts.append(MailPart(body[start...])) }
        return parts
    }

    /// Name and parameters, both in small letters but for the values.
    var contentType: (name: String, parameters: [String: String])? {
        guard let value = fields.first(where: { $0.name == "content-type" })?.value else {
            return nil
        }
        let pieces = splitOutsideQuotes(value)
        var parameters: [String: String] = [:]
        for piece in pieces.dropFirst() {
            guard let equals = piece.firstIndex(of: "=") else { continue }
            let value = piece[piece.index(after: equals)...].trimmed
            let bare =
                value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
                ? String(value.dropFirst().dropLast()) : value
            parameters[piece[..<equals].trimmed.lowercased()] = bare
        }
        return (pieces[0].trimmed.lowercased(), parameters)
    }
}

/// A line without its end; nil when there is no more.
private func takeLine(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard !rest.isEmpty else { return nil }
    let end = rest.firstIndex(of: 0x0a) ?? rest.endIndex
    var line = rest[rest.startIndex..<end]
    rest = rest[min(end + 1, rest.endIndex)...]
    if line.last == 0x0d { line = line.dropLast() }
    return line
}

/// Cut at semicolons; at least one piece.
private func splitOutsideQuotes(_ text: String) -> [String] {
    var pieces = [""]
    var isQuoted = false
    for character in text.unicodeScalars {
        if character == "\"" { isQuoted.toggle() }
        if character == ";", !isQuoted {
            pieces.append("")
        } else {
            pieces[pieces.count - 1].unicodeScalars.append(character)
        }
    }
    return pieces
}

/// `5.1.1` of `5.1.1 (no such mailbox)`; nil for anything else.
private func statusCode(_ value: String) -> String? {
    let code = firstWord(value)
    let numbers = code.split(separator: ".", omittingEmptySubsequences: false)
    let isCode =
        numbers.count == 3 && ["2", "4", "5"].contains(numbers[0])
        && numbers.allSatisfy { number in
            (1...3).contains(number.utf8.count)
                && number.utf8.allSatisfy { (0x30...0x39).contains($0) }
        }
    return isCode ? code : nil
}

private func firstWord(_ text: String) -> String {
    String(text.prefix { $0 != " " && $0 != "\t" && $0 != "(" && $0 != ";" })
}

private func addressesIn(_ value: String) -> [String] {
    value.split(whereSeparator: { " ,;<>\t\"()".contains($0) }).filter { $0.contains("@") }
        .map(String.init)
}
