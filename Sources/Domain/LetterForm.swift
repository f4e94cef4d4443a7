/// Which letter: one that asks those who can change it, or one that stands by those it is about.
package enum LetterPurpose: String, Codable, Hashable, Sendable { case appeal, solidarity }

/// What a person sent with the form for a letter, each field as it came, so that it can be shown
/// again.
package struct LetterForm: Hashable, Sendable {
    package var kind = ""
    package var target = ""
    /// Of the letter; empty for the one that its reader reads best.
    package var language = ""
    package var country = ""
    package var name = ""
    /// The writer's post address, for the printed letter only.
    package var address = ""
    /// In the writer's own words.
    package var words = ""
    /// `a4` or `letter`; empty for that of the country.
    package var paper = ""
    /// The hash of the version the form was shown with.
    package var version = ""
    package var email = ""
    /// `me`, or `none` and empty for no answer.
    package var reply = ""
    /// The address for which a likely typing mistake has been pointed out already.
    package var asked = ""
    /// A field that people do not see: whatever fills it is likely no person.
    package var website = ""

    package init() {}
}

/// What a writer puts into a letter; every part has passed its rule.
package struct LetterDraft: Hashable, Sendable {
    package let kind: LetterPurpose
    /// Of whom something is asked; nil for a letter that asks nothing.
    package let target: Target?
    /// Of the letter, one of the action's translations.
    package let language: String
    package let country: String?
    /// Empty for a letter that is signed by hand.
    package let name: String
    package let address: [String]
    /// Empty for the model letter as it is.
    package let words: String
    /// `a4` or `letter`; nil for that of the country.
    package let paper: String?

    /// In bytes of UTF-8.
    package static let nameLimit = 600
    package static let addressLimit = 400
    package static let addressLines = 5
    package static let paperSizes = ["a4", "letter"]

    /// Checks every field and reports all that is wrong at once, in the form's order.
    package init(_ form: LetterForm, content: ActionContent) throws(LetterProblems) {
        var problems: [LetterProblem] = []
        let kind = form.kind.isEmpty ? LetterPurpose.appeal : LetterPurpose(rawValue: form.kind)
        if kind == nil || (kind == .solidarity && content.solidarity == nil) {
            problems.append(.choice("kind"))
        }
        let target =
            form.target.isEmpty
            ? content.targets.first : content.targets.first { $0.id == form.target }
        if target == nil, kind == .appeal { problems.append(.choice("target")) }
        let language = content.letterLanguage(for: target, asked: form.language)
        if language == nil { problems.append(.choice("language")) }
        let country = form.country.trimmed
        if !country.isEmpty, !Country.isCode(country) { problems.append(.choice("country")) }
        let name = form.name.singleLine
        if name.utf8.count > Self.nameLimit || name.count > 200 { problems.append(.nameTooLong) }
        let address = form.address.multiLine.split(separator: "\n").map(\.trimmed)
            .filter { !$0.isEmpty }
        if address.count > Self.addressLines
            || address.reduce(0, { $0 + $1.utf8.count }) > Self.addressLimit
        {
            problems.append(.addressTooLong)
        }
        let words = form.words.multiLine
        if words.utf8.count > Letter.ownWordsLimit { problems.append(.wordsTooLong) }
        if !form.paper.isEmpty, !Self.paperSizes.contains(form.paper) {
            problems.append(.choice("paper"))
        }
        guard problems.isEmpty, let kind, let language else {
            throw LetterProblems(problems: problems)
        }
        self.kind = kind
        self.target = kind == .appeal ? target : nil
        self.language = language
        self.country = country.isEmpty ? nil : country
        self.name = name
        self.address = address
        self.words = words
        paper = form.paper.isEmpty ? nil : form.paper
    }
}

/// How a writer wants this server to send a letter.
package struct LetterOrder: Hashable, Sendable {
    package let email: EmailAddress
    /// Whether the target may have that address.
    package let wantsReply: Bool

    /// Throws all that is wrong at once, in the form's order.
    package init(_ form: LetterForm) throws(LetterProblems) {
        var problems: [LetterProblem] = []
        if form.name.singleLine.isEmpty { problems.append(.nameMissing) }
        let email = Result { () throws(EmailAddress.Problem) in try EmailAddress(form.email) }
        switch email {
        case .failure(let problem):
            problems.append(.email(problem))
        case .success(let address):
            if let domain = MailProviders.suggestion(for: address.domain),
                form.asked.trimmed != form.email.trimmed
            {
                problems.append(.emailLooksMistyped(suggestion: "\(address.local)@\(domain)"))
            }
        }
        if !["", "none", "me"].contains(form.reply) { problems.append(.choice("reply")) }
        guard problems.isEmpty, case .success(let address) = email else {
            throw LetterProblems(problems: problems)
        }
        self.email = address
        wantsReply = form.reply == "me"
    }
}

/// One thing that is wrong with a letter's form.
package enum LetterProblem: Error, Hashable, Sendable {
    /// The field of this name has a value that is not offered.
    case choice(String)
    case nameMissing, nameTooLong, addressTooLong, wordsTooLong
    case email(EmailAddress.Problem)
    /// Sending the same address again is accepted.
    case emailLooksMistyped(suggestion: String)
    /// The parts fit, the whole does not.
    case tooMuch
}

package struct LetterProblems: Error, Hashable, Sendable {
    package var problems: [LetterProblem]

    package init(problems: [LetterProblem]) { self.problems = problems }
}

extension ActionContent {
    /// The language in which a target is written to best, of those that this action has.
    package func bestLanguage(for target: Target?) -> String {
        let wished = (target ?? targets.first)?.language ?? ""
        return (translation(wished) ?? translations[0]).language
    }

    /// The language asked for, or the best one; nil if the action does not have it.
    func letterLanguage(for target: Target?, asked: String) -> String? {
        asked.isEmpty ? bestLanguage(for: target) : translation(asked)?.language
    }
}
