/// What a person sent with the form, each field as it came, so that it can be shown again.
package struct SignatureForm: Hashable, Sendable {
    package var name = ""
    package var email = ""
    package var country = ""
    package var show = ""
    package var updates = ""
    package var message = ""
    /// The address for which a likely typing mistake has been pointed out already.
    package var asked = ""
    /// The hash of the version the form was shown with.
    package var version = ""
    /// A field that people do not see: whatever fills it is likely no person.
    package var website = ""

    package init() {}
}

/// A form whose every field has passed its rule.
package struct SignatureDraft: Hashable, Sendable {
    package let name: String
    package let email: EmailAddress
    package let country: String?
    package let show: Show
    package let wantsUpdates: Bool
    package let message: String?

    /// What of a supporter the target may see.
    package enum Show: String, Codable, Sendable { case count, target }

    /// Checks every field and reports all that is wrong at once, in the form's order.
    ///
    /// Names: 1 to 200 graphemes and at most 600 bytes, in any script, one word or many.
    /// Messages: at most 2,000 bytes, only where the action takes them.
    package init(_ form: SignatureForm, allowsMessage: Bool) throws(FormProblems) {
        var problems: [FormProblem] = []
        let name = form.name.singleLine
        if name.isEmpty {
            problems.append(.nameMissing)
        } else if name.utf8.count > 600 || name.count > 200 {
            problems.append(.nameTooLong)
        }
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
        let country = form.country.trimmed
        if !country.isEmpty, !Country.isCode(country) { problems.append(.countryUnknown) }
        let show = form.show.isEmpty ? Show.count : Show(rawValue: form.show)
        if show == nil { problems.append(.showUnknown) }
        let message = allowsMessage ? form.message.multiLine : ""
        if message.utf8.count > 2_000 { problems.append(.messageTooLong) }

        guard problems.isEmpty, case .success(let address) = email, let show else {
            throw FormProblems(problems: problems)
        }
        self.name = name
        self.email = address
        self.country = country.isEmpty ? nil : country
        self.show = show
        self.wantsUpdates = ["yes", "on", "true", "1"].contains(form.updates)
        self.message = message.isEmpty ? nil : message
    }
}

/// One thing that is wrong with a form.
package enum FormProblem: Error, Hashable, Sendable {
    case nameMissing, nameTooLong
    case email(EmailAddress.Problem)
    /// Sending the same address again is accepted.
    case emailLooksMistyped(suggestion: String)
    case countryUnknown, showUnknown, messageTooLong
    /// The parts fit, the whole does not fit into a sealed record.
    case tooMuch
}

package struct FormProblems: Error, Hashable, Sendable {
    package var problems: [FormProblem]

    package init(problems: [FormProblem]) { self.problems = problems }
}
