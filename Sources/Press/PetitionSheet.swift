import Domain

/// A page on which people sign with a pen: the demand, who collects it, and rows to fill in.
package struct PetitionSheet: Sendable {
    /// The words of the interface on it.
    package struct Labels: Sendable {
        package var banner: String
        /// Number, name, place, signature.
        package var heads: [String]
        /// Until when and where it goes back, each with a label.
        package var back: [(label: String, text: String)]
        package var check: String

        package init(
            banner: String, heads: [String], back: [(label: String, text: String)], check: String
        ) {
            self.banner = banner
            self.heads = heads
            self.back = back
            self.check = check
        }
    }

    package var head: SheetHead
    package var labels: Labels
    /// Who collects the names, and what becomes of them.
    package var promise: String

    package init(head: SheetHead, labels: Labels, promise: String) {
        self.head = head
        self.labels = labels
        self.promise = promise
    }

    /// Rows, at most; fewer where the demand is long.
    package static let mostRows = 15
    /// The least height of a row that a hand can sign in.
    private static let leastRow = 8.5 * Double.millimetre
    private static let bestRow = 12 * Double.millimetre

    /// One page, tagged; the same bytes for the same sheet. Throws `tooLong` if not even three
    /// rows are left.
    package func pdf() throws(PressProblem) -> [UInt8] {
        try PDFDocument.make(head.about) { (document) throws(PressProblem) in
            document.page(head.paper)
            let sheet = head.sheet(on: document)
            try draw(sheet)
        }
    }

    private func draw(_ sheet: Sheet) throws(PressProblem) {
        let top = beginning(sheet)
        let foot = foot(sheet)
        let room = sheet.bottom - sheet.top - top.height - foot.height - 10 - 14
        let heads = headRow(sheet)
        let rows = min(Self.mostRows, Int((room - heads.height) / Self.leastRow))
        guard rows >= 3 else { throw .tooLong(by: 3 - rows) }
        let height = min(Self.bestRow, (room - heads.height) / Double(rows))
        var page = top
        page.add(table(heads, rows: rows, height: height, sheet), gap: 10)
        let rest = sheet.bottom - sheet.top - page.height - foot.height
        page.add(foot, gap: max(0, rest))
        try page.draw(y: sheet.top)
    }

    private func beginning(_ sheet: Sheet) -> Column {
        var column = Column()
        column.add(head.banner(labels.banner, sheet))
        if let warning = head.warning { column.add(sheet.warning(warning), gap: 8) }
        column.add(head.identityLine(sheet), gap: 7)
        column.add(sheet.text(head.recipient, TextStyle(.sans, size: 10), isOurs: true), gap: 4)
        column.add(
            sheet.text(
                head.demand, TextStyle(size: 16, isBold: true, leading: 1.25), tag: .heading1),
            gap: 2)
        column.add(
            sheet.text(promise, TextStyle(.sans, size: 8.5, leading: 1.35), isOurs: true), gap: 6)
        return column
    }

    /// Number, name, place, signature: shares of the width.
    private static let shares = [0.07, 0.36, 0.27, 0.30]

    private func columns(_ sheet: Sheet) -> [(start: Double, width: Double)] {
        var start = 0.0
        return Self.shares.map { share in
            defer { start += share * sheet.width }
            return (start, share * sheet.width)
        }
    }

    private func headRow(_ sheet: Sheet) -> Block {
        let cells = zip(labels.heads, columns(sheet)).map { head, column in
            sheet.text(
                head, TextStyle(.sans, size: 8.5, isBold: true, leading: 1.2),
                at: column.start + 4, width: column.width - 6, tag: .head, isOurs: true)
        }
        let height = (cells.map(\.height).max() ?? 0) + 6
        let document = sheet.document
        return Block(height: height) { (y) throws(PressProblem) in
            try document.tag(.row) { () throws(PressProblem) in
                for cell in cells { try cell.draw(y + 3) }
            }
        }
    }

    private func table(
        _ heads: Block, rows: Int, height: Double, _ sheet: Sheet
    ) -> Block {
        let total = heads.height + Double(rows) * height
        let (document, columns) = (sheet.document, columns(sheet))
        return Block(height: total) { (y) throws(PressProblem) in
            let lines = [0.0] + (0...rows).map { heads.height + Double($0) * height }
            for (index, place) in lines.enumerated() {
                let x = sheet.left(0, sheet.width)
                document.line(
                    from: (x, y + place), to: (x + sheet.width, y + place),
                    width: index == 1 ? 1.2 : 0.5)
            }
            for start in columns.map(\.start) + [sheet.width] {
                let x = sheet.left(start, 0)
                document.line(from: (x, y), to: (x, y + total), width: 0.5)
            }
            try document.tag(.table) { () throws(PressProblem) in
                try heads.draw(y)
                for row in 0..<rows {
                    let top = y + heads.height + Double(row) * height
                    let number = sheet.text(
                        "\(row + 1)", TextStyle(.sans, size: 8.5), at: 4,
                        width: columns[0].width - 6, tag: .head, isOurs: true)
                    try document.tag(.row) { () throws(PressProblem) in
                        try number.draw(top + (height - number.height) / 2)
                    }
                }
            }
        }
    }

    private func foot(_ sheet: Sheet) -> Block {
        let width = sheet.width - 96
        var words = labels.back.map { line in
            sheet.text(
                "\(line.label): \(line.text)", TextStyle(.sans, size: 9.5, isBold: true),
                width: width, isOurs: true)
        }
        words.append(
            sheet.text(labels.check, TextStyle(.sans, size: 9), width: width, isOurs: true))
        words.append(
            sheet.text(
                isolated(head.address), TextStyle(.sans, size: 11, isBold: true), width: width,
                isOurs: true, link: head.link))
        return sheet.code(head.link, words, at: 0, width: sheet.width)
    }
}
