import Domain

/// The lines of an iCalendar file (RFC 5545).
struct CalendarFile {
    private(set) var bytes: [UInt8] = []

    /// The longest line, in octets, without its end.
    private static let longest = 75

    /// A value as it stands: a number, a date, a word of the standard.
    mutating func add(_ name: String, _ value: String) {
        var rest = Array("\(name):\(value)".utf8)[...]
        var room = Self.longest
        while rest.count > room {
            var end = rest.startIndex + room
            // Between two characters: not every program joins the octets before it reads them.
            while end > rest.startIndex, rest[end] & 0xc0 == 0x80 { end -= 1 }
            bytes += rest[..<end] + Array("\r\n ".utf8)
            rest = rest[end...]
            room = Self.longest - 1
        }
        bytes += rest + Array("\r\n".utf8)
    }

    /// Words in a language, a BCP 47 tag.
    mutating func add(_ name: String, _ text: String, language: String) {
        var value = ""
        for scalar in text.multiLine.unicodeScalars {
            switch scalar {
            case "\\", ";", ",": value += "\\\(scalar)"
            case "\n": value += "\\n"
            default: value.unicodeScalars.append(scalar)
            }
        }
        add("\(name);LANGUAGE=\(language)", value)
    }
}
