import CCairo
package import Domain

/// How some text looks.
package struct TextStyle: Hashable, Sendable {
    package enum Face: Sendable { case serif, sans, mono }
    /// Start and end are the sides of the text's direction.
    package enum Alignment: Sendable { case start, centre, end, justified }

    package var face: Face
    /// Points.
    package var size: Double
    package var isBold: Bool
    package var colour: Colour
    /// From one baseline to the next, in sizes.
    package var leading: Double
    package var alignment: Alignment

    package init(
        _ face: Face = .serif, size: Double, isBold: Bool = false, colour: Colour = .black,
        leading: Double = 1.4, alignment: Alignment = .start
    ) {
        self.face = face
        self.size = size
        self.isBold = isBold
        self.colour = colour
        self.leading = leading
        self.alignment = alignment
    }
}

extension Colour {
    package static let black = Colour(red: 0, green: 0, blue: 0)
    /// For what is said beside the matter; 7:1 on white.
    package static let grey = Colour(red: 0x59, green: 0x59, blue: 0x59)
}

extension TextStyle.Face {
    /// One family for each script by name: without that, fontconfig may take any face for Arabic.
    /// Han characters look different from land to land, so the language names theirs.
    func families(language: String) -> String {
        let han =
            switch language.lowercased().split(separator: "-").map(String.init) {
            case let tags where tags.first == "ja": "JP"
            case let tags where tags.first == "ko": "KR"
            case let tags where tags.contains("hk") || tags.contains("mo"): "HK"
            case let tags where tags.contains("hant") || tags.contains("tw"): "TC"
            default: "SC"
            }
        switch self {
        case .serif:
            return "Noto Serif, Noto Naskh Arabic, "
                + Self.scripts.map { "Noto Serif \($0), " }.joined()
                + "Noto Serif CJK \(han), serif"
        case .sans:
            return "Noto Sans, Noto Sans Arabic, "
                + Self.scripts.map { "Noto Sans \($0), " }.joined()
                + "Noto Sans CJK \(han), sans-serif"
        case .mono:
            // fontconfig's own package brings DejaVu.
            return "Noto Sans Mono, DejaVu Sans Mono, Noto Sans Mono CJK \(han), monospace"
        }
    }

    private static let scripts = [
        "Armenian", "Georgian", "Hebrew", "Devanagari", "Bengali", "Tamil", "Ethiopic", "Thai",
        "Khmer", "Myanmar", "Sinhala",
    ]
}

extension TextStyle {
    /// To be freed by the caller.
    func fontDescription(language: String) -> OpaquePointer? {
        let font = pango_font_description_from_string(face.families(language: language))
        pango_font_description_set_absolute_size(font, size * Double(PANGO_SCALE))
        if isBold { pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD) }
        return font
    }
}
