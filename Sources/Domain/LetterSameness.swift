/// How much of a letter is its writer's own.
package enum LetterSameness {
    /// Whole percent of the words in `letter` that are not part of three words in a row which also
    /// stand in a line of `model`; 0 for a letter without words.
    ///
    /// Words are runs of letters and digits, whatever their case; in scripts that write without
    /// spaces each ideograph is one. A line of one or two words is compared as a whole.
    package static func ownPercent(of letter: String, model: String) -> Int {
        let known = Set(lines(of: model).flatMap { runs(of: $0) })
        var (all, own) = (0, 0)
        for words in lines(of: letter) {
            var isCopied = [Bool](repeating: false, count: words.count)
            for run in runs(of: words) where known.contains(run) {
                for index in run.indices { isCopied[index] = true }
            }
            all += words.count
            own += isCopied.count { !$0 }
        }
        // A single own word is not nothing.
        return own > 0 ? max(1, own * 100 / all) : 0
    }

    private static func lines(of text: String) -> [[String]] {
        text.split(separator: "\n").map { words(of: String($0)) }.filter { !$0.isEmpty }
    }

    private static func runs(of words: [String]) -> [ArraySlice<String>] {
        guard words.count > 3 else { return [words[...]] }
        return (0...words.count - 3).map { words[$0..<$0 + 3] }
    }

    /// Goes by scalars: a mark belongs to the letter before it.
    static func words(of text: String) -> [String] {
        var words: [String] = []
        var word = String.UnicodeScalarView()
        func finish() {
            if !word.isEmpty { words.append(String(word)) }
            word = String.UnicodeScalarView()
        }
        for scalar in text.nfc.lowercased().unicodeScalars {
            let properties = scalar.properties
            if properties.isIdeographic {
                finish()
                words.append(String(Character(scalar)))
            } else if properties.isAlphabetic || properties.numericType != nil
                || (isMark(properties.generalCategory) && !word.isEmpty)
            {
                word.append(scalar)
            } else {
                finish()
            }
        }
        finish()
        return words
    }

    private static func isMark(_ category: Unicode.GeneralCategory) -> Bool {
        category == .nonspacingMark || category == .spacingMark || category == .enclosingMark
    }
}
