import Foundation
import Testing

struct HonestyTests {
    @Test("Nothing in the program dies on what comes from outside")
    func noTraps() throws {
        for file in try swiftFiles(in: "Sources") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for word in ["try!", "as!", "fatalError("] where text.contains(word) {
                Issue.record("\(file.lastPathComponent) has \(word)")
            }
        }
    }

    @Test("Nothing is escaped by characters: a quote with a combining mark would pass")
    func noCharacterEscaping() throws {
        for file in try swiftFiles(in: "Sources") where file.lastPathComponent != "Schema.swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains(".replacing("), "\(file.lastPathComponent)")
            #expect(!text.contains("replacingOccurrences("), "\(file.lastPathComponent)")
        }
    }

    @Test("No text makes a promise that we cannot keep")
    func noPromises() throws {
        let catalogue = root("Sources/Languages/Texts/outcry.pot")
        let text = try String(contentsOf: catalogue, encoding: .utf8).lowercased()
        for word in ["anonymous", "unhackable", "we cannot see", "verified people", "fraud-proof"] {
            #expect(!text.contains(word))
        }
    }
}
