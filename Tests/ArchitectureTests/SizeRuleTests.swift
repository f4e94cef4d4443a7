import Foundation
import Testing

struct SizeRuleTests {
    private static let longestFile = 400
    private static let longestFunction = 70

    @Test("No file is longer than 400 lines", arguments: ["Sources", "Tests", "Fuzzing"])
    func files(folder: String) throws {
        for file in try swiftFiles(in: folder) {
            let lines = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= Self.longestFile, "\(file.lastPathComponent)")
        }
    }

    @Test("No function is longer than 70 lines", arguments: ["Sources", "Tests", "Fuzzing"])
    func functions(folder: String) throws {
        for file in try swiftFiles(in: folder) {
            let text = try String(contentsOf: file, encoding: .utf8)
            for function in longFunctions(in: text, limit: Self.longestFunction) {
                Issue.record("\(file.lastPathComponent): \(function)")
            }
        }
    }

    @Test("The rule sees a long function")
    func theRuleCanFail() {
        let body = [String](repeating: "    print(1)", count: 71).joined(separator: "\n")
        #expect(longFunctions(in: "func f() {\n\(body)\n}\n", limit: 70).count == 1)
        #expect(longFunctions(in: "func f() {\n    print(1)\n}\n", limit: 70).isEmpty)
    }

    /// The formatter indents, so a function ends at the first brace as deep as its first line.
    private func longFunctions(in text: String, limit: Int) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.indices.compactMap { start in
            let line = lines[start]
            let isFunction = line.contains(/^\s*([@a-z()]+ )*(func|init)[ (?<]/)
            guard isFunction else { return nil }
            let indent = line.prefix { $0 == " " }
            let end = lines[start...].dropFirst().firstIndex {
                $0 == indent + "}" || $0 == indent + "})"
            }
            guard !line.hasSuffix("}"), let end, end - start > limit else { return nil }
            return "\(line.drop { $0 == " " }) has \(end - start) lines"
        }
    }
}
