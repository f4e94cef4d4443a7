import Foundation

/// What an organisation makes its own on every page, besides its name.
package struct Appearance: Codable, Hashable, Sendable {
    /// The solid that one acts on and, on light paper, the line under what one can check.
    package var brand: Colour
    /// Text on the solid.
    package var onBrand: Colour
    /// Solid and line on dark paper.
    package var brandNight: Colour
    package var headlines: Face
    /// SVG markup of allowed elements only, 26 pixels high; nil for the product's own mark.
    package var logo: String?
    /// Stands at the foot of every page: legal name, address.
    package var footer: LocalText?
    /// Where people write: `mailto:` or `https:`.
    package var contact: String?

    package enum Face: String, Codable, Sendable, CaseIterable { case serif, sans }

    package init(
        brand: Colour, onBrand: Colour, brandNight: Colour, headlines: Face = .serif,
        logo: String? = nil, footer: LocalText? = nil, contact: String? = nil
    ) {
        self.brand = brand
        self.onBrand = onBrand
        self.brandNight = brandNight
        self.headlines = headlines
        self.logo = logo
        self.footer = footer
        self.contact = contact
    }

    /// What a page has until its organisation says otherwise.
    package static let standard = Appearance(
        brand: Colour(red: 0x4a, green: 0x1a, blue: 0x8c), onBrand: .white,
        brandNight: Colour(red: 0xc8, green: 0xae, blue: 0xff))

    /// What `brandNight` stands on: the dark paper of the stylesheet.
    package static let darkPaper = Colour(red: 0x13, green: 0x10, blue: 0x17)

    /// The contrast that text and what it stands on must have.
    package static let leastContrast = 7.0

    /// Throws `DecodingError` if this is not what `json` wrote.
    package init(json: String) throws {
        self = try JSONDecoder().decode(Appearance.self, from: Data(json.utf8))
    }

    /// With sorted keys, so that equal appearances are equal texts.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
