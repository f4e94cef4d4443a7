/// A sheet to print on.
package enum Paper: String, Hashable, Sendable {
    case a4, usLetter

    /// What lies in the printers of a country (ISO 3166-1 alpha-2, upper case): US Letter in the
    /// countries that CLDR's `measurementData/paperSize` gives it, A4 everywhere else and for nil.
    package init(country: String?) {
        let letter: Set = [
            "BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE",
        ]
        self = country.map(letter.contains) == true ? .usLetter : .a4
    }

    /// Points, 72 to the inch.
    package var width: Double { self == .a4 ? 210 * .millimetre : 612 }
    package var height: Double { self == .a4 ? 297 * .millimetre : 792 }
}

extension Double {
    /// In points.
    package static let millimetre = 72 / 25.4
    package static let inch = 72.0
}
