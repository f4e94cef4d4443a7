import Authoring
import Testing

/// What becomes of YAML that is broken, tricky or hostile.
struct YAMLTests {
    @Test func `Broken YAML is refused at its line`() {
        let problems = Sample().with("country: AZ", "country: AZ: GE").problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("action.yaml:3: is not YAML (mapping values") == true)
    }

    @Test func `Broken front matter is refused at its line in the file`() {
        let problems = Sample().with(in: "en.md", "call: Add", "call: \"Add").problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("en.md:") == true)
        #expect(problems.first?.contains("is not YAML") == true)
        let nested = Sample().with(in: "en.md", "call: Add", "call: Do: add").problems
        #expect(nested.first?.hasPrefix("en.md:5: ") == true)
    }

    @Test func `Aliases are refused, so nothing expands without measure`() {
        var lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
        for level in 1...30 {
            let alias = "*a\(level - 1)"
            let list = Array(repeating: alias, count: 10).joined(separator: ", ")
            lines.append("a\(level): &a\(level) [\(list)]")
        }
        lines.append("? *a30\n: x")
        let problems = Sample().adding("action.yaml", lines.joined(separator: "\n")).problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("action.yaml:") == true)
    }

    @Test func `An anchor and an alias are each refused by name`() {
        expect(
            Sample().with("title: A report", "title: &t A report"),
            refusedAt: "action.yaml:13", saying: "begins with \"&\"")
        expect(
            Sample().with("title: A report", "title: *t"),
            refusedAt: "action.yaml:13", saying: "a YAML alias, which is refused")
    }

    @Test func `A tag is refused`() {
        expect(
            Sample().with("title: A report", "title: !!binary QQ=="),
            refusedAt: "action.yaml:13", saying: "has a YAML tag")
    }

    @Test func `Deep nesting is refused, however deep`() {
        for depth in [10, 900, 100_000] {
            let list = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            let problems = Sample().with("title: A report", "title: \(list)").problems
            // The parser itself gives up at a thousand.
            let message = depth < 1000 ? "is nested too deep" : "is not YAML"
            #expect(problems.contains { $0.hasPrefix("action.yaml:13: \(message)") })
        }
    }

    @Test func `Characters that YAML does not know are refused`() {
        let problems = Sample().with("A report", "A \u{fffe} report").problems
        #expect(problems.count == 1)
        #expect(problems.first?.contains("delete the character that cannot be shown") == true)
    }

    @Test func `A second document in one file is refused`() {
        let problems = Sample().with("country: AZ\n", "country: AZ\n---\nrisk: high\n").problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("action.yaml:4: is not one YAML document") == true)
    }

    @Test func `A key must be a word`() {
        expect(
            Sample().with("country: AZ", "country: AZ\n[a]: b"),
            refusedAt: "action.yaml:4", saying: "a key is one word")
    }

    @Test func `Keys that differ only in quotes are the same key`() {
        // As YAML has it, the first is a number and the second a text.
        let problems = Sample().with("country: AZ", "country: AZ\n1: a\n\"1\": b").problems
        #expect(problems.contains { $0.hasPrefix("action.yaml:5: \"1\" stands more than once") })
    }

    @Test func `A text is one paragraph`() {
        expect(
            Sample().with("title: A report", "title: |\n      A\n      report"),
            refusedAt: "action.yaml:13", saying: "write one paragraph")
        expect(
            Sample().with("title: A report", "title: \"A\\0report\""),
            refusedAt: "action.yaml:13", saying: "control characters")
    }
}
