import Domain
import Foundation
import Languages

/// What is told to those who asked, a subject and a text in each language: a folder of files
/// `en.md`, `az.md` ..., or one such file.
///
/// ```
/// ---
/// subject: They are free
/// ---
/// Text, as it is sent: nothing in it is changed.
/// ```
struct UpdateMessage {
    struct Text {
        let subject: String
        let text: String
    }

    let texts: [String: Text]
    private let fallback: String
    /// What tells this message from another, whatever the order of its files.
    let bytes: [UInt8]

    private static let mostBytes = 64 * 1024

    /// `first` is the language that others fall back to. Throws `Refusal` that names the file.
    init(path: String, first: String?) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Refusal("\(path) is not there. Give --message a folder of files like en.md.")
        }
        let folder = URL(filePath: path)
        let files =
            isFolder.boolValue
            ? try FileManager.default.contentsOfDirectory(atPath: path)
                .filter { $0.hasSuffix(".md") }.sorted().map { folder.appending(path: $0) }
            : [folder]
        var texts: [String: Text] = [:]
        var bytes: [UInt8] = []
        for file in files {
            let language = file.deletingPathExtension().lastPathComponent
            guard language.wholeMatch(of: /[a-z]{2,3}(-[A-Za-z0-9]{2,8})*/) != nil else {
                throw Refusal("\(file.path): name it after its language, like en.md.")
            }
            let content = try Self.read(file)
            texts[language] = try Self.text(content, file.path)
            for part in [Array(language.utf8), content] { bytes += digestible(part) }
        }
        let only = texts.count == 1 ? texts.keys.first : nil
        guard let fallback = first.flatMap({ texts[$0] == nil ? nil : $0 }) ?? only else {
            throw Refusal(
                """
                \(path) has no \(first ?? "en").md. Whoever signed in a language without a text of its \
                own gets the text in the action's first language.
                """)
        }
        self.texts = texts
        self.bytes = bytes
        self.fallback = fallback
    }

    /// The text for whoever signed in this language, and its own.
    func shown(in language: String) -> (language: String, text: Text) {
        if let text = texts[language] { return (language, text) }
        return (fallback, texts[fallback] ?? Text(subject: "", text: ""))
    }

    private static func read(_ file: URL) throws -> [UInt8] {
        guard let content = FileManager.default.contents(atPath: file.path) else {
            throw Refusal("\(file.path) cannot be read.")
        }
        guard content.count <= mostBytes else {
            throw Refusal("\(file.path) is larger than 64 KiB; shorten it.")
        }
        return Array(content)
    }

    private static func text(_ content: [UInt8], _ path: String) throws -> Text {
        let lines = content.split(separator: 0x0a, omittingEmptySubsequences: false).compactMap {
            String(validating: $0.last == 0x0d ? $0.dropLast() : $0, as: UTF8.self)
        }
        guard String(validating: content, as: UTF8.self) != nil,
            !content.contains(where: { $0 < 0x20 && ![0x09, 0x0a, 0x0d].contains($0) })
        else { throw Refusal("\(path) is no plain text in UTF-8.") }
        let head =
            lines.first?.trimmed == "---" ? lines.dropFirst().prefix { $0.trimmed != "---" } : []
        guard head.count == 1, let line = head.first, line.hasPrefix("subject:"),
            lines.count > head.count + 2
        else {
            throw Refusal("\(path): begin with the lines ---, subject: ..., ---; then the text.")
        }
        var subject = line.dropFirst("subject:".count).trimmed
        if subject.count >= 2, subject.hasPrefix("\""), subject.hasSuffix("\"") {
            subject = subject.dropFirst().dropLast().trimmed
        }
        let text = lines[(head.count + 2)...].joined(separator: "\n").trimmed
        guard !subject.isEmpty, subject.count <= 200, !text.isEmpty else {
            throw Refusal("\(path) needs a subject of at most 200 letters, and a text.")
        }
        return Text(subject: subject, text: text)
    }
}

/// With its length before it.
private func digestible(_ part: [UInt8]) -> [UInt8] { UInt64(part.count).bytes + part }

/// What stands under every update: why it came, how it ends, how long the address is kept.
struct UpdateFooter {
    let languages: Languages
    let head: ExportFile.Head

    func text(language: String, link: String) -> String {
        let texts = languages[language] ?? languages.fallback
        let title = head.titles?[language] ?? head.title
        let kept =
            head.kept.flatMap { Day($0) }.map { texts("update.kept", ["date": texts.date($0)]) }
            ?? texts("update.open")
        let why = texts(
            "update.why", ["title": title.singleLine, "organisation": head.organisation.singleLine])
        return "\n\n* * *\n\n\(why)\n\(texts("update.end", ["link": link]))\n\(kept)\n"
    }
}
