/// A letter as its writer saw and confirmed it, whole.
package struct Letter: Codable, Hashable, Sendable {
    /// `Target.id`.
    package var target: String
    /// The language of the letter.
    package var language: String
    package var subject: String
    /// Plain text with line feeds, from the salutation to the closing and the name.
    package var text: String
    /// The writer's, as signed.
    package var name: String
    /// The writer's address, only if the writer ticked that the target may have it.
    package var replyTo: String?

    /// What a writer adds in their own words, in bytes.
    package static let ownWordsLimit = 2_000
    /// A whole letter, subject and text, in bytes.
    package static let limit = 12_000

    package init(
        target: String, language: String, subject: String, text: String, name: String,
        replyTo: String? = nil
    ) {
        self.target = target
        self.language = language
        self.subject = subject
        self.text = text
        self.name = name
        self.replyTo = replyTo
    }
}

package enum LetterKind {}

/// Names one letter that waits, and its mail.
package typealias LetterID = Identifier<LetterKind>

/// What became of letters; these are numbers, kept for good.
package enum LetterTally: String, Codable, Hashable, Sendable, CaseIterable {
    /// Its writer says it was printed and posted.
    case posted
    /// The mail relay has taken it.
    case sent
    /// Given up: refused for good, or not taken within two weeks.
    case refused
    /// Cut off twice after the text was handed over: nobody here knows whether it arrived.
    case unsure
    /// Deleted unsent: the action had ended, its writer took it back, or it had waited too long.
    case dropped
}
