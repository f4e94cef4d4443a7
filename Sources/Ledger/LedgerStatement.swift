import Foundation

/// A text whose hash is `a` of an entry: one of `statements.json`.
package struct LedgerStatement: Codable, Hashable, Sendable {
    /// Of the entry.
    package let index: Int
    package let text: String

    package init(index: Int, text: String) {
        self.index = index
        self.text = text
    }

    /// Nil for bytes that are no list of statements.
    package static func list(_ bytes: [UInt8]) -> [LedgerStatement]? {
        try? JSONDecoder().decode([LedgerStatement].self, from: Data(bytes))
    }

    /// The bytes of `statements.json`.
    package static func json(
        _ statements: some Sequence<(index: Int, text: String)>
    ) throws -> [UInt8] {
        Array(
            try JSONEncoder.plain.encode(
                statements.map { LedgerStatement(index: $0.index, text: $0.text) }))
    }
}
