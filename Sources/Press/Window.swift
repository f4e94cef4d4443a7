/// The window of an envelope, and so where an address stands and where the sheet is folded.
///
/// A folded sheet slides in its envelope: by the envelope's height less the panel's, and by its
/// width less the paper's. `address` is the part of the paper that is seen wherever it has slid;
/// the fold marks make the panel nearly as high as the envelope, so that this part is large.
package enum Window: String, Hashable, Sendable {
    /// DIN 5008 form B for DIN 680 windows: field of 85 × 45 mm, 20 mm from the left and 45 mm from
    /// the top, of which the upper 17.7 mm are for remarks with the sender's line at their foot, the
    /// lower 27.3 mm for the address; folds at 105 and 210 mm, punch mark at 148.5 mm (measures:
    /// r9005.de, Vorlagen Briefbogen; swspedia, address block; deluxetuning.de for form A, which
    /// has 27 mm, 87 mm and 192 mm. One page on the web has the two forms the wrong way round).
    case din5008B
    /// DL, 110 × 220 mm, with a window of 35 × 90 mm, 20 mm from the left and 18 mm from the bottom.
    /// Makers differ by some millimetres and there is no one standard: French NF Z 10-011 windows
    /// (90 × 35 mm at 20 × 50 mm of the sheet) and DIN 680 windows show this place too, and all but
    /// the first line is seen in a C5 window, 90 × 44 mm from 60 mm down.
    case uk
    /// #10, 4 1/8 × 9 1/2 inches, with a window of 1 1/8 × 4 1/2 inches, 7/8 inch from the left and
    /// 1/2 inch from the bottom (office suppliers' measure, the same in several programs that print
    /// bills).
    case us

    /// By the sender's country (ISO 3166-1 alpha-2, upper case), whose envelopes are used.
    package init(country: String?) {
        switch country {
        case "GB", "IE", "GG", "JE", "IM", "GI", "MT": self = .uk
        default: self = Paper(country: country) == .usLetter ? .us : .din5008B
        }
    }

    struct Place: Hashable {
        let x: Double
        let y: Double
        let width: Double
        let height: Double
    }

    /// What may hold the recipient's lines, in points.
    var address: Place {
        switch self {
        case .din5008B: millimetres(25, 62.7, 80, 27.3)
        // Seen from 57 to 87 mm: 110 - 18 - 35 = 57, and 5 mm of sliding less at its foot.
        case .uk: millimetres(25, 58, 75, 28)
        // Seen from 2.5 to 3.4 inches: 4.125 - 0.5 - 1.125 = 2.5, and 0.225 of sliding less.
        case .us: Place(x: 1 * .inch, y: 2.52 * .inch, width: 3.3 * .inch, height: 0.88 * .inch)
        }
    }

    /// The line of the sender above the address; only where the window shows it.
    var senderLine: Place? {
        self == .din5008B ? millimetres(25, 56.5, 80, 5) : nil
    }

    /// Where the sheet is folded, from the top.
    var folds: [Double] {
        switch self {
        case .din5008B, .uk: [105 * .millimetre, 210 * .millimetre]
        case .us: [3.9 * .inch, 7.45 * .inch]
        }
    }

    /// The middle of the sheet, where a punch is set to.
    var punch: Double? { self == .us ? nil : 148.5 * .millimetre }

    /// Where the letter may begin.
    var bodyTop: Double { self == .us ? 3.9 * .inch : 98.5 * .millimetre }

    private func millimetres(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> Place {
        Place(
            x: x * .millimetre, y: y * .millimetre, width: width * .millimetre,
            height: height * .millimetre)
    }
}
