import Foundation

/// The plain content of a signature, before sealing: what the keeper reads, and nobody else.
package struct Pledge: Codable, Hashable, Sendable {
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
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    /// Throws `DecodingError` for anything that is not a pledge.
    package init(json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(Pledge.self, from: Data(json))
    }
}
