import Foundation

/// What a person hands in of a reply that a target sent, each field as it came.
package struct ReplyForm: Hashable, Sendable {
    package var text = ""
    package var date = ""
    package var from = ""
    package var note = ""
    /// A field that people do not see.
    package var website = ""

    package init() {}
}

/// A reply that a target sent to a supporter; it says nothing of whom it was sent to but what
/// its own words say.
package struct Reply: Codable, Hashable, Sendable {
    /// Line feeds end lines.
    package let text: String
    /// When it came, as exactly as it was said.
    package let date: PartialDate?
    /// Which office wrote.
    package let from: String?
    /// What the supporter adds.
    package let note: String?
    /// The language of the page.
    package let lang: String
    /// The day it was handed in, `2017-09-23`.
    package let day: String
    /// `yes` if a field was filled in that people do not see.
    package let trap: String?

    /// How many bytes each may have.
    package static let textLimit = 6_000
    package static let fromLimit = 300
    package static let noteLimit = 1_000

    /// Checks every field and reports all that is wrong at once, in the form's order.
    package init(_ form: ReplyForm, lang: String, day: Day) throws(ReplyProblems) {
        var problems: [ReplyProblem] = []
        let text = form.text.multiLine
        let (from, note) = (form.from.singleLine, form.note.multiLine)
        if text.isEmpty { problems.append(.textMissing) }
        if text.utf8.count > Self.textLimit { problems.append(.textTooLong) }
        let typed = form.date.trimmed
        let date = typed.isEmpty ? nil : PartialDate(typed)
        if date == nil, !typed.isEmpty { problems.append(.dateUnknown) }
        if from.utf8.count > Self.fromLimit { problems.append(.fromTooLong) }
        if note.utf8.count > Self.noteLimit { problems.append(.noteTooLong) }
        guard problems.isEmpty else { throw ReplyProblems(problems: problems) }
        self.text = text
        self.date = date
        self.from = from.isEmpty ? nil : from
        self.note = note.isEmpty ? nil : note
        self.lang = lang
        self.day = day.description
        trap = form.website.isEmpty ? nil : "yes"
    }

    /// UTF-8 JSON with sorted keys.
    package func json() -> [UInt8] {
        objectJSON([
            ("date", date?.description), ("day", day), ("from", from), ("lang", lang),
            ("note", note), ("text", text), ("trap", trap),
        ])
    }

    /// Throws `DecodingError` for anything that is not a reply.
    package init(json: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(Reply.self, from: Data(json))
    }
}

/// One thing that is wrong with the form.
package enum ReplyProblem: Error, Hashable, Sendable {
    case textMissing, textTooLong, dateUnknown, fromTooLong, noteTooLong
}

package struct ReplyProblems: Error, Hashable, Sendable {
    package var problems: [ReplyProblem]

    package init(problems: [ReplyProblem]) { self.problems = problems }
}
