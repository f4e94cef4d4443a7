/// Who is asked to act, and how they are reached.
package struct Target: Codable, Hashable, Sendable {
    package var id: String
    package var name: LocalText
    package var office: LocalText
    /// Stands before the name on an envelope: "His Excellency".
    package var title: LocalText?
    package var salutation: LocalText?
    /// The language the target is best written to; nil for the first translation's.
    package var language: String?
    /// Where letters arrive; nil if they do not.
    package var post: PostalAddress?
    /// The one to use first, first.
    package var emails: [String]
    package var fax: String?
    /// The time zone of the office, an IANA name; letters go out in its working hours.
    package var zone: String?
    /// Letters that this server sends the target in an hour, at most; nil for the usual number.
    package var lettersPerHour: Int?
    /// Countries, ISO 3166-1 alpha-2, from which post does not arrive.
    package var noPostFrom: [String]
    /// By the country in which they stand.
    package var embassies: [Embassy]

    package static let usualLettersPerHour = 30

    package init(
        id: String, name: LocalText, office: LocalText, title: LocalText? = nil,
        salutation: LocalText?, language: String?, post: PostalAddress?, emails: [String],
        fax: String? = nil, zone: String? = nil, lettersPerHour: Int? = nil,
        noPostFrom: [String] = [], embassies: [Embassy] = []
    ) {
        self.id = id
        self.name = name
        self.office = office
        self.title = title
        self.salutation = salutation
        self.language = language
        self.post = post
        self.emails = emails
        self.fax = fax
        self.zone = zone
        self.lettersPerHour = lettersPerHour
        self.noPostFrom = noPostFrom
        self.embassies = embassies
    }

    /// The target's embassy in the country of the writer.
    package func embassy(in country: String) -> Embassy? {
        embassies.first { $0.country == country }
    }

    /// Whether a letter posted in `country`, nil for one not said, arrives at `post`.
    package func takesPost(from country: String?) -> Bool {
        post != nil && !(country.map(noPostFrom.contains) ?? false)
    }
}

/// The lines of an envelope, and the country that stands below them.
package struct PostalAddress: Codable, Hashable, Sendable {
    /// In the script of the country it goes to, without the country; at least one.
    package var lines: [String]
    /// ISO 3166-1 alpha-2; nil where the lines name it.
    package var country: String?

    package init(lines: [String], country: String?) {
        self.lines = lines
        self.country = country
    }
}

/// A target's own people in the writer's country.
package struct Embassy: Codable, Hashable, Sendable {
    /// Where it stands, ISO 3166-1 alpha-2.
    package var country: String
    package var name: LocalText
    package var post: PostalAddress?
    package var emails: [String]

    package init(country: String, name: LocalText, post: PostalAddress?, emails: [String]) {
        self.country = country
        self.name = name
        self.post = post
        self.emails = emails
    }
}

/// Somebody to whom a copy of a letter goes.
package struct CopyRecipient: Codable, Hashable, Sendable {
    package var name: LocalText
    package var post: PostalAddress?
    package var emails: [String]

    package init(name: LocalText, post: PostalAddress?, emails: [String]) {
        self.name = name
        self.post = post
        self.emails = emails
    }
}

/// Where words for the people at risk go.
package struct Solidarity: Codable, Hashable, Sendable {
    /// Whom such a letter is for.
    package var recipient: LocalText
    /// Mostly the organisation's own address: it passes letters on when that is safe.
    package var post: PostalAddress
    /// What a writer must know to hurt nobody.
    package var safety: LocalText

    package init(recipient: LocalText, post: PostalAddress, safety: LocalText) {
        self.recipient = recipient
        self.post = post
        self.safety = safety
    }
}

extension Target {
    /// Reads what earlier releases stored too: one address for mail, and lines without a country.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let older = try decoder.container(keyedBy: OlderKeys.self)
        id = try values.decode(String.self, forKey: .id)
        name = try values.decode(LocalText.self, forKey: .name)
        office = try values.decode(LocalText.self, forKey: .office)
        title = try values.decodeIfPresent(LocalText.self, forKey: .title)
        salutation = try values.decodeIfPresent(LocalText.self, forKey: .salutation)
        language = try values.decodeIfPresent(String.self, forKey: .language)
        if let lines = try? values.decode([String].self, forKey: .post) {
            post = lines.isEmpty ? nil : PostalAddress(lines: lines, country: nil)
        } else {
            post = try values.decodeIfPresent(PostalAddress.self, forKey: .post)
        }
        emails =
            try values.decodeIfPresent([String].self, forKey: .emails)
            ?? older.decodeIfPresent(String.self, forKey: .email).map { [$0] } ?? []
        fax = try values.decodeIfPresent(String.self, forKey: .fax)
        zone = try values.decodeIfPresent(String.self, forKey: .zone)
        lettersPerHour = try values.decodeIfPresent(Int.self, forKey: .lettersPerHour)
        noPostFrom = try values.decodeIfPresent([String].self, forKey: .noPostFrom) ?? []
        embassies = try values.decodeIfPresent([Embassy].self, forKey: .embassies) ?? []
    }

    private enum OlderKeys: String, CodingKey { case email }
}
