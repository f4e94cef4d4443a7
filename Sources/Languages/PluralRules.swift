import CPlurals

/// The plural categories of CLDR, in the order in which a PO file has its forms.
enum PluralCategory: String, CaseIterable, Sendable {
    case zero, one, two, few, many, other
}

/// Which form of a text goes with a number in one language.
struct PluralRules: Sendable {
    /// The language's own categories, in CLDR's order.
    let categories: [PluralCategory]
    private let language: String

    /// Numbers at which every rule of CLDR shows: the hundreds, and the exact million of French.
    private static let samples = Array(0...200) + [1_000_000]

    init(language: String) {
        self.language = language
        let found = Set(Self.samples.map { Self.category(language, $0) })
        categories = PluralCategory.allCases.filter { found.contains($0) || $0 == .other }
    }

    /// The index of the form for `number`.
    func form(of number: Int) -> Int {
        categories.firstIndex(of: Self.category(language, number)) ?? categories.count - 1
    }

    private static func category(_ language: String, _ number: Int) -> PluralCategory {
        var name = [CChar](repeating: 0, count: 16)
        guard outcry_plural_category(language, Int64(number), &name) == 0 else { return .other }
        let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return PluralCategory(rawValue: String(decoding: bytes, as: UTF8.self)) ?? .other
    }
}
