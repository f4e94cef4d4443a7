import Domain
import Foundation
import Languages

/// An action as data: the same claims with the same sources as on its page.
struct ActionJSON: Encodable {
    let slug: String
    let state: String
    let lang: String
    let title: String
    let demand: String
    let number: Int
    /// Signatures on paper, which are not in the number.
    let paper: Int
    let claims: [ClaimJSON]
    let events: [EventJSON]
    let targets: [TargetJSON]
    let outcome: EventJSON?
    let deliveries: [DeliveryJSON]
    let regions: RegionsJSON?
    let versions: [VersionJSON]

    struct ClaimJSON: Encodable {
        let id: String
        let figure: String
        let value: Int?
        let qualifier: String
        let who: String
        let asOf: String
        let note: String?
        let source: SourceJSON
        let supersededBy: String?

        enum CodingKeys: CodingKey {
            case id, figure, value, qualifier, who, asOf, note, source, supersededBy
        }

        /// `value` is there as null where a source gives no number.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(id, forKey: .id)
            try container.encode(figure, forKey: .figure)
            try container.encode(value, forKey: .value)
            try container.encode(qualifier, forKey: .qualifier)
            try container.encode(who, forKey: .who)
            try container.encode(asOf, forKey: .asOf)
            try container.encodeIfPresent(note, forKey: .note)
            try container.encode(source, forKey: .source)
            try container.encodeIfPresent(supersededBy, forKey: .supersededBy)
        }
    }

    struct SourceJSON: Encodable {
        let publisher: String
        let title: String
        let date: String
        let url: String?
    }

    struct EventJSON: Encodable {
        let date: String
        let text: String
        let source: SourceJSON
    }

    struct TargetJSON: Encodable {
        let id: String
        let name: String
        let office: String
        let title: String?
        let salutation: String?
        let language: String?
        let post: PostalAddress?
        let emails: [String]
        let fax: String?
        let noPostFrom: [String]
        let embassies: [EmbassyJSON]
    }

    struct EmbassyJSON: Encodable {
        let country: String
        let name: String
        let post: PostalAddress?
        let emails: [String]
    }

    struct VersionJSON: Encodable {
        let number: Int
        let hash: String
        let day: String
    }
}

extension ActionJSON.TargetJSON {
    init(_ target: Target, _ language: String) {
        id = target.id
        name = target.name.in(language)
        office = target.office.in(language)
        title = target.title?.in(language)
        salutation = target.salutation?.in(language)
        self.language = target.language
        post = target.post
        emails = target.emails
        fax = target.fax
        noPostFrom = target.noPostFrom
        embassies = target.embassies.map {
            .init(
                country: $0.country, name: $0.name.in(language), post: $0.post, emails: $0.emails)
        }
    }
}

/// The number alone. `proved` is false until it comes from a ledger that can be checked.
struct CountJSON: Encodable {
    let number: Int
    /// Entries of the ledger; nil before its first checkpoint.
    let size: Int?
    let asOf: String
    /// Whether anybody can recount the number.
    let proved: Bool

    enum CodingKeys: CodingKey { case number, size, asOf, proved }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(number, forKey: .number)
        try container.encode(size, forKey: .size)
        try container.encode(asOf, forKey: .asOf)
        try container.encode(proved, forKey: .proved)
    }

    func bytes() throws -> [UInt8] { try json(self) }
}

/// RFC 3339 in UTC, to the second.
func timestamp(_ seconds: Double) -> String {
    Date(timeIntervalSince1970: seconds.rounded(.down)).formatted(.iso8601)
}

private func json(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
}

extension Services {
    func actionJSON(_ action: PublishedAction, _ texts: Texts, number: Int) throws -> [UInt8] {
        let content = action.content
        let translation = content.shown(in: texts.language)
        let claims = Claims(texts: texts, content: content)
        func source(_ id: String) -> ActionJSON.SourceJSON? {
            content.source(id).map {
                .init(
                    publisher: $0.publisher, title: $0.title, date: $0.date.description,
                    url: $0.url)
            }
        }
        func event(_ date: PartialDate, _ text: LocalText, _ id: String) -> ActionJSON.EventJSON? {
            source(id).map {
                .init(
                    date: date.description, text: claims.plain(text.in(texts.language)), source: $0)
            }
        }
        // What a stopped action said is said no more, as data no more than as a page.
        let isStopped = action.state == .stopped
        let hasEnded = action.state == .won || action.state == .delivered
        return try json(
            ActionJSON(
                slug: action.slug, state: action.state.rawValue, lang: translation.language,
                title: isStopped ? texts("action.stopped.title") : translation.title,
                demand: isStopped ? "" : translation.demand, number: number,
                paper: paper(of: action),
                claims: isStopped
                    ? []
                    : content.claims.compactMap { claim in
                        source(claim.source).map {
                            .init(
                                id: claim.id, figure: claim.figure, value: claim.value,
                                qualifier: claim.qualifier.rawValue,
                                who: claim.who.in(texts.language), asOf: claim.asOf.description,
                                note: claim.note?.in(texts.language), source: $0,
                                supersededBy: claim.supersededBy)
                        }
                    },
                events: isStopped
                    ? [] : content.events.compactMap { event($0.date, $0.text, $0.source) },
                targets: isStopped
                    ? []
                    : content.targets.map { .init($0, texts.language) },
                outcome: hasEnded
                    ? content.outcome.flatMap { event($0.date, $0.text, $0.source) } : nil,
                deliveries: isStopped ? [] : deliveries(of: action).json,
                regions: isStopped ? nil : deliveries(of: action).regionsJSON,
                versions: isStopped
                    ? []
                    : action.versions.map {
                        .init(number: $0.number, hash: $0.hash, day: $0.day.description)
                    }))
    }
}
