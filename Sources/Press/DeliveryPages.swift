import Domain

/// The second part of a delivery, from page to page.
final class DeliveryPages {
    private let document: PDFDocument
    private let delivery: DeliveryDocument
    private let pages: Int
    private var y = 0.0

    private static let side = 25 * Double.millimetre
    private static let top = 28 * Double.millimetre
    private static let codeSide = 30 * Double.millimetre

    /// - Parameter pages: how many the whole document has.
    init(_ document: PDFDocument, _ delivery: DeliveryDocument, pages: Int) {
        self.document = document
        self.delivery = delivery
        self.pages = pages
    }

    private var paper: Paper { delivery.cover.paper }
    private var width: Double { paper.width - 2 * Self.side }
    private var bottom: Double { paper.height - 24 * .millimetre }
    private var isMirrored: Bool { delivery.cover.direction == .rtl }

    func print() {
        for part in delivery.parts {
            if part == delivery.parts.first { turn() }
            heading(part)
            if let figure = part.figure { self.figure(figure) }
            for paragraph in part.paragraphs { put(paragraph, TextStyle(size: 11), after: 7) }
            if let table = part.table { put(table) }
            if let code = part.code { put(code: code) }
            if let link = part.link { put(link: link) }
            y += 20
        }
    }

    /// A new page, with its number and the subject above a thin line.
    private func turn() {
        document.page(paper)
        let style = TextStyle(.sans, size: 8, colour: .grey)
        var end = style
        end.alignment = .end
        let label = delivery.page(document.pageCount, pages)
        let page = document.set(label, end, width: width * 0.28)
        let subject = document.set(delivery.cover.subject, style, width: width * 0.7)
        let y = 15 * Double.millimetre
        document.tag(.paragraph) {
            subject.draw(x: isMirrored ? Self.side + width * 0.3 : Self.side, y: y)
        }
        document.tag(.paragraph) {
            page.draw(x: isMirrored ? Self.side : Self.side + width * 0.72, y: y)
        }
        let line = y + max(subject.height, page.height) + 3
        document.line(from: (Self.side, line), to: (Self.side + width, line), width: 0.4)
        self.y = max(Self.top, line + 12)
    }

    /// Turns the page if there is no room for so much.
    private func need(_ height: Double) {
        if y + height > bottom { turn() }
    }

    private func put(
        _ text: String, _ style: TextStyle, tag: PDFDocument.Tag = .paragraph, after: Double
    ) {
        let block = document.set(text, style, width: width)
        need(block.height)
        document.tag(tag) { block.draw(x: Self.side, y: y) }
        y += block.height + after
    }

    /// Never at the foot of a page without what follows.
    private func heading(_ part: DeliveryDocument.Part) {
        need(part.link == nil ? 90 : 90 + Self.codeSide)
        document.outline(part.heading, y: y)
        put(part.heading, TextStyle(size: 15, isBold: true, leading: 1.3), tag: .heading2, after: 8)
    }

    /// The number stands on a line, as on the public page.
    private func figure(_ figure: String) {
        put(figure, TextStyle(size: 44, isBold: true, leading: 1.15), after: 3)
        document.line(from: (Self.side, y), to: (Self.side + width, y), width: 1.5)
        y += 12
    }

    /// In a frame of thin lines, for checking.
    private func put(code: String) {
        let style = TextStyle(.mono, size: 7.5, leading: 1.45)
        let inset = 8.0
        y += 4
        let block = document.set(code, style, width: width - 2 * inset, direction: .ltr)
        need(block.height + 2 * inset)
        document.box(
            x: Self.side, y: y, width: width, height: block.height + 2 * inset, line: 0.5)
        document.tag(.paragraph) { block.draw(x: Self.side + inset, y: y + inset) }
        y += block.height + 2 * inset + 10
    }

    private func put(link: String) {
        need(Self.codeSide)
        let side = Self.codeSide
        let x = isMirrored ? Self.side + width - side : Self.side
        if let code = QRCode(link) { document.code(code, x: x, y: y, side: side) }
        let style = TextStyle(.sans, size: 10, leading: 1.4)
        let room = width - side - 6
        let block = document.set(link, style, width: room, direction: .ltr)
        document.tag(.paragraph) {
            document.link(link) {
                block.draw(
                    x: isMirrored ? x - 6 - block.width : x + side + 6,
                    y: y + (side - block.height) / 2)
            }
        }
        y += side
    }

    private func put(_ table: DeliveryDocument.Table) {
        let layout = TableLayout(table, on: document, width: width)
        document.tag(.table) {
            head(layout)
            for row in table.rows {
                let cells = layout.set(row, isHead: false)
                if y + height(cells) > bottom {
                    turn()
                    head(layout)
                }
                draw(cells, layout, tag: .cell)
                document.line(
                    from: (Self.side, y), to: (Self.side + width, y), width: 0.25, colour: .grey)
                y += 4
            }
        }
        y += 8
    }

    private func head(_ layout: TableLayout) {
        let cells = layout.set(layout.table.columns, isHead: true)
        need(height(cells) + 40)
        draw(cells, layout, tag: .head)
        document.line(from: (Self.side, y), to: (Self.side + width, y), width: 0.75)
        y += 4
    }

    private func height(_ cells: [TextBlock]) -> Double { cells.map(\.height).max() ?? 0 }

    private func draw(_ cells: [TextBlock], _ layout: TableLayout, tag: PDFDocument.Tag) {
        document.tag(.row) {
            for (cell, start) in zip(cells, layout.starts) {
                document.tag(tag) { cell.draw(x: Self.side + start, y: y) }
            }
        }
        y += height(cells) + 4
    }
}
