import Domain
import Languages
import Storage

/// A letter as it goes out: the model of one version, with what its writer put in.
struct ComposedLetter {
    let language: String
    let direction: Direction
    /// Empty for a letter that has none.
    let subject: String
    /// The salutation first, then the writer's own words, the closing last.
    let paragraphs: [String]
    /// Empty for a letter that is signed by hand.
    let name: String
    /// The model letter alone.
    let model: [String]

    /// The writer's part of it.
    struct Words {
        var purpose = LetterPurpose.appeal
        var target: Target?
        var language: String
        var own = ""
        var name = ""
    }

    init(_ words: Words, content: ActionContent, languages: Languages) {
        let translation = content.shown(in: words.language)
        let texts = languages[translation.language] ?? languages.fallback
        let claims = Claims(texts: texts, content: content)
        let text =
            words.purpose == .solidarity
            ? translation.solidarity ?? translation.letter : translation.letter
        var model = Markdown(claim: { _ in .none }).paragraphs(claims.plain(text))
        if let first = model.first, let target = words.target,
            target.id != content.targets.first?.id,
            let salutation = target.salutation?.byLanguage[translation.language]
        {
            model[0] = salutation + (first.last.map { $0.isPunctuation ? String($0) : "," } ?? "")
        }
        language = translation.language
        direction = translation.direction
        subject = words.purpose == .appeal ? translation.title : ""
        name = words.name
        self.model = model
        paragraphs = model.prefix(1) + words.own.paragraphs + model.dropFirst()
    }

    /// Plain text, from the salutation to the name.
    var text: String {
        (paragraphs + (name.isEmpty ? [] : [name])).joined(separator: "\n\n")
    }

    /// Whether it is longer than any letter may be.
    var isTooLong: Bool { subject.utf8.count + text.utf8.count > Letter.limit }

    /// How much of it is its writer's own, in percent.
    var ownPercent: Int {
        LetterSameness.ownPercent(
            of: paragraphs.joined(separator: "\n"), model: model.joined(separator: "\n"))
    }
}

extension String {
    /// What stands between empty lines.
    fileprivate var paragraphs: [String] {
        var paragraphs: [[Substring]] = [[]]
        for line in split(separator: "\n", omittingEmptySubsequences: false) {
            if line.trimmed.isEmpty {
                paragraphs.append([])
            } else {
                paragraphs[paragraphs.count - 1].append(line)
            }
        }
        return paragraphs.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }
    }
}

extension ComposedLetter {
    init(_ draft: LetterDraft, content: ActionContent, languages: Languages) {
        self.init(
            Words(
                purpose: draft.kind, target: draft.target, language: draft.language,
                own: draft.words, name: draft.name),
            content: content, languages: languages)
    }
}

extension Services {
    /// The text of a version by its hash; the current one if there is no such version.
    func content(of action: PublishedAction, version hash: String) async throws -> ActionContent {
        guard hash != action.versions.last?.hash, let bytes = [UInt8](hex: hash) else {
            return action.content
        }
        let id = action.id
        let row = try await store.read { try $0.version(hash: bytes, of: id) }
        return try row.map { try ActionContent(json: $0.content) } ?? action.content
    }
}
