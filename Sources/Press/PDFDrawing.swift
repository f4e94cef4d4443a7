import CCairo
package import Domain

// Lines for checking, solids for acting.

extension PDFDocument {
    package func line(
        from: (x: Double, y: Double), to: (x: Double, y: Double), width: Double = 0.5,
        colour: Colour = .black
    ) {
        context.ink(colour)
        cairo_set_line_width(context, width)
        cairo_move_to(context, from.x, from.y)
        cairo_line_to(context, to.x, to.y)
        cairo_stroke(context)
    }

    /// - Parameter line: the width of the frame's lines, inside of the box; nil for a solid.
    package func box(
        x: Double, y: Double, width: Double, height: Double, line: Double? = 0.5,
        colour: Colour = .black
    ) {
        context.ink(colour)
        if let line {
            cairo_set_line_width(context, line)
            cairo_rectangle(context, x + line / 2, y + line / 2, width - line, height - line)
            cairo_stroke(context)
        } else {
            cairo_rectangle(context, x, y, width, height)
            cairo_fill(context)
        }
    }

    /// The solid that stands on a line: the mark of what acts.
    package func dot(x: Double, y: Double, radius: Double, colour: Colour = .black) {
        context.ink(colour)
        cairo_new_path(context)
        cairo_arc(context, x, y, radius, 0, 2 * .pi)
        cairo_fill(context)
    }

    /// A QR code, its quiet zone inside of `side`. It is not read aloud: the address stands beside.
    package func code(_ code: QRCode, x: Double, y: Double, side: Double) {
        let module = side / Double(code.size + 2 * QRCode.quietZone)
        let quiet = module * Double(QRCode.quietZone)
        context.ink(.black)
        for row in 0..<code.size {
            var column = 0
            while column < code.size {
                let start = column
                while column < code.size, code.isDark(x: column, y: row) { column += 1 }
                if column > start {
                    cairo_rectangle(
                        context, x + quiet + module * Double(start),
                        y + quiet + module * Double(row), module * Double(column - start), module)
                }
                column += 1
            }
        }
        cairo_fill(context)
    }
}
