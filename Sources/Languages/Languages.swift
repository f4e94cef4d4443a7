import Domain
import Foundation

/// The languages that the interface speaks.
package struct Languages: Sendable {
    private let texts: [Texts]

    /// English, from the template that every translation starts with.
    package init() throws {
        guard let folder = Bundle.module.resourceURL?.appending(path: "Texts") else {
            throw CocoaError(.fileNoSuchFile)
        }
        let template = folder.appending(path: "outcry.pot")
        let catalogue = try Catalogue(
            po: String(contentsOf: template, encoding: .utf8), file: "outcry.pot")
        texts = [
            Texts(language: "en", name: "English", direction: .ltr, catalogue: catalogue)
        ]
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
