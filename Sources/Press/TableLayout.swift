import Domain

/// The columns of a table, as wide as what is in them asks for.
struct TableLayout {
    let table: DeliveryDocument.Table
    /// The left edge of each column, from the left edge of the table.
    let starts: [Double]
    private let widths: [Double]
    private let areFigures: [Bool]
    private let document: PDFDocument

    private static let gap = 12.0

    init(_ table: DeliveryDocument.Table, on document: PDFDocument, width: Double) {
        self.table = table
        self.document = document
        let room = width - Self.gap * Double(max(0, table.columns.count - 1))
        let natural = table.columns.indices.map { column in
            Self.natural(table, column, document)
        }
        widths = Self.share(room, natural)
        areFigures = table.columns.indices.map { column in
            table.rows.allSatisfy { column < $0.count && isFigure($0[column]) }
        }
        let isMirrored = document.about.direction == .rtl
        var starts: [Double] = []
        var x = 0.0
        for width in widths {
            starts.append(isMirrored ? room + Self.gap * Double(widths.count - 1) - x - width : x)
            x += width + Self.gap
        }
        self.starts = starts
    }

    /// The cells of a row; those that are missing are empty.
    func set(_ row: [String], isHead: Bool) -> [TextBlock] {
        widths.indices.map { column in
            var style = Self.style(isHead: isHead)
            if areFigures[column] { style.alignment = .end }
            return document.set(
                column < row.count ? row[column] : "", style, width: widths[column])
        }
    }

    private static func style(isHead: Bool) -> TextStyle {
        TextStyle(.sans, size: 9, isBold: isHead, leading: 1.4)
    }

    private static func natural(
        _ table: DeliveryDocument.Table, _ column: Int, _ document: PDFDocument
    ) -> Double {
        let head = document.set(table.columns[column], style(isHead: true), width: nil).width
        return table.rows.reduce(head) { widest, row in
            guard column < row.count else { return widest }
            return max(widest, document.set(row[column], style(isHead: false), width: nil).width)
        } + 1
    }

    /// A column that needs less than its share gets what it needs; the others share the rest. What
    /// is left over widens the first, so that figures stand at the end.
    private static func share(_ room: Double, _ natural: [Double]) -> [Double] {
        var widths = natural
        var open = Set(natural.indices)
        var left = room
        while !open.isEmpty {
            let fair = left / Double(open.count)
            let small = open.filter { natural[$0] <= fair }
            if small.isEmpty {
                for column in open { widths[column] = fair }
                return widths
            }
            left -= small.reduce(0) { $0 + natural[$1] }
            open.subtract(small)
        }
        if !widths.isEmpty { widths[0] += left }
        return widths
    }
}

/// Whether it is a number, and is read by its end.
private func isFigure(_ text: String) -> Bool {
    text.contains(where: \.isNumber) && !text.contains(where: \.isLetter)
}
