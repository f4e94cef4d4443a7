import CCairo
package import Domain
import Foundation
import Synchronization

/// The picture that other sites and messengers show beside a link: 1200 × 630 pixels, PNG.
package struct ShareCard: Sendable {
    package var organisation: String
    /// The state's word, and where it is.
    package var kicker: String
    package var title: String
    package var direction: Direction
    package var solid: Colour
    package var onSolid: Colour

    package init(
        organisation: String, kicker: String, title: String, direction: Direction, solid: Colour,
        onSolid: Colour
    ) {
        self.organisation = organisation
        self.kicker = kicker
        self.title = title
        self.direction = direction
        self.solid = solid
        self.onSolid = onSolid
    }

    package static let width = 1_200
    package static let height = 630
    private static let margin = 72.0

    /// The PNG; nil if the machine has no memory left for it.
    package func png() -> [UInt8]? {
        press.withLock { _ in draw() }
    }

    private func draw() -> [UInt8]? {
        guard
            let surface = cairo_image_surface_create(
                CAIRO_FORMAT_RGB24, Int32(Self.width), Int32(Self.height))
        else { return nil }
        defer { cairo_surface_destroy(surface) }
        guard let context = cairo_create(surface) else { return nil }
        defer { cairo_destroy(context) }
        context.ink(solid)
        cairo_paint(context)
        context.ink(onSolid)

        let column = Double(Self.width) - 2 * Self.margin
        let kicker = Line(context, kicker, font: sans, size: 34, width: column, direction)
        kicker.show(context, x: Self.margin, y: Self.margin - 12)
        let top = Self.margin + 62
        let bottom = Double(Self.height) - Self.margin - 74
        let title = Self.largest(title, context, width: column, height: bottom - top, direction)
        title.show(context, x: Self.margin, y: top)

        // The idea itself: a solid standing on a line.
        let line = Double(Self.height) - Self.margin + 18
        cairo_set_line_width(context, 8)
        cairo_move_to(context, Self.margin, line)
        cairo_line_to(context, Double(Self.width) - Self.margin, line)
        cairo_stroke(context)
        let centre =
            direction == .rtl ? Double(Self.width) - Self.margin - 26 : Self.margin + 26
        cairo_arc(context, centre, line - 34, 26, 0, 2 * .pi)
        cairo_fill(context)
        let name = Line(
            context, organisation, font: sans, size: 34, width: column - 76, direction)
        name.show(context, x: direction == .rtl ? Self.margin : Self.margin + 76, y: line - 60)
        return pngBytes(surface)
    }

    /// The title as large as its place allows.
    private static func largest(
        _ title: String, _ context: OpaquePointer, width: Double, height: Double,
        _ direction: Direction
    ) -> Line {
        var size = 92.0
        while true {
            let line = Line(context, title, font: serif, size: size, width: width, direction)
            if line.height <= height || size <= 30 { return line }
            size -= 4
        }
    }
}

/// Named for each script: without that, fontconfig may take any face for Arabic.
private let serif = "Noto Serif, Noto Naskh Arabic, serif"
private let sans = "Noto Sans, Noto Sans Arabic, sans-serif"

/// Some text in a column, set.
private final class Line {
    private let layout: OpaquePointer?

    init(
        _ context: OpaquePointer, _ text: String, font: String, size: Double, width: Double,
        _ direction: Direction
    ) {
        layout = pango_cairo_create_layout(context)
        let face = pango_font_description_from_string(font)
        defer { pango_font_description_free(face) }
        pango_font_description_set_absolute_size(face, size * Double(PANGO_SCALE))
        pango_font_description_set_weight(face, PANGO_WEIGHT_BOLD)
        pango_layout_set_font_description(layout, face)
        pango_layout_set_width(layout, Int32(width * Double(PANGO_SCALE)))
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
        pango_layout_set_line_spacing(layout, 0.95)
        pango_context_set_base_dir(
            pango_layout_get_context(layout),
            direction == .rtl ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR)
        pango_layout_set_auto_dir(layout, 0)
        // Left and right are meant as such once the direction is not guessed from the text.
        pango_layout_set_alignment(layout, direction == .rtl ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT)
        pango_layout_context_changed(layout)
        pango_layout_set_text(layout, text, Int32(text.utf8.count))
    }

    deinit { g_object_unref(UnsafeMutableRawPointer(layout)) }

    var height: Double {
        var height: Int32 = 0
        pango_layout_get_pixel_size(layout, nil, &height)
        return Double(height)
    }

    func show(_ context: OpaquePointer, x: Double, y: Double) {
        cairo_move_to(context, x, y)
        pango_cairo_show_layout(context, layout)
    }
}

private func pngBytes(_ surface: OpaquePointer) -> [UInt8]? {
    final class Bytes { var all: [UInt8] = [] }
    let bytes = Bytes()
    let status = cairo_surface_write_to_png_stream(
        surface,
        { context, data, count in
            guard let context, let data else { return CAIRO_STATUS_WRITE_ERROR }
            Unmanaged<Bytes>.fromOpaque(context).takeUnretainedValue().all += UnsafeBufferPointer(
                start: data, count: Int(count))
            return CAIRO_STATUS_SUCCESS
        }, Unmanaged.passUnretained(bytes).toOpaque())
    return status == CAIRO_STATUS_SUCCESS ? bytes.all : nil
}
