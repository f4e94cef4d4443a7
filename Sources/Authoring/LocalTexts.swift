import Domain

extension Fields {
    /// A text in several languages, printed as it stands.
    func localText(_ key: String) -> LocalText {
        if !has(key) { missing(key, "a text for each language") }
        return optionalLocalText(key) ?? LocalText([:])
    }

    func optionalLocalText(_ key: String) -> LocalText? {
        localText(key) { file.refuseMarks(in: $0, $1) }
    }

    /// A text in several languages that may cite claims.
    func citingLocalText(_ key: String) -> LocalText {
        if !has(key) { missing(key, "a text for each language") }
        return optionalCitingLocalText(key) ?? LocalText([:])
    }

    func optionalCitingLocalText(_ key: String) -> LocalText? {
        localText(key) { file.cite($0, from: $1) }
    }

    private func localText(_ key: String, check: (String, Int) -> Void) -> LocalText? {
        guard let value = value(key) else { return nil }
        switch value.content {
        case .broken: return nil
        case .text:
            guard let text = optional(key, .text) else { return nil }
            check(text, value.line)
            return LocalText(
                Dictionary(file.reading.languages.map { ($0, text) }, uniquingKeysWith: { $1 }))
        case .list, .mapping:
            let form = "\(quoted(key)) of \(what)"
            let hint = ", or add the .md file of the language"
            return Fields(value, form, keys: file.reading.languages, hint: hint, in: file)?
                .byLanguage(check)
        }
    }

    /// The languages that others fall back to must be there, so that no reader finds nothing.
    private func byLanguage(_ check: (String, Int) -> Void) -> LocalText? {
        let languages = file.reading.languages
        if let first = languages.first, !has(first) {
            missing(first, "the text for \(first).md, which other languages fall back to")
        }
        var texts: [String: String] = [:]
        for language in languages {
            guard let text = optional(language, .text) else { continue }
            check(text, line(of: language))
            texts[language] = text
        }
        return LocalText(texts)
    }
}
