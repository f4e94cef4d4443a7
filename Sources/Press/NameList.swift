import Domain

/// The names of a delivery on landscape pages: in three columns, read downwards.
///
/// It is tagged as a list: a table's rows of cells would read the columns across, and made of one
/// row for each name it has three times the elements, and more than ten megabytes for 50,000.
struct NameList: Sendable {
    private let list: DeliveryDocument.Names
    private let paper: Paper
    private let direction: Direction
    /// The names of each page by column, and how many lines each takes.
    private(set) var pages: [[[(index: Int, lines: Int)]]] = []

    static let style = TextStyle(.sans, size: 8, leading: Self.pitch / 8)
    private static let pitch = 11.2
    private static let columns = 3
    private static let margin = 15 * Double.millimetre
    private static let gap = 14.0
    private static let numberWidth = 34.0

    /// Plans the pages.
    init(_ list: DeliveryDocument.Names, _ cover: LetterSheet, on document: PDFDocument) {
        self.list = list
        paper = cover.paper
        direction = cover.direction
        var page: [[(index: Int, lines: Int)]] = []
        var column: [(index: Int, lines: Int)] = []
        var room = lines(onFirst: true, document)
        for (index, name) in list.names.enumerated() {
            let block = set(name, on: document)
            if block.lineCount > room, !column.isEmpty {
                page.append(column)
                if page.count == Self.columns {
                    pages.append(page)
                    page = []
                }
                column = []
                room = lines(onFirst: pages.isEmpty, document)
            }
            column.append((index, block.lineCount))
            room -= block.lineCount
        }
        if !column.isEmpty { page.append(column) }
        if !page.isEmpty { pages.append(page) }
    }

    func print(
        on document: PDFDocument, label: (_ page: Int) -> String,
        _ progress: (_ done: Int, _ total: Int) -> Void
    ) {
        for (number, page) in pages.enumerated() {
            document.page(paper, landscape: true)
            if number == 0 { document.outline(list.heading, y: Self.margin) }
            let top = head(document, isFirst: number == 0, label(document.pageCount))
            document.tag(.list) {
                for (place, column) in page.enumerated() {
                    print(column, at: place, from: top, on: document)
                }
            }
            progress((page.last?.last?.index ?? 0) + 1, list.names.count)
        }
    }

    private func print(
        _ column: [(index: Int, lines: Int)], at place: Int, from top: Double,
        on document: PDFDocument
    ) {
        let isMirrored = direction == .rtl
        let step = columnWidth + Self.gap
        let x = Self.margin + step * Double(isMirrored ? Self.columns - 1 - place : place)
        if place > 0 {
            let line = isMirrored ? x + columnWidth + Self.gap / 2 : x - Self.gap / 2
            document.line(
                from: (line, top), to: (line, paper.width - Self.margin), width: 0.3,
                colour: .grey)
        }
        let numberStyle = TextStyle(
            .sans, size: 7, colour: .grey, leading: Self.pitch / 7, alignment: .end)
        var y = top
        for (index, lines) in column {
            let number = document.set(
                "\(index + 1)", numberStyle, width: Self.numberWidth - 6, direction: direction)
            let name = set(list.names[index], on: document)
            document.tag(.item) {
                number.draw(
                    x: isMirrored ? x + columnWidth - Self.numberWidth + 6 : x, y: y)
                name.draw(x: isMirrored ? x : x + Self.numberWidth, y: y)
            }
            y += Double(lines) * Self.pitch
        }
    }

    /// Its letters in their own direction, beside its number in the page's.
    private func set(_ name: String, on document: PDFDocument) -> TextBlock {
        let own = firstDirection(of: name) ?? direction
        var style = Self.style
        style.alignment = own == direction ? .start : .end
        let line = name.split(whereSeparator: \.isNewline).joined(separator: " ")
        return document.set(
            line, style, width: columnWidth - Self.numberWidth, direction: own)
    }

    private var columnWidth: Double {
        let gaps = Self.gap * Double(Self.columns - 1)
        return (paper.height - 2 * Self.margin - gaps) / Double(Self.columns)
    }

    /// - Returns: the y where names begin.
    @discardableResult
    private func head(_ document: PDFDocument, isFirst: Bool, _ label: String) -> Double {
        let width = paper.height - 2 * Self.margin
        let heading = TextStyle(size: 12, isBold: true, leading: 1.4)
        let pageStyle = TextStyle(.sans, size: 8, colour: .grey, leading: 2.1, alignment: .end)
        let title = document.set(list.heading, heading, width: width * 0.75)
        let page = document.set(label, pageStyle, width: width * 0.23)
        let isMirrored = direction == .rtl
        let far = Self.margin + width * 0.77
        document.tag(isFirst ? .heading1 : .paragraph) {
            title.draw(
                x: isMirrored ? Self.margin + width * 0.25 : Self.margin, y: Self.margin)
        }
        document.tag(.paragraph) {
            page.draw(x: isMirrored ? Self.margin : far, y: Self.margin)
        }
        var y = Self.margin + title.height + 3
        document.line(from: (Self.margin, y), to: (Self.margin + width, y), width: 0.5)
        y += 7
        if isFirst, let note = list.note {
            let style = TextStyle(size: 9.5, leading: 1.4)
            y = document.text(.paragraph, note, style, x: Self.margin, y: y, width: width) + 7
        }
        return y
    }

    /// How many lines a column has.
    private func lines(onFirst isFirst: Bool, _ document: PDFDocument) -> Int {
        let width = paper.height - 2 * Self.margin
        let heading = TextStyle(size: 12, isBold: true, leading: 1.4)
        var top = Self.margin + 10
        top += document.set(list.heading, heading, width: width * 0.75).height
        if isFirst, let note = list.note {
            top += document.set(note, TextStyle(size: 9.5, leading: 1.4), width: width).height + 7
        }
        return max(8, Int((paper.width - Self.margin - top) / Self.pitch))
    }
}
