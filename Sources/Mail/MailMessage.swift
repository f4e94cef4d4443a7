import Domain
package import Foundation

/// A mail as it goes over the wire: plain text, quoted-printable, one address.
struct MailMessage {
    let job: MailJob
    let from: String
    let name: String
    let date: Date

    var bytes: [UInt8] {
        mailBytes(
            headers: [
                "Date: \(mailDate(date))",
                "From: \(quotedName(name)) <\(from)>",
                "To: \(job.to)",
                "Subject: \(encodedHeader(job.subject))",
                "Message-ID: <\(job.id)@\(mailDomain(of: from))>",
                "Auto-Submitted: auto-generated",
            ], text: job.text)
    }
}

/// What a mail of plain text is made of; `headers` are whole lines.
package func mailBytes(headers: [String], text: String) -> [UInt8] {
    let headers =
        headers + [
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable",
            "", "",
        ]
    return Array(headers.joined(separator: "\r\n").utf8) + quotedPrintable(text)
}

/// The part of an address that names a host.
package func mailDomain(of address: String) -> String {
    address.split(separator: "@").last.map(String.init) ?? "localhost"
}

/// RFC 2045 section 6.7: lines of at most 76 characters, ended by CRLF.
func quotedPrintable(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        var length = 0
        let last = line.utf8.count - 1
        for (index, byte) in line.utf8.enumerated() {
            let isPlain = (0x21...0x7e).contains(byte) && byte != UInt8(ascii: "=")
            let isInnerSpace = (byte == 0x20 || byte == 0x09) && index != last
            let piece =
                isPlain || isInnerSpace ? [byte] : Array("=\([byte].hex.uppercased())".utf8)
            // One place is kept for the mark of a soft line break.
            if length + piece.count > 75 {
                bytes += Array("=\r\n".utf8)
                length = 0
            }
            bytes += piece
            length += piece.count
        }
        bytes += Array("\r\n".utf8)
    }
    return Array(bytes.dropLast(text.hasSuffix("\n") ? 2 : 0))
}

/// A display name (RFC 5322 section 3.4), quoted or encoded as it needs.
package func quotedName(_ name: String) -> String {
    let encoded = encodedHeader(name)
    guard encoded == name else { return encoded }
    let escaped = name.unicodeScalars.map { $0 == "\\" || $0 == "\"" ? "\\\($0)" : "\($0)" }
    return "\"\(escaped.joined())\""
}

/// RFC 5322 section 3.3, in UTC.
package func mailDate(_ date: Date) -> String {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss '+0000'"
    return formatter.string(from: date)
}

/// RFC 2047 encoded words of at most 75 characters; ASCII stays as it is.
package func encodedHeader(_ text: String) -> String {
    let line = String(
        String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    let isPlain = line.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    // Longer ones are cut into lines as encoded words are (RFC 5322 section 2.1.1).
    guard !isPlain || line.utf8.count > 900 else { return line }
    var words: [String] = []
    var chunk: [UInt8] = []
    for scalar in line.unicodeScalars {
        let bytes = Array(String(scalar).utf8)
        if chunk.count + bytes.count > 42 {
            words.append("=?utf-8?B?\(Data(chunk).base64EncodedString())?=")
            chunk = []
        }
        chunk += bytes
    }
    words.append("=?utf-8?B?\(Data(chunk).base64EncodedString())?=")
    return words.joined(separator: "\r\n ")
}
