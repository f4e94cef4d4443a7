import Foundation

/// A letter between form and confirmation: what its writer put in, and the version of the model
/// that was shown. The whole text is made of both.
package struct LetterRequest: Codable, Hashable, Sendable {
    /// `Target.id`
    package var target: String
    /// Of the letter.
    package var language: String
    package var words: String
    package var name: String
    /// The writer's address, only if the target may have it.
    package var replyTo: String?
    /// The language of the page.
    package var lang: String
    /// Hash of the text that was shown, 64 hexadecimal digits.
    package var version: String

    package init(
        target: String, language: String, words: String, name: String, replyTo: String?,
        lang: String, version: String
    ) {
        self.target = target
        self.language = language
        self.words = words
        self.name = name
        self.replyTo = replyTo
        self.lang = lang
        self.version = version
    }

    /// UTF-8 JSON with sorted keys.
    package func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    /// Throws `DecodingError` for anything that is none.
    package init(json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(LetterRequest.self, from: Data(json))
    }
}
