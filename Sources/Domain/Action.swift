import Foundation

/// The content of an urgent action: what its folder says, in all its languages.
///
/// Nothing in here changes with state or signatures; a new import makes a new value.
package struct ActionContent: Codable, Hashable, Sendable {
    package var slug: String
    package var caseNumber: String
    /// The organisation's number of this document, as letters quote it.
    package var documentIndex: String?
    package var kind: String
    /// ISO 3166-1 alpha-2.
    package var country: String
    /// Whether supporters may add a message of their own; decides the size of sealed records.
    package var allowsMessage: Bool
    /// Rising, all positive, at least one.
    package var goals: [Int]
    /// Shown only: state never changes by a date.
    package var opens: PartialDate?
    package var closes: PartialDate?
    /// A banner for the whole page, for instance that this is an example.
    package var notice: LocalText?
    package var targets: [Target]
    /// Who else gets a copy of a letter.
    package var copies: [CopyRecipient]?
    /// Where letters to the people at risk, or their family, go; nil if there are none.
    package var solidarity: Solidarity?
    package var sources: [Source]
    package var figures: [Figure]
    /// In the folder's order, which is the order of the page.
    package var claims: [Claim]
    /// Oldest first.
    package var events: [Event]
    package var outcome: Outcome?
    /// Those that the texts show, by path; nil for none.
    package var pictures: [PictureFile]?
    /// At least one; the first is the one that others fall back to.
    package var translations: [Translation]

    package init(
        slug: String, caseNumber: String, kind: String, country: String, allowsMessage: Bool,
        goals: [Int], opens: PartialDate?, closes: PartialDate?, notice: LocalText?,
        targets: [Target], sources: [Source], figures: [Figure], claims: [Claim],
        events: [Event], outcome: Outcome?, pictures: [PictureFile]? = nil,
        translations: [Translation], documentIndex: String? = nil,
        copies: [CopyRecipient]? = nil, solidarity: Solidarity? = nil
    ) {
        self.slug = slug
        self.caseNumber = caseNumber
        self.documentIndex = documentIndex
        self.kind = kind
        self.country = country
        self.allowsMessage = allowsMessage
        self.goals = goals
        self.opens = opens
        self.closes = closes
        self.notice = notice
        self.targets = targets
        self.copies = copies
        self.solidarity = solidarity
        self.sources = sources
        self.figures = figures
        self.claims = claims
        self.events = events
        self.outcome = outcome
        self.pictures = pictures
        self.translations = translations
    }

    package func translation(_ language: String) -> Translation? {
        translations.first { $0.language == language }
    }

    /// The translation that a reader of `language` sees: theirs, else the first.
    package func shown(in language: String) -> Translation {
        translation(language) ?? translations[0]
    }

    /// Throws `DecodingError` if this is not what `json` wrote.
    package init(json: String) throws {
        self = try JSONDecoder().decode(ActionContent.self, from: Data(json.utf8))
    }

    /// With sorted keys, so that equal contents are equal texts.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    package func source(_ id: String) -> Source? { sources.first { $0.id == id } }

    /// The next goal above `number`: the goal grows before it is reached, so a bar is never full.
    package func goal(above number: Int) -> Int {
        if let goal = goals.first(where: { $0 > number }) { return goal }
        var goal = goals.last ?? 1000
        while goal <= number { goal *= 2 }
        return goal
    }
}

/// A text by language; `in` falls back rather than show nothing.
package struct LocalText: Codable, Hashable, Sendable {
    /// Language tag to text; never empty.
    package var byLanguage: [String: String]

    package init(_ byLanguage: [String: String]) { self.byLanguage = byLanguage }

    /// The text in `language`, else English, else any, always the same one.
    package func `in`(_ language: String) -> String {
        byLanguage[language] ?? byLanguage["en"]
            ?? byLanguage.min { $0.key < $1.key }?.value ?? ""
    }
}

/// A picture of the story; what it shows is said in each translation.
package struct PictureFile: Codable, Hashable, Sendable {
    /// Within the folder: `pictures/march.jpg`.
    package var path: String
    /// `jpeg` or `png`.
    package var kind: String
    /// The first half of the SHA-256 of its bytes, hexadecimal.
    package var hash: String
    /// In pixels.
    package var width: Int
    package var height: Int

    package init(path: String, kind: String, hash: String, width: Int, height: Int) {
        self.path = path
        self.kind = kind
        self.hash = hash
        self.width = width
        self.height = height
    }
}

