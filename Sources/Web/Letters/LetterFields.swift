import Domain
import Languages

/// The parts of a form for a letter, each with its label, its hint and what is wrong with it.
struct LetterFields {
    let texts: Texts
    let form: LetterForm
    let problems: [LetterProblem]

    private func problem(_ id: String) -> String? {
        problems.first { $0.field == id }?.message(texts)
    }

    /// `input` gets the attributes that tie it to its hint and its problem.
    func field(
        _ id: String, label: HTML, hint: String? = nil, input: (HTML) -> HTML
    ) -> HTML {
        let problem = problem(id)
        let names = [hint.map { _ in "\(id)-hint" }, problem.map { _ in "\(id)-error" }]
            .compactMap { $0 }.joined(separator: " ")
        let invalid: HTML = problem == nil ? .none : " aria-invalid=\"true\""
        let described: HTML = names.isEmpty ? .none : " aria-describedby=\"\(names)\""
        return """
            <div\(wrong(problem))>
              <label for="\(id)">\(label)</label>
              \(hint.map { "<span class=\"hint\" id=\"\(id)-hint\">\($0)</span>" as HTML })\
            \(error(id, problem))
              \(input(invalid + described))
            </div>
            """
    }

    /// One of several, the first of which is chosen unless the form says another.
    func choices(
        _ name: String, legend: String, hint: String? = nil,
        _ choices: [(value: String, label: HTML)]
    ) -> HTML {
        let chosen = value(name)
        let known = choices.contains { $0.value == chosen } ? chosen : choices.first?.value
        let problem = problems.first { $0 == .choice(name) }?.message(texts)
        let list = choices.enumerated().map { index, choice -> HTML in
            let id = index == 0 ? name : "\(name)-\(index)"
            return """
                <div class="choice"><input type="radio" id="\(id)" name="\(name)" \
                value="\(choice.value)"\(choice.value == known ? " checked" as HTML : .none)>\
                <label for="\(id)">\(choice.label)</label></div>

                """
        }
        return """
            <fieldset\(wrong(problem))>
              <legend>\(legend)</legend>\(hint.map { "<span class=\"hint\">\($0)</span>" as HTML })\
            \(error(name, problem))
              \(list)
            </fieldset>
            """
    }

    private func value(_ name: String) -> String {
        switch name {
        case "kind": form.kind
        case "target": form.target
        case "language": form.language
        case "reply": form.reply
        default: ""
        }
    }

    private func wrong(_ problem: String?) -> HTML {
        problem == nil ? .none : " class=\"wrong\""
    }

    private func error(_ id: String, _ problem: String?) -> HTML? {
        problem.map {
            """
            <span class="error" id="\(id)-error"><span class="hidden">\(texts("form.error"))</span>\
            \($0)</span>
            """
        }
    }

    /// A label with the word that it may stay empty.
    func optional(_ label: String) -> HTML {
        "\(label) <span class=\"optional\">\(texts("form.optional"))</span>"
    }

    var country: HTML {
        let options = texts.countries.map { country -> HTML in
            let selected: HTML = country.code == form.country ? " selected" : ""
            return "<option value=\"\(country.code)\"\(selected)>\(country.name)</option>"
        }
        return field(
            "country", label: optional(texts("form.country")), hint: texts("letter.country.hint")
        ) {
            """
            <select id="country" name="country" autocomplete="country"\($0)>
            <option value="">\(texts("form.country.none"))</option>\(options)</select>
            """
        }
    }

    func name(isOptional: Bool, hint: String) -> HTML {
        let label = texts("letter.name.label")
        return field("name", label: isOptional ? optional(label) : "\(label)", hint: hint) {
            """
            <input id="name" name="name" autocomplete="name" spellcheck="false" dir="auto" \
            value="\(form.name)"\($0)>
            """
        }
    }

    var email: HTML {
        let buttons = suggestion.map { suggestion -> HTML in
            """
            <span class="row"><button class="button quiet" name="email_suggested" \
            value="\(suggestion)">\(texts("form.suggest.yes", ["address": suggestion]))</button>\
            <button class="button quiet" name="email_kept" value="yes">\
            \(texts("form.suggest.no", ["address": form.email.trimmed]))</button></span>
            """
        }
        let label: HTML = """
            \(texts("form.email")) <span class="optional">\(texts("form.email.why"))</span>
            """
        return field("email", label: label) {
            """
            <input id="email" name="email" type="email" inputmode="email" autocomplete="email" \
            spellcheck="false" autocapitalize="none" value="\(form.email)"\($0)>\(buttons)
            """
        }
    }

    /// Once a likely mistake has been pointed out, the same address is taken as it is.
    var asked: HTML? {
        suggestion.map { _ in "<input type=\"hidden\" name=\"asked\" value=\"\(form.email)\">" }
    }

    private var suggestion: String? {
        for case .emailLooksMistyped(let suggestion) in problems { return suggestion }
        return nil
    }
}

extension LetterProblem {
    /// The id of the field that it is about.
    var field: String {
        switch self {
        case .choice(let name): name
        case .nameMissing, .nameTooLong: "name"
        case .addressTooLong: "address"
        case .wordsTooLong, .tooMuch: "words"
        case .email, .emailLooksMistyped: "email"
        }
    }

    /// What is wrong and what to do, in words.
    func message(_ texts: Texts) -> String {
        switch self {
        case .choice: texts("letter.problem.choice")
        case .nameMissing: texts("letter.problem.name")
        case .nameTooLong: FormProblem.nameTooLong.message(texts)
        case .addressTooLong: texts("letter.problem.address")
        case .wordsTooLong: texts("letter.problem.words")
        case .tooMuch: texts("letter.problem.much")
        case .email(let problem): FormProblem.email(problem).message(texts)
        case .emailLooksMistyped(let suggestion):
            FormProblem.emailLooksMistyped(suggestion: suggestion).message(texts)
        }
    }
}

extension LetterForm {
    init(_ fields: FormFields) {
        self.init()
        kind = fields["kind"]
        target = fields["target"]
        language = fields["language"]
        country = fields["country"]
        name = fields["name"]
        address = fields["address"]
        words = fields["words"]
        paper = fields["paper"]
        version = fields["version"]
        reply = fields["reply"]
        website = fields["website"]
        (email, asked) = fields.chosenEmail
    }
}
