import Foundation

/// One parser that reads what comes from outside, with what must hold for whatever bytes it gets.
///
/// The same check is run by libFuzzer (`make fuzz`) and, over the corpus, by `swift test`.
struct FuzzTarget: Sendable {
    /// The name of its folder in `Fuzzing/Corpus`.
    let name: String
    /// How long an input the fuzzer makes, in bytes.
    let longest: Int
    /// Throws `BrokenProperty` for what must not be; errors that the parser answers with are its
    /// good right and are not thrown on.
    let check: @Sendable ([UInt8]) throws -> Void

    static let all = [
        FuzzTarget(name: "form", longest: 8_192, check: checkForm),
        FuzzTarget(name: "address", longest: 300, check: checkAddress),
        FuzzTarget(name: "code", longest: 300, check: checkCode),
        FuzzTarget(name: "ticket", longest: 2_048, check: checkTicket),
        FuzzTarget(name: "record", longest: 6_000, check: checkRecord),
        FuzzTarget(name: "yaml", longest: 8_192, check: checkYAML),
        FuzzTarget(name: "translation", longest: 8_192, check: checkTranslation),
        FuzzTarget(name: "folder", longest: 8_192, check: checkFolder),
        FuzzTarget(name: "logo", longest: 4_096, check: checkLogo),
        FuzzTarget(name: "report", longest: 4_096, check: checkReport),
        FuzzTarget(name: "markdown", longest: 4_096, check: checkMarkdown),
    ]

    static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// A property that an input breaks.
struct BrokenProperty: Error, CustomStringConvertible {
    let description: String
}

/// Throws `BrokenProperty` with what should hold and does not.
func require(_ holds: Bool, _ property: @autoclosure () -> String) throws {
    if !holds { throw BrokenProperty(description: property()) }
}

/// `==` of two texts takes two spellings of one letter for the same; a file and a mail do not.
func requireSameBytes(
    _ left: some StringProtocol, _ right: some StringProtocol, _ property: @autoclosure () -> String
) throws {
    try require(
        left.utf8.elementsEqual(right.utf8),
        "\(property()): \(String(left).debugDescription) and \(String(right).debugDescription)")
}

/// What a parser gives, nil for any error that it throws.
func accepted<Value>(_ parse: () throws -> Value) -> Value? { try? parse() }

extension String {
    /// Whether it can be printed on one line of a terminal and does nothing else there.
    var isOneCleanLine: Bool {
        unicodeScalars.allSatisfy {
            switch $0.value {
            case 0x00...0x08, 0x0a...0x1f, 0x7f...0x9f, 0x2028, 0x2029, 0x202a...0x202e,
                0x2066...0x2069:
                false
            default: true
            }
        }
    }
}
