package import Domain
package import Languages

/// The letter that a writer gets who adds no words of their own; in `language`, else in the
/// action's first.
package func modelLetter(
    _ content: ActionContent, to target: Target, language: String?, name: String,
    languages: Languages
) -> Letter {
    let composed = ComposedLetter(
        ComposedLetter.Words(
            target: target, language: language ?? content.translations[0].language, name: name),
        content: content, languages: languages)
    return Letter(
        target: target.id, language: composed.language, subject: composed.subject,
        text: composed.text, name: name)
}
