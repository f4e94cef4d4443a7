/// The remedy for a word that is not among `words`: the one that was probably meant, else all.
func suggestion(for word: String, among words: [String]) -> String {
    let nearest = words.map { (word: $0, edits: edits(from: word, to: $0)) }
        .min { $0.edits < $1.edits }
    if let nearest, nearest.edits <= (word.count < 5 ? 1 : 2) {
        return "did you mean \(quoted(nearest.word))?"
    }
    if words.isEmpty { return "there is none yet: add it" }
    // Said for each word that is wrong: no message is longer than what one reads.
    let first = words.prefix(20).map { String($0.prefix(40)) }
    return "choose one of: " + (first + (words.count > 20 ? ["..."] : [])).joined(separator: ", ")
}

/// How many letters must be added, left out or changed; upper and lower case are the same.
private func edits(from word: String, to other: String) -> Int {
    let letters = Array(other.lowercased())
    var row = Array(0...letters.count)
    for (index, letter) in word.lowercased().prefix(100).enumerated() {
        var diagonal = row[0]
        row[0] = index + 1
        for column in letters.indices {
            let changed = diagonal + (letter == letters[column] ? 0 : 1)
            diagonal = row[column + 1]
            row[column + 1] = min(changed, row[column] + 1, diagonal + 1)
        }
    }
    return row[letters.count]
}
