package import Domain
package import Foundation

/// What an organisation's folder says: `organisation.yaml` and, if there is one, `logo.svg`.
package struct OrganisationText: Hashable, Sendable {
    package let name: String
    package let appearance: Appearance
}

package enum OrganisationFolder {
    private static let keys = [
        "name", "brand", "on-brand", "brand-night", "headlines", "contact", "footer",
    ]

    /// Reads the folder; `languages` are those of the interface, the one that others fall back to
    /// first.
    ///
    /// - Throws: every problem that could be found, above all colours on which nobody could read,
    ///   each with what would do.
    package static func read(
        _ directory: URL, languages: [String]
    ) throws(ImportProblems) -> OrganisationText {
        let reading = Reading(languages: languages)
        let yaml = text("organisation.yaml", in: directory, reading)
        if yaml == nil {
            reading.problem("organisation.yaml", nil, "cannot be read; it holds at least \"name:\"")
        }
        var logo: String?
        if let file = text("logo.svg", in: directory, reading) { logo = readLogo(file) }
        guard let yaml, let root = yaml.yaml(yaml.lines),
            let fields = Fields(root, "organisation.yaml", keys: keys, in: yaml)
        else {
            try reading.finish()
            throw ImportProblems([
                .init(file: "organisation.yaml", line: nil, message: "cannot be read")
            ])
        }
        let name = fields.text("name", atMost: 100)
        let standard = Appearance.standard
        let appearance = Appearance(
            brand: fields.optional("brand", .colour) ?? standard.brand,
            onBrand: fields.optional("on-brand", .colour) ?? standard.onBrand,
            brandNight: fields.optional("brand-night", .colour) ?? standard.brandNight,
            headlines: fields.optional("headlines", .face) ?? .serif,
            logo: logo, footer: fields.optionalLocalText("footer"),
            contact: fields.optional("contact", .contact))
        if fields.has("brand") != fields.has("brand-night") {
            let missing = fields.has("brand") ? "brand-night" : "brand"
            fields.missing(
                missing, "the same hue for \(missing == "brand" ? "light" : "dark") paper")
        }
        checkContrast(appearance, fields)
        try reading.finish()
        return OrganisationText(name: name, appearance: appearance)
    }

    private static func text(
        _ name: String, in directory: URL, _ reading: Reading
    ) -> FileText? {
        let file = directory.appendingPathComponent(name)
        guard let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        defer { try? handle.close() }
        let data = try? handle.read(upToCount: ActionFolder.mostBytes + 1)
        return FileText(path: name, bytes: Array(data ?? Data()), reading)
    }

    /// Text on the solid, the solid on white, and its light twin on dark paper: 7 to 1 each.
    private static func checkContrast(_ look: Appearance, _ fields: Fields) {
        let pairs = [
            ("brand", look.brand, Colour.white, "the white page"),
            ("on-brand", look.onBrand, look.brand, "the brand"),
            ("brand-night", look.brandNight, Appearance.darkPaper, "the dark page"),
        ]
        // White that is not written there is no mistake of its own: the brand's ratio says it.
        for (key, colour, ground, name) in pairs where fields.has(key) {
            let ratio = colour.contrast(with: ground)
            guard ratio < Appearance.leastContrast else { continue }
            let remedy = nearest(to: colour, on: ground).map { "; \($0.hex) would do" } ?? ""
            fields.file.problem(
                fields.line(of: key),
                """
                \(quoted(key)) is \(colour.hex): on \(name) (\(ground.hex)) its contrast is \
                \(decimal(ratio)) to 1, which misses 7 to 1 by \
                \(decimal(Appearance.leastContrast - ratio))\(remedy)
                """)
        }
    }

    /// The first of the same hue, darker or lighter by hundredths, that can be read there.
    private static func nearest(to colour: Colour, on ground: Colour) -> Colour? {
        let black = Colour(red: 0, green: 0, blue: 0)
        let end = ground.luminance > 0.18 ? black : Colour.white
        return (1...100).lazy.map { colour.mixed(with: end, share: Double($0) / 100) }
            .first { $0.contrast(with: ground) >= Appearance.leastContrast }
    }

    /// Two places, rounded down: what misses by a hair must not read as enough.
    private static func decimal(_ number: Double) -> String {
        let hundredths = Int(number * 100)
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }
}

extension Form<Colour> {
    fileprivate static var colour: Form {
        Form(expected: "a colour as # and six digits, in quotes: \"#4a1a8c\"", standIn: .white) {
            Colour($0)
        }
    }
}

extension Form<Appearance.Face> {
    fileprivate static var face: Form {
        Form(expected: "serif or sans", standIn: .serif) { Appearance.Face(rawValue: $0) }
    }
}

extension Form<String> {
    fileprivate static var contact: Form {
        Form(expected: "mailto: and a mail address, or an address with https://", standIn: "") {
            if $0.hasPrefix("mailto:") {
                return Form.email.read(String($0.dropFirst(7))).map { "mailto:" + $0 }
            }
            return $0.hasPrefix("https://") ? Form.webAddress.read($0) : nil
        }
    }
}
