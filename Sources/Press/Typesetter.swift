import CCairo
import Domain

/// Sets text for one document, and keeps what could not be set.
final class Typesetter {
    private let language: String
    private let context: OpaquePointer
    /// By direction, since a base direction belongs to pango's context.
    private let left: OpaquePointer
    private let right: OpaquePointer
    private var fonts: [TextStyle: OpaquePointer] = [:]
    private(set) var missing: [String] = []

    /// At most so many words are named as missing.
    private static let mostMissing = 100

    init?(_ context: OpaquePointer, language: String) {
        guard let map = machineFonts.map, let left = pango_font_map_create_context(map),
            let right = pango_font_map_create_context(map)
        else { return nil }
        self.language = language
        self.context = context
        self.left = left
        self.right = right
        for (pango, direction) in [(left, PANGO_DIRECTION_LTR), (right, PANGO_DIRECTION_RTL)] {
            pango_cairo_update_context(context, pango)
            pango_context_set_base_dir(pango, direction)
            pango_context_set_language(pango, pango_language_from_string(language))
            pango_context_set_round_glyph_positions(pango, 0)
        }
    }

    deinit {
        for font in fonts.values { pango_font_description_free(font) }
        g_object_unref(UnsafeMutableRawPointer(left))
        g_object_unref(UnsafeMutableRawPointer(right))
    }

    /// - Parameter width: points; nil for one line as long as it is.
    func set(
        _ text: String, _ style: TextStyle, width: Double?, direction: Direction
    ) -> TextBlock {
        let block = block(plain(text), style, width: width, direction: direction)
        if block.hasUnknownGlyphs, missing.count < Self.mostMissing { note(plain(text), style) }
        return block
    }

    /// Whether a font has every character of it.
    func canPrint(_ text: String, _ style: TextStyle) -> Bool {
        !block(plain(text), style, width: nil, direction: .ltr).hasUnknownGlyphs
    }

    private func note(_ text: String, _ style: TextStyle) {
        for word in text.split(whereSeparator: \.isWhitespace).map(String.init)
        where !missing.contains(word) && missing.count < Self.mostMissing {
            if !canPrint(word, style) { missing.append(word) }
        }
    }

    private func block(
        _ text: String, _ style: TextStyle, width: Double?, direction: Direction
    ) -> TextBlock {
        let layout: OpaquePointer = pango_layout_new(direction == .rtl ? right : left)
        pango_layout_set_font_description(layout, font(style))
        if let width {
            pango_layout_set_width(layout, Int32(width * Double(PANGO_SCALE)))
            pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
        }
        pango_layout_set_auto_dir(layout, 0)
        align(layout, style.alignment, direction)
        let attributes = pango_attr_list_new()
        let height = Int32(style.size * style.leading * Double(PANGO_SCALE))
        pango_attr_list_insert(attributes, pango_attr_line_height_new_absolute(height))
        pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(0))
        pango_layout_set_attributes(layout, attributes)
        pango_attr_list_unref(attributes)
        // A line feed is no glyph: without a space the words beside it are read as one.
        let isAtStart = style.alignment == .start || style.alignment == .justified
        let text =
            isAtStart
            ? text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: " \n")
            : text
        pango_layout_set_text(layout, text, Int32(text.utf8.count))
        return TextBlock(context, taking: layout, colour: style.colour)
    }

    /// Left and right are meant as such once the direction is not guessed from the text.
    private func align(
        _ layout: OpaquePointer, _ alignment: TextStyle.Alignment, _ direction: Direction
    ) {
        let (start, end) =
            direction == .rtl
            ? (PANGO_ALIGN_RIGHT, PANGO_ALIGN_LEFT) : (PANGO_ALIGN_LEFT, PANGO_ALIGN_RIGHT)
        switch alignment {
        case .start: pango_layout_set_alignment(layout, start)
        case .end: pango_layout_set_alignment(layout, end)
        case .centre: pango_layout_set_alignment(layout, PANGO_ALIGN_CENTER)
        case .justified:
            pango_layout_set_alignment(layout, start)
            pango_layout_set_justify(layout, 1)
        }
    }

    private func font(_ style: TextStyle) -> OpaquePointer? {
        var key = style
        (key.colour, key.alignment, key.leading) = (.black, .start, 1)
        if let font = fonts[key] { return font }
        let font = style.fontDescription(language: language)
        fonts[key] = font
        return font
    }
}
