import CCairo
import Domain

/// Some text in a column, set by `PDFDocument.set`, to be drawn once or more.
package final class TextBlock {
    private let context: OpaquePointer
    private let layout: OpaquePointer
    private let colour: Colour

    /// - Parameter layout: owned from now on.
    init(_ context: OpaquePointer, taking layout: OpaquePointer, colour: Colour) {
        self.context = cairo_reference(context)
        self.layout = layout
        self.colour = colour
    }

    deinit {
        g_object_unref(UnsafeMutableRawPointer(layout))
        cairo_destroy(context)
    }

    /// Points.
    package var height: Double { extents.height }
    /// Of what is written, without the rest of the column.
    package var width: Double { extents.width }
    package var lineCount: Int { Int(pango_layout_get_line_count(layout)) }
    /// Of the first line, from the top.
    package var baseline: Double {
        Double(pango_layout_get_baseline(layout)) / Double(PANGO_SCALE)
    }
    var hasUnknownGlyphs: Bool { pango_layout_get_unknown_glyphs_count(layout) > 0 }

    /// Draws it with the top left corner of its column there, on the page that is open.
    package func draw(x: Double, y: Double) {
        context.ink(colour)
        cairo_move_to(context, x, y)
        pango_cairo_show_layout(context, layout)
    }

    private var extents: (width: Double, height: Double) {
        var logical = PangoRectangle()
        pango_layout_get_extents(layout, nil, &logical)
        let scale = Double(PANGO_SCALE)
        return (Double(logical.width) / scale, Double(logical.height) / scale)
    }
}

extension OpaquePointer {
    func ink(_ colour: Colour) {
        cairo_set_source_rgb(
            self, Double(colour.red) / 255, Double(colour.green) / 255, Double(colour.blue) / 255)
    }
}
