import Domain
import Languages
import Storage

/// The form on an action's page, empty or as it came back.
struct SignatureFormView {
    let page: ActionPage

    private var texts: Texts { page.texts }
    private var form: SignatureForm { page.problems?.form ?? SignatureForm() }
    private var problems: [FormProblem] { page.problems?.problems ?? [] }

    var html: HTML {
        let action = page.action
        return """
            <form method="post" action="/\(texts.language)/actions/\(action.slug)/signatures" novalidate>
              \(summary)
              <input type="hidden" name="version" value="\(action.versions.last?.hash ?? "")">
              \(asked)
              \(nameField)
              \(emailField)
              \(countryField)
              \(showField)
              \(messageField)
              <div class="choice"><input type="checkbox" id="updates" name="updates" value="yes"\
            \(form.updates.isEmpty ? "" : " checked" as HTML)>\
            <label for="updates">\(texts("form.updates"))</label></div>
              <div class="trap" aria-hidden="true"><label for="website">\(texts("form.trap"))</label>\
            <input id="website" name="website" tabindex="-1" autocomplete="off"></div>
              <p class="small">\(consent)</p>
              <button class="button">\(texts("form.button"))</button>
            </form>
            """
    }

    /// The sentence that a signer agrees to; its plain text is what the consent hash covers.
    private var consent: HTML {
        texts.html(
            "form.consent",
            [
                "organisation": HTML(text: page.organisation.name),
                "link":
                    "<a href=\"/\(texts.language)/privacy\">\(texts("form.consent.link"))</a>",
            ])
    }

    static func consentText(_ texts: Texts, organisation: String) -> String {
        texts(
            "form.consent",
            ["organisation": organisation, "link": texts("form.consent.link")])
    }

    private var summary: HTML? {
        guard let answer = page.problems else { return nil }
        var lines = problems.map { (field: $0.field as String?, message: $0.message(texts)) }
        if let obstacle = answer.obstacle { lines.append((nil, obstacle)) }
        return ErrorSummary(texts: texts, level: 3, problems: lines).html
    }

    /// Once a likely mistake has been pointed out, the same address is taken as it is.
    private var asked: HTML? {
        guard suggestion != nil else { return nil }
        return "<input type=\"hidden\" name=\"asked\" value=\"\(form.email)\">"
    }

    private var suggestion: String? {
        for case .emailLooksMistyped(let suggestion) in problems { return suggestion }
        return nil
    }

    private func error(_ field: String) -> FormProblem? { problems.first { $0.field == field } }

    private func field(_ id: String, label: HTML, hint: HTML? = nil, input: HTML) -> HTML {
        let problem = error(id)
        let message = problem.map {
            """
            <span class="error" id="\(id)-error"><span class="hidden">\(texts("form.error"))</span>\
            \($0.message(texts))</span>
            """ as HTML
        }
        return """
            <div\(problem == nil ? "" : " class=\"wrong\"" as HTML)>
              <label for="\(id)">\(label)</label>
              \(hint)\(message)
              \(input)
            </div>
            """
    }

    private func describes(_ id: String) -> HTML {
        error(id) == nil ? "" : " aria-invalid=\"true\" aria-describedby=\"\(id)-error\""
    }

    private var nameField: HTML {
        field(
            "name", label: "\(texts("form.name"))",
            input: """
                <input id="name" name="name" autocomplete="name" spellcheck="false" dir="auto" \
                required value="\(form.name)"\(describes("name"))>
                """)
    }

    private var emailField: HTML {
        let buttons = suggestion.map { suggestion -> HTML in
            """
            <span class="row"><button class="button quiet" name="email_suggested" \
            value="\(suggestion)">\(texts("form.suggest.yes", ["address": suggestion]))</button>\
            <button class="button quiet" name="email_kept" value="yes">\
            \(texts("form.suggest.no", ["address": form.email.trimmed]))</button></span>
            """
        }
        let input: HTML = """
            <input id="email" name="email" type="email" inputmode="email" autocomplete="email" \
            spellcheck="false" autocapitalize="none" required value="\(form.email)"\
            \(describes("email"))>\(buttons)
            """
        return field(
            "email",
            label: """
                \(texts("form.email")) <span class="optional">\(texts("form.email.why"))</span>
                """, input: input)
    }

    private var countryField: HTML {
        let options = texts.countries.map { country -> HTML in
            let selected: HTML = country.code == form.country ? " selected" : ""
            return "<option value=\"\(country.code)\"\(selected)>\(country.name)</option>"
        }
        return field(
            "country",
            label: """
                \(texts("form.country")) <span class="optional">\(texts("form.optional"))</span>
                """,
            input: """
                <select id="country" name="country" autocomplete="country"\(describes("country"))>
                <option value="">\(texts("form.country.none"))</option>\(options)</select>
                """)
    }

    private var showField: HTML {
        let shows = form.show == "target"
        let problem = error("show-count").map {
            "<span class=\"error\">\($0.message(texts))</span>" as HTML
        }
        let office = page.action.content.targets.first?.office.in(texts.language) ?? ""
        return """
            <fieldset>
              <legend>\(texts("form.show", ["office": office]))</legend>\(problem)
              <div class="choice"><input type="radio" id="show-count" name="show" value="count"\
            \(shows ? "" : " checked" as HTML)><label for="show-count">\(texts("form.show.count"))</label></div>
              <div class="choice"><input type="radio" id="show-target" name="show" value="target"\
            \(shows ? " checked" as HTML : "")><label for="show-target">\(texts("form.show.target"))</label></div>
            </fieldset>
            """
    }

    private var messageField: HTML? {
        guard page.action.content.allowsMessage else { return nil }
        return field(
            "message",
            label: """
                \(texts("form.message")) <span class="optional">\(texts("form.optional"))</span>
                """,
            input: """
                <textarea id="message" name="message" rows="4" dir="auto"\(describes("message"))>
                \(form.message)</textarea>
                """)
    }
}

extension FormProblem {
    /// The id of the field that it is about.
    var field: String {
        switch self {
        case .nameMissing, .nameTooLong: "name"
        case .email, .emailLooksMistyped: "email"
        case .countryUnknown: "country"
        case .showUnknown: "show-count"
        case .messageTooLong: "message"
        case .tooMuch: "name"
        }
    }

    /// What is wrong and what to do, in words.
    func message(_ texts: Texts) -> String {
        switch self {
        case .nameMissing: texts("problem.name.missing")
        case .nameTooLong: texts("problem.name.long")
        case .email(.missing): texts("problem.email.missing")
        case .email(.tooLong): texts("problem.email.long")
        case .email(.noAt): texts("problem.email.at")
        case .email(.notOneAddress): texts("problem.email.one")
        case .email(.badLocal): texts("problem.email.local")
        case .email(.badDomain): texts("problem.email.domain")
        case .emailLooksMistyped(let suggestion):
            texts("problem.email.typo", ["address": suggestion])
        case .countryUnknown: texts("problem.country")
        case .showUnknown: texts("problem.show")
        case .messageTooLong: texts("problem.message.long")
        case .tooMuch: texts("problem.toomuch")
        }
    }
}