/// Where a claim comes from.
package struct Source: Codable, Hashable, Sendable {
    package var id: String
    package var publisher: String
    package var title: String
    package var date: PartialDate
    /// Only where an address is known; http or https.
    package var url: String?

    package init(id: String, publisher: String, title: String, date: PartialDate, url: String?) {
        self.id = id
        self.publisher = publisher
        self.title = title
        self.date = date
        self.url = url
    }
}

/// A question that several sources answer with a number: one column of the table.
package struct Figure: Codable, Hashable, Sendable {
    package var id: String
    package var label: LocalText

    package init(id: String, label: LocalText) {
        self.id = id
        self.label = label
    }
}

/// One figure as one source gives it.
package struct Claim: Codable, Hashable, Sendable {
    package var id: String
    package var figure: String
    /// Nil only with the qualifier `some`.
    package var value: Int?
    package var qualifier: Qualifier
    package var who: LocalText
    package var asOf: PartialDate
    package var note: LocalText?
    package var source: String
    /// The claim that replaced this one.
    package var supersededBy: String?
    /// The day on which a new import replaced this one, if that is how it was replaced.
    package var corrected: PartialDate?

    package enum Qualifier: String, Codable, Sendable, CaseIterable {
        case exactly, about, some
        case atLeast = "at least"
        case moreThan = "more than"

        /// Whether the true figure may be higher: drawn dotted.
        package var isOpenEnded: Bool { self == .atLeast || self == .moreThan }
    }

    package init(
        id: String, figure: String, value: Int?, qualifier: Qualifier, who: LocalText,
        asOf: PartialDate, note: LocalText?, source: String, supersededBy: String?,
        corrected: PartialDate? = nil
    ) {
        self.id = id
        self.figure = figure
        self.value = value
        self.qualifier = qualifier
        self.who = who
        self.asOf = asOf
        self.note = note
        self.source = source
        self.supersededBy = supersededBy
        self.corrected = corrected
    }
}

/// A line of the timeline.
package struct Event: Codable, Hashable, Sendable {
    package var date: PartialDate
    package var text: LocalText
    package var source: String

    package init(date: PartialDate, text: LocalText, source: String) {
        self.date = date
        self.text = text
        self.source = source
    }
}

/// How it ended, as recorded in the folder; shown only once a command has said so.
package struct Outcome: Codable, Hashable, Sendable {
    package var date: PartialDate
    package var text: LocalText
    /// What is asked for next.
    package var next: LocalText?
    package var source: String

    package init(date: PartialDate, text: LocalText, next: LocalText?, source: String) {
        self.date = date
        self.text = text
        self.next = next
        self.source = source
    }
}

/// The text of an action in one language.
package struct Translation: Codable, Hashable, Sendable {
    /// BCP 47, the file's name without `.md`.
    package var language: String
    package var direction: Direction
    package var title: String
    /// Plain text with `{claim:id}`.
    package var summary: String
    package var demand: String
    package var call: String
    /// What happened in three lines, each with its when; may be empty.
    package var brief: [Brief]
    /// Markdown with `{claim:id}`.
    package var body: String
    /// Markdown with `{claim:id}`; the model letter, from the salutation to the closing words.
    package var letter: String
    /// The same for the people at risk or their family; nil where `Solidarity` is.
    package var solidarity: String?

    package struct Brief: Codable, Hashable, Sendable {
        package var when: String
        package var text: String

        package init(when: String, text: String) {
            self.when = when
            self.text = text
        }
    }

    package init(
        language: String, direction: Direction, title: String, summary: String, demand: String,
        call: String, brief: [Brief], body: String, letter: String, solidarity: String? = nil
    ) {
        self.language = language
        self.direction = direction
        self.title = title
        self.summary = summary
        self.demand = demand
        self.call = call
        self.brief = brief
        self.body = body
        self.letter = letter
        self.solidarity = solidarity
    }
}

package enum Direction: String, Codable, Sendable { case ltr, rtl }
