import Domain
import Foundation

/// Whether a line has the beginning of a Markdown picture outside of code.
func pictureStart(in line: String) -> Bool {
    // Bytes, not characters: a `[` that carries a combining mark is still a `[`.
    let bytes = Array((withoutCode(line) ?? "").utf8)
    return zip(bytes, bytes.dropFirst()).contains { $0 == (UInt8(ascii: "!"), UInt8(ascii: "[")) }
}

/// Notes the picture on this line. A picture stands on a line of its own, says what it shows, and
/// lies in the folder; what stands in quotes behind it is printed under it.
func readPicture(_ file: FileText, _ index: Int) {
    let line = file.lines[index]
    guard pictureStart(in: line) else { return }
    let form = "![what it shows](pictures/name.jpg \"Photo: who\")"
    let isAlone =
        [index - 1, index + 1].allSatisfy {
            !file.lines.indices.contains($0) || file.lines[$0].trimmed.isEmpty
                || file.lines[$0] == "---"
        }
    guard matches(line, "!\\[[^\\[\\]]*\\]\\(\(picturePath)( \"[^\"]*\")?\\)[ \\t]*"), isAlone
    else {
        file.problem(
            index + 1,
            "has a picture that cannot be placed; write \(form) with an empty line above and below")
        return
    }
    let shows = line.dropFirst(2).prefix { $0 != "]" }.trimmed
    if shows.count < 5 {
        file.problem(
            index + 1,
            "does not say what the picture shows; write it between the brackets, for those who do "
                + "not see it")
    }
    let path = line.drop { $0 != "(" }.dropFirst().prefix { $0 != ")" && $0 != " " }
    file.reading.show(String(path), file.path, index + 1)
}

/// Every picture that a text shows is there, every one that is there is shown, and no language
/// lacks one that another has: its readers would not be told what it shows.
func checkPictures(_ reading: Reading, files: [String]) {
    for shown in reading.pictures where !files.contains(shown.picture) {
        let remedy = files.isEmpty ? "put it there" : suggestion(for: shown.picture, among: files)
        reading.problem(
            shown.file, shown.line, "\(quoted(shown.picture)) is not in the folder; \(remedy)")
    }
    for file in files {
        let languages = Set(reading.pictures.filter { $0.picture == file }.map(\.file))
        if languages.isEmpty {
            reading.problem(file, nil, "is shown by no text; show it or remove it")
            continue
        }
        for language in reading.languages where !languages.contains("\(language).md") {
            reading.problem(
                "\(language).md", nil,
                "does not show \(file), which other languages show; add it with its words")
        }
    }
}
