import Ledger
import Testing

private func witnessKey(_ number: UInt8) -> NoteKey {
    signingKey(number, .cosigner).publicKey(named: "witness.example/\(number)")
}

private let logKey = signingKey(50, .log).publicKey(named: "rights.example/actions/a/log")

/// X1 ... X3 and Y1 ... Y3 are witnesses 1 ... 3 and 4 ... 6.
private let keys = (1...6).map { number in
    "witness \(number < 4 ? "X\(number)" : "Y\(number - 3)") \(witnessKey(UInt8(number)).text)"
}

/// The example of the specification.
private let example = """
    log \(logKey.text)

    \(keys[..<3].joined(separator: "\n"))
    group X-witnesses 2 X1 X2 X3

    \(keys[3...].joined(separator: "\n"))
    group Y-witnesses any Y1 Y2 Y3

    group X-and-Y all X-witnesses Y-witnesses
    quorum X-and-Y

    """

private func policy(_ text: String) throws(PolicyProblem) -> WitnessPolicy {
    try WitnessPolicy(Array(text.utf8))
}

@Suite("A policy")
struct WitnessPolicyTests {
    @Test("asks for what the specification's example asks for")
    func specification() throws {
        let policy = try policy(example)
        #expect(policy.logs.map(\.key) == [logKey])
        #expect(policy.witnesses.map(\.name) == ["X1", "X2", "X3", "Y1", "Y2", "Y3"])
        for chosen in 0..<64 {
            let signers = (1...6).filter { chosen >> ($0 - 1) & 1 == 1 }
            let isEnough = signers.count { $0 < 4 } >= 2 && signers.contains { $0 >= 4 }
            #expect(policy.isQuorum(Set(signers.map { witnessKey(UInt8($0)) })) == isEnough)
        }
    }

    @Test("may ask for nobody, for one, for any, for all")
    func quorums() throws {
        #expect(try policy("quorum none\n").isQuorum([]))
        let one = try policy("\(keys[0])\nquorum X1\n")
        #expect(!one.isQuorum([]))
        #expect(one.isQuorum([witnessKey(1)]))
        #expect(!one.isQuorum([witnessKey(2), logKey]))
        let all = try policy("\(keys[0])\n\(keys[1])\ngroup g all X1 X2\nquorum g\n")
        #expect(!all.isQuorum([witnessKey(1)]))
        #expect(all.isQuorum([witnessKey(1), witnessKey(2)]))
    }

    @Test("is read through spaces, tabs, comments and names of any bytes")
    func spelling() throws {
        let text =
            "\n # a comment: \u{e9}\n\t\(keys[0].split(separator: " ").joined(separator: " \t "))"
            + "  https://witness.example/w/ \n#\n \t\nquorum\tX1"
        let read = try policy(text)
        #expect(read.witnesses.map(\.url) == ["https://witness.example/w"])
        // A name of bytes that are no UTF-8, and two that only look alike.
        let kelvin = Array(
            "witness K \(witnessKey(1).text)\nwitness \u{212a} \(witnessKey(2).text)\n".utf8)
        let latin = Array("witness ".utf8) + [0xe9] + Array(" \(witnessKey(3).text)\nquorum ".utf8)
        let both = try WitnessPolicy(kelvin + latin + [0xe9])
        #expect(both.witnesses.count == 3)
        #expect(both.isQuorum([witnessKey(3)]))
    }

    @Test("may be as large as the specification asks for")
    func size() throws {
        let witnesses = (1...100).map { "witness w\($0) \(witnessKey(UInt8($0)).text)\n" }
        let groups = (1...99).map {
            "group g\($0) any w\($0) \($0 == 1 ? "w100" : "g\($0 - 1)")\n"
        }
        let large = try policy(witnesses.joined() + groups.joined() + "quorum g99")
        #expect(large.isQuorum([witnessKey(100)]))
        #expect(!large.isQuorum([]))
    }

    @Test("that cannot be read says where, and what to do", arguments: mistakes)
    func mistake(text: String, line: Int, reason: PolicyProblem.Reason) {
        let problem = PolicyProblem(line: line, reason)
        #expect(throws: problem) { try policy(text) }
        #expect(problem.description.hasPrefix("line \(line): "))
        #expect(problem.description.hasSuffix("."))
    }

    @Test("that is too long is not read at all")
    func tooLong() {
        #expect(throws: PolicyProblem(line: 1, .tooLong)) {
            try policy("quorum none\n#" + String(repeating: "#", count: 300_000))
        }
    }

    private static let two = "\(keys[0])\n\(keys[1])\n"

    private static let mistakes: [(String, Int, PolicyProblem.Reason)] = [
        ("", 1, .noQuorum),
        ("\(two)group g any X1\n", 4, .noQuorum),
        ("quorum none\r\n", 1, .character),
        ("quorum none\n#\u{7f}\n", 2, .character),
        ("Quorum none\n", 1, .word("Quorum")),
        ("\nwitnesses\n", 2, .word("witnesses")),
        ("log\n", 1, .form("log <vkey> [<url>]")),
        ("log \(logKey.text) https://a b\n", 1, .form("log <vkey> [<url>]")),
        ("log \(witnessKey(1).text)\n", 1, .key(.log)),
        ("log \(logKey.text.dropLast())\n", 1, .key(.log)),
        ("log \(logKey.text)\nlog \(logKey.named("b").text)\n", 2, .keyTwice),
        ("witness X1\n", 1, .form("witness <name> <vkey> [<url>]")),
        ("witness X1 \(logKey.text)\n", 1, .key(.cosigner)),
        ("witness none \(witnessKey(1).text)\n", 1, .taken("none")),
        ("\(two)witness X2 \(witnessKey(3).text)\n", 3, .taken("X2")),
        ("\(two)witness X3 \(witnessKey(1).named("z").text)\n", 3, .keyTwice),
        ("\(keys[0]) ftp://a\n", 1, .address),
        ("\(keys[0]) https://\n", 1, .address),
        ("\(two)group g any\n", 3, .form("group <name> all|any|<k> <name>...")),
        ("\(two)group X1 any X2\n", 3, .taken("X1")),
        ("\(two)group g any X1 X3\n", 3, .undefined("X3")),
        ("\(two)group g any g\n", 3, .undefined("g")),
        ("\(two)group g any none\n", 3, .undefined("none")),
        ("\(two)group g any X1 X1\n", 3, .memberTwice("X1")),
        ("\(two)group g any X1\ngroup h any X1\n", 4, .memberTwice("X1")),
        ("\(two)group g 0 X1 X2\n", 3, .threshold(2)),
        ("\(two)group g 3 X1 X2\n", 3, .threshold(2)),
        ("\(two)group g 02 X1 X2\n", 3, .threshold(2)),
        ("\(two)group g -1 X1 X2\n", 3, .threshold(2)),
        ("\(two)group g most X1 X2\n", 3, .threshold(2)),
        ("quorum\n", 1, .form("quorum <name>")),
        ("quorum X1\n\(keys[0])\n", 1, .undefined("X1")),
        ("quorum none\nquorum none\n", 2, .quorumTwice),
    ]
}
