import Domain
import Languages

/// The form of which a letter is made, empty or as it came back.
struct LetterFormView {
    let texts: Texts
    let action: PublishedAction
    let answer: LetterPage.Answer

    private var content: ActionContent { action.content }
    private var form: LetterForm { answer.form }
    private var fields: LetterFields {
        LetterFields(texts: texts, form: form, problems: answer.problems)
    }

    var html: HTML {
        let version = form.version.isEmpty ? action.versions.last?.hash ?? "" : form.version
        return """
            <section class="side" aria-labelledby="write">
              <h2 id="write">\(texts("letter.form.title"))</h2>
              <form method="post" action="/\(texts.language)/actions/\(action.slug)/letter#main" novalidate>
                \(summary)
                <input type="hidden" name="version" value="\(version)">
                \(kind)\(target)\(language)
                \(fields.country)
                \(fields.name(isOptional: true, hint: texts("letter.name.hint")))
                \(address)
                \(words)
                <p class="small">\(texts("letter.form.keeps"))</p>
                <button class="button">\(texts("letter.form.button"))</button>
              </form>
            </section>

            """
    }

    private var summary: HTML? {
        var lines = answer.problems.map { (field: $0.field as String?, message: $0.message(texts)) }
        if let obstacle = answer.obstacle { lines.append((nil, obstacle)) }
        guard !lines.isEmpty else { return nil }
        return ErrorSummary(texts: texts, level: 3, problems: lines).html
    }

    private var kind: HTML? {
        guard let solidarity = content.solidarity else { return nil }
        let office = content.targets.first?.office.in(texts.language) ?? ""
        let recipient = solidarity.recipient.in(texts.language)
        let fieldset = fields.choices(
            "kind", legend: texts("letter.kind"),
            [
                (
                    LetterPurpose.appeal.rawValue,
                    "\(texts("letter.kind.appeal", ["office": office]))"
                ),
                (
                    LetterPurpose.solidarity.rawValue,
                    "\(texts("letter.kind.solidarity", ["recipient": recipient]))"
                ),
            ])
        return """
            \(fieldset)
            <p class="small"><strong>\(recipient).</strong> \(solidarity.safety.in(texts.language))</p>

            """
    }

    private var target: HTML? {
        guard content.targets.count > 1 else { return nil }
        return fields.choices(
            "target", legend: texts("letter.target"),
            content.targets.map { target in
                let name = target.name.in(texts.language)
                return (target.id, "<bdi>\(name)</bdi>, \(target.office.in(texts.language))")
            })
    }

    /// The language that the office reads best, or the writer's own.
    private var language: HTML? {
        let best = content.targets.map { content.bestLanguage(for: $0) }
        let own = content.shown(in: texts.language).language
        guard best.contains(where: { $0 != own }) else { return nil }
        let isOne = Set(best).count == 1
        let first =
            isOne
            ? texts("letter.language.best", ["language": texts.languageName(best[0])])
            : texts("letter.language.any")
        return fields.choices(
            "language", legend: texts("letter.language"),
            [("", "\(first)"), (own, "\(texts.languageName(own))")])
    }

    private var address: HTML {
        fields.field(
            "address", label: fields.optional(texts("letter.address.label")),
            hint: texts("letter.address.hint")
        ) {
            """
            <textarea id="address" name="address" rows="3" autocomplete="street-address" \
            spellcheck="false" dir="auto"\($0)>
            \(form.address)</textarea>
            """
        }
    }

    private var words: HTML {
        fields.field(
            "words", label: fields.optional(texts("letter.words.label")),
            hint: texts("letter.words.hint")
        ) {
            """
            <textarea id="words" name="words" rows="7" dir="auto"\($0)>
            \(form.words)</textarea>
            """
        }
    }
}
