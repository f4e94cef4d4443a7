import Foundation

/// The plain content of a signature, before sealing: what the keeper reads, and nobody else.
package struct Pledge: Decodable, Hashable, Sendable {
    package var name: String
    package var country: String?
    package var show: SignatureDraft.Show
    package var message: String?
    /// The language of the page that was signed.
    package var lang: String
    /// Hash of the text that was shown, 64 hexadecimal digits.
    package var version: String
    /// Hash of the consent sentence that was shown, 64 hexadecimal digits.
    package var consent: String
    /// The day of signing, `2017-09-23`.
    package var day: String
    /// Only if updates were asked for.
    package var email: String?

    package init(
        draft: SignatureDraft, lang: String, version: String, consent: String, day: Day
    ) {
        name = draft.name
        country = draft.country
        show = draft.show
        message = draft.message
        self.lang = lang
        self.version = version
        self.consent = consent
        self.day = day.description
        email = draft.wantsUpdates ? draft.email.text : nil
    }

    /// UTF-8 JSON with sorted keys: the exact bytes that are hashed and sealed.
    package func json() -> [UInt8] {
        let fields = [
            ("consent", consent), ("country", country), ("day", day), ("email", email),
            ("lang", lang), ("message", message), ("name", name), ("show", show.rawValue),
            ("version", version),
        ]
        return objectJSON(fields)
    }

    /// Throws `DecodingError` for anything that is not a pledge.
    package init(json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(Pledge.self, from: Data(json))
    }
}

/// An object of strings, in this order, without those that are nil; UTF-8.
func objectJSON(_ fields: [(String, String?)]) -> [UInt8] {
    var json: [UInt8] = []
    json.reserveCapacity(512)
    for case (let key, let value?) in fields {
        json.append(UInt8(ascii: json.isEmpty ? "{" : ","))
        appendJSON(key, to: &json)
        json.append(UInt8(ascii: ":"))
        appendJSON(value, to: &json)
    }
    json.append(UInt8(ascii: "}"))
    return json
}

/// A string of RFC 8259 section 7, which says what must be escaped.
private func appendJSON(_ text: String, to json: inout [UInt8]) {
    json.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): json += [UInt8(ascii: "\\"), byte]
        case 0x0a: json += Array("\\n".utf8)
        case 0x00...0x1f: json += Array("\\u00\([byte].hex)".utf8)
        default: json.append(byte)
        }
    }
    json.append(UInt8(ascii: "\""))
}
