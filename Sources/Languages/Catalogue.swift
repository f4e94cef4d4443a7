import Foundation

/// The texts of one gettext file, by `msgctxt`: the key is what the code names, `msgid` is the
/// English that a translator reads beside it.
struct Catalogue: Sendable {
    struct Entry: Hashable, Sendable {
        var english = ""
        var englishPlural: String?
        var translations: [String] = []
    }

    private(set) var entries: [String: Entry] = [:]
    /// The fields of the head, for instance `Language`.
    private(set) var head: [String: String] = [:]

    /// Reads the PO format: comments, `msgctxt`, `msgid`, `msgid_plural`, `msgstr`, `msgstr[n]`
    /// and continued strings. Throws with the line that is none of these.
    init(po text: String, file: String) throws(CatalogueError) {
        var context = ""
        var entry = Entry()
        var field = ""
        var isOpen = false

        func store() throws(CatalogueError) {
            guard isOpen else { return }
            guard !context.isEmpty else { return readHead(entry.translations.first ?? "") }
            guard entries[context] == nil else {
                throw CatalogueError(file: file, line: 0, message: "\(context) stands twice")
            }
            entries[context] = entry
        }
        func add(_ string: String) {
            switch field {
            case "msgctxt": context += string
            case "msgid": entry.english += string
            case "msgid_plural": entry.englishPlural = (entry.englishPlural ?? "") + string
            default: entry.translations[entry.translations.count - 1] += string
            }
        }
        for (index, raw) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = raw.trimmingCharacters(in: .whitespaces)
            if line.isEmpty || line.hasPrefix("#") { continue }
            var rest = Substring(line)
            if !line.hasPrefix("\"") {
                let word = line.prefix { $0 != " " }
                field = String(word)
                rest = line[word.endIndex...].drop { $0 == " " }
                let startsEntry = field == "msgctxt" || (field == "msgid" && context.isEmpty)
                if startsEntry {
                    try store()
                    (context, entry, isOpen) = ("", Entry(), true)
                }
                if field.hasPrefix("msgstr") { entry.translations.append("") }
            }
            guard isOpen, let string = Self.unquote(rest), Self.isField(field) else {
                throw CatalogueError(file: file, line: index + 1, message: "not a PO line")
            }
            add(string)
        }
        try store()
    }

    private mutating func readHead(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            head[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
        }
    }

    private static func isField(_ field: String) -> Bool {
        ["msgctxt", "msgid", "msgid_plural"].contains(field) || field.hasPrefix("msgstr")
    }

    private static func unquote(_ text: Substring) -> String? {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return nil }
        var string = ""
        var isEscaped = false
        for character in text.dropFirst().dropLast() {
            switch (isEscaped, character) {
            case (false, "\\"): isEscaped = true
            case (false, _): string.append(character)
            case (true, "n"):
                string.append("\n")
                isEscaped = false
            case (true, "t"):
                string.append("\t")
                isEscaped = false
            case (true, _):
                string.append(character)
                isEscaped = false
            }
        }
        return isEscaped ? nil : string
    }
}

/// A catalogue that cannot be read.
package struct CatalogueError: Error, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let message: String

    package var description: String { "\(file):\(line): \(message)" }
}
