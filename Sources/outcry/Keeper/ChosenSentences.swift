import Domain
import Foundation

/// Sentences of supporters that the keeper picked to be read by the target: one a line.
struct ChosenSentences {
    let lines: [String]

    private static let most = 100
    private static let longest = 1_000

    /// Throws `Refusal` for a file that cannot be printed.
    init(path: String) throws {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Refusal("\(path) cannot be read as UTF-8.")
        }
        lines = text.split(whereSeparator: \.isNewline).map { String($0).singleLine }
            .filter { !$0.isEmpty }
        guard !lines.isEmpty, lines.count <= Self.most,
            lines.allSatisfy({ $0.utf8.count <= Self.longest })
        else {
            throw Refusal(
                "\(path) needs 1 to \(Self.most) sentences, one a line of at most \(Self.longest) bytes."
            )
        }
        if let number = lines.firstIndex(where: { $0.contains("@") || $0.contains("://") }) {
            throw Refusal(
                "\(path), sentence \(number + 1): it has an address in it. Take that out.")
        }
    }

    /// Throws `Refusal` if a sentence has the full name of somebody in it, of more than one word,
    /// that is in none of `known`.
    func refuse(names: Set<String>, exceptIn known: [String]) throws {
        let known = known.map(Self.words)
        let sentences = lines.map(Self.words)
        for name in names {
            let words = Self.words(name)
            guard words.dropFirst().dropLast().contains(" "),
                let number = sentences.firstIndex(where: { $0.contains(words) }),
                !known.contains(where: { $0.contains(words) })
            else { continue }
            throw Refusal(
                """
                Sentence \(number + 1) has the name of a supporter in it who did not agree to that. Take it \
                out of the file. Nothing was written.
                """)
        }
    }

    /// In small letters without marks, a space around each word.
    private static func words(_ text: String) -> String {
        let plain = text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil)
        return " "
            + plain.split { !$0.isLetter && !$0.isNumber }.joined(separator: " ") + " "
    }
}
