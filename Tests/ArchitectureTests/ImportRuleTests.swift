import Foundation
import Testing

/// Which module may import what: the table of ARCHITECTURE.md, as a test. SwiftPM does not stop an
/// import of a sibling that a target does not declare.
struct ImportRuleTests {
    private static let ours: [String: Set<String>] = [
        "Domain": [],
        "Storage": ["Domain"],
        "Sealing": ["Domain"],
        "Unsealing": ["Domain", "Sealing"],
        "Authoring": ["Domain", "Storage"],
        "Languages": ["Domain", "CPlurals"],
        "StorageSQLite": ["Storage"],
        "Ledger": ["Domain", "Storage"],
        "Mail": ["Domain", "Sealing", "Storage", "CCurl"],
        "Press": ["Domain", "CCairo", "CPictures", "CQRCode", "CZip"],
        "Web": [
            "Domain", "Sealing", "Storage", "Languages", "Ledger", "Mail", "Press", "CMarkdown",
            "CZlib",
        ],
        "outcry": [
            "Domain", "Sealing", "Unsealing", "Storage", "StorageSQLite", "Authoring",
            "Languages", "Ledger", "Mail", "Press", "Web", "CCurl", "CProcess",
        ],
    ]

    private static let system: Set<String> = ["Foundation", "Synchronization"]

    private static let outside: [String: Set<String>] = [
        "Domain": [],
        "Storage": [],
        "Sealing": ["Crypto"],
        "Unsealing": ["Crypto", "CryptoExtras"],
        "Authoring": ["Yams"],
        "Languages": [],
        "StorageSQLite": ["GRDB", "GRDBSQLite"],
        "Ledger": ["Crypto", "Logging", "ServiceLifecycle"],
        "Press": [],
        "Mail": ["Crypto", "Logging", "ServiceLifecycle"],
        "Web": ["Hummingbird", "HTTPTypes", "NIOCore", "NIOHTTP1", "NIOHTTPTypes", "Logging"],
        "outcry": ["ArgumentParser", "Hummingbird", "Logging", "NIOCore", "ServiceLifecycle"],
    ]

    @Test(
        "Every module imports only what its row of the table allows", arguments: ours.keys.sorted())
    func imports(module: String) throws {
        let allowed = Self.ours[module, default: []].union(Self.outside[module, default: []])
            .union(Self.system)
        let files = try swiftFiles(in: "Sources/\(module)")
        #expect(!files.isEmpty)
        for file in files {
            for imported in try imports(of: file) where !allowed.contains(imported) {
                Issue.record("\(file.lastPathComponent) imports \(imported)")
            }
        }
    }

    @Test("Every folder of Swift under Sources has a row in the table")
    func everyModule() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: root("Sources").path)
        let modules = try names.filter { try !swiftFiles(in: "Sources/\($0)").isEmpty }
        #expect(Set(modules) == Set(Self.ours.keys))
    }

    @Test("The rule sees an import of any kind")
    func theRuleCanFail() {
        #expect(imports(in: "package import Unsealing\n") == ["Unsealing"])
        #expect(
            imports(in: "@testable import GRDB\nimport struct Storage.Row\n") == [
                "GRDB", "Storage",
            ])
        #expect(imports(in: "// import Web\nlet text = \"import Mail\"\n").isEmpty)
    }

    private func imports(of file: URL) throws -> [String] {
        imports(in: try String(contentsOf: file, encoding: .utf8))
    }

    private func imports(in text: String) -> [String] {
        let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
            guard let index = words.firstIndex(of: "import"),
                words[..<index].allSatisfy({ ["package", "public", "internal"].contains($0) })
            else { return nil }
            let rest = words[(index + 1)...].drop { kinds.contains(String($0)) }
            return rest.first.map { String($0.prefix { $0 != "." }) }
        }
    }
}

/// A path of the checkout.
func root(_ path: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: path)
}

func swiftFiles(in path: String) throws -> [URL] {
    let folder = root(path)
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (names ?? []).filter { $0.hasSuffix(".swift") }.sorted()
        .map { folder.appending(path: $0) }
}
