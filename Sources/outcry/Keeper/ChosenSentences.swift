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

    /// Throws `Refusal` if a sentence has the full name of somebody in it that is in none of `known`:
    /// one of more than one word, or of a script that has no spaces between words.
    func refuse(names: Set<String>, exceptIn known: [String]) throws {
        let known = known.map(Self.words)
        let sentences = lines.map(Self.words)
        for name in names {
            let spellings = Self.spellings(of: name)
            func isNamed(in text: String) -> Bool { spellings.contains { text.contains($0) } }
            guard let number = sentences.firstIndex(where: isNamed), !known.contains(where: isNamed)
            else { continue }
            throw Refusal(
                """
                Sentence \(number + 1) has the name of a supporter in it that may not stand in this letter. \
                Take it out of the file. Nothing was written.
                """)
        }
    }

    /// What a name looks like among `words`; empty for one that could be any word.
    static func spellings(of name: String) -> [String] {
        let words = words(name)
        let parts = words.split(separator: " ")
        guard words.contains(where: \.isOfScriptWithoutSpaces) else {
            return parts.count > 1 ? [words] : []
        }
        let joined = parts.joined()
        return joined.count > 1 ? [joined, parts.joined(separator: " ")] : []
    }

    /// In small letters without marks, a space around each word.
    static func words(_ text: String) -> String {
        let plain = text.folding(
            options: [.caseInsensitive, .diacriticInsensitive, .widthInsensitive], locale: nil)
        return " "
            + plain.split { !$0.isLetter && !$0.isNumber }.joined(separator: " ") + " "
    }
}

extension Character {
    /// Han, Hiragana, Katakana, Hangul, Thai, Lao, Khmer or Myanmar: what is written in these may have
    /// other words right before and behind it.
    fileprivate var isOfScriptWithoutSpaces: Bool {
        unicodeScalars.contains { scalar in
            Self.blocks.contains { $0.contains(scalar.value) }
        }
    }

    /// Their blocks in Unicode 16.
    private static let blocks: [ClosedRange<UInt32>] = [
        0x0e00...0x0eff, 0x1000...0x109f, 0x1100...0x11ff, 0x1780...0x17ff, 0x2e80...0x2fdf,
        0x3005...0x3007, 0x3021...0x318f, 0x31f0...0x31ff, 0x3400...0x4dbf, 0x4e00...0x9fff,
        0xa960...0xa97f, 0xa9e0...0xa9ff, 0xaa60...0xaa7f, 0xac00...0xd7ff, 0xf900...0xfaff,
        0xff66...0xffdc, 0x1aff0...0x1b16f, 0x20000...0x3ffff,
    ]
}
