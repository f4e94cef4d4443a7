import Domain
import Foundation

/// The languages that the interface speaks.
package struct Languages: Sendable {
    private let texts: [Texts]

    /// English from the template, and every folder beside it that holds an `outcry.po`.
    ///
    /// A language is a folder: its name is the BCP 47 tag, the head of its file says the language's
    /// own name (`X-Language-Name`) and direction (`X-Direction`). Throws `CatalogueError` for a
    /// file that cannot be read.
    package init() throws {
        guard let folder = Bundle.module.resourceURL?.appending(path: "Texts") else {
            throw CocoaError(.fileNoSuchFile)
        }
        let template = try Catalogue(
            po: String(contentsOf: folder.appending(path: "outcry.pot"), encoding: .utf8),
            file: "outcry.pot")
        let english = Texts(
            language: "en", name: "English", direction: .ltr, template: template)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let tags = names.filter { !$0.contains(".") }.sorted()
        texts =
            try [english]
            + tags.map { tag in
                let file = folder.appending(path: "\(tag)/outcry.po")
                let catalogue = try Catalogue(
                    po: String(contentsOf: file, encoding: .utf8), file: "\(tag)/outcry.po")
                return Texts(
                    language: tag, name: catalogue.head["X-Language-Name"] ?? tag,
                    direction: catalogue.head["X-Direction"].flatMap(Direction.init) ?? .ltr,
                    template: template, translation: catalogue)
            }
    }

    package var all: [Texts] { texts }

    package var tags: [String] { texts.map(\.language) }

    /// Nil for a language that the interface does not speak.
    package subscript(_ language: String) -> Texts? {
        texts.first { $0.language == language }
    }

    /// What everything falls back to.
    package var fallback: Texts { texts[0] }

    /// The best language for an `Accept-Language` header (RFC 9110, section 12.5.4).
    package func best(for acceptLanguage: String?) -> Texts {
        let wishes = (acceptLanguage ?? "").prefix(200).split(separator: ",").compactMap {
            wish -> (tag: String, weight: Double)? in
            let parts = wish.split(separator: ";").map { $0.trimmed }
            guard let tag = parts.first else { return nil }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
                .flatMap { Double($0.dropFirst(2)) }
            return (tag.lowercased(), weight ?? 1)
        }
        let sorted = wishes.enumerated().sorted {
            ($1.element.weight, $0.offset) < ($0.element.weight, $1.offset)
        }
        for (_, wish) in sorted where wish.weight > 0 {
            let primary = wish.tag.prefix { $0 != "-" }
            if let match = self[wish.tag] ?? self[String(primary)] { return match }
        }
        return fallback
    }
}
