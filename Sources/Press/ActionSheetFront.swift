import Domain

// The first page: what is said, what is asked, and how one acts on it.
extension ActionSheet {
    func front(_ sheet: Sheet) -> (page: Column, isWhole: Bool) {
        let unit = sheet.scale
        var column = Column()
        column.add(head.banner(labels.banner, sheet))
        if let warning = head.warning { column.add(sheet.warning(warning), gap: 8 * unit) }
        column.add(head.identityLine(sheet), gap: 7 * unit)
        column.add(
            sheet.text(
                head.title, TextStyle(size: 25, isBold: true, leading: 1.15), tag: .heading1),
            gap: 3 * unit)
        column.add(
            sheet.text(summary, TextStyle(size: 11.5, isBold: true, leading: 1.35)), gap: 4 * unit)
        if !facts.isEmpty {
            column.add(heading(labels.facts, sheet), gap: 10 * unit)
            column.add(table(sheet), gap: 3 * unit)
        }
        column.add(demandBlock(sheet), gap: 12 * unit)

        let foot = foot(sheet, page: 0)
        let gaps = (20 + 14) * unit
        let room = sheet.bottom - sheet.top - column.height - foot.height - gaps
        let narrow = letter.isEmpty ? sheet.width : (sheet.width * 0.36).rounded()
        let ways = ways(sheet, width: narrow)
        let shown = ways.cut(to: room, note: more(sheet, at: 0, width: narrow))
        guard !letter.isEmpty else {
            column.add(shown.block, gap: 20 * unit)
            return (page(column, foot: foot, sheet), ways.height <= room)
        }
        let start = narrow + 18 * unit
        let wide = sheet.width - start
        let letter = letterColumn(sheet, at: start, width: wide)
        let cut = letter.cut(to: room, note: more(sheet, at: start + 10, width: wide - 20))
        column.add(
            beside(shown, framed(cut, sheet, at: start, width: wide)), gap: 20 * unit)
        let isWhole = max(ways.height, letter.height) <= room
        return (page(column, foot: foot, sheet), isWhole)
    }

    private func more(_ sheet: Sheet, at start: Double, width: Double) -> Block {
        var block = sheet.text(
            labels.cut, TextStyle(.sans, size: 8, isBold: true), at: start, width: width,
            isOurs: true, link: head.link)
        block.gap = 5 * sheet.scale
        return block
    }

    private func beside(_ one: Column, _ other: Block) -> Block {
        Block(height: max(one.height, other.height)) { (y) throws(PressProblem) in
            try one.draw(y: y)
            try other.draw(y)
        }
    }

    /// One row for each who says something, with a line under each: for checking.
    private func table(_ sheet: Sheet) -> Block {
        let unit = sheet.scale
        let first = (sheet.width * (heads.count > 2 ? 0.34 : 0.44)).rounded()
        let each = (sheet.width - first) / Double(max(1, heads.count))
        let gap = 8 * unit
        let small = TextStyle(.sans, size: 7.5, leading: 1.25)
        var rows: [[Block]] = [
            [sheet.text("", small, width: first)]
                + heads.enumerated().map { index, head in
                    sheet.text(
                        head, TextStyle(.sans, size: 7.5, isBold: true, leading: 1.25),
                        at: first + Double(index) * each, width: each - gap, tag: .head)
                }
        ]
        for fact in facts {
            var who = Column()
            who.add(
                sheet.text(
                    fact.who, TextStyle(.sans, size: 8.5, isBold: true, leading: 1.25),
                    width: first - gap, tag: .head))
            who.add(sheet.text(fact.source, small, width: first - gap, isOurs: true))
            rows.append(
                [who.block]
                    + fact.cells.enumerated().map { index, cell in
                        sheet.text(
                            cell, TextStyle(.sans, size: 8.5, leading: 1.25),
                            at: first + Double(index) * each, width: each - gap, tag: .cell)
                    })
        }
        return lined(rows, sheet)
    }

    private func lined(_ rows: [[Block]], _ sheet: Sheet) -> Block {
        let padding = 2.5 * sheet.scale
        let rule = sheet.rule(line: 0.4)
        let heights = rows.map { row in (row.map(\.height).max() ?? 0) + 2 * padding }
        let document = sheet.document
        return Block(height: heights.reduce(0, +)) { (y) throws(PressProblem) in
            try document.tag(.table) { () throws(PressProblem) in
                var y = y
                for (row, height) in zip(rows, heights) {
                    try document.tag(.row) { () throws(PressProblem) in
                        for cell in row { try cell.draw(y + padding) }
                    }
                    y += height
                    try rule.draw(y - rule.height)
                }
            }
        }
    }

    /// The demand stands behind a solid: this is what one acts on.
    private func demandBlock(_ sheet: Sheet) -> Block {
        let unit = sheet.scale
        let inset = 14 * unit
        var words = Column()
        words.add(
            sheet.text(
                head.recipient, TextStyle(.sans, size: 9), at: inset, width: sheet.width - inset,
                isOurs: true))
        words.add(
            sheet.text(
                head.demand, TextStyle(size: 14, isBold: true, leading: 1.3), at: inset,
                width: sheet.width - inset, tag: .heading2),
            gap: 2 * unit)
        let bar = 5 * unit
        let x = sheet.left(0, bar)
        let document = sheet.document
        let column = words
        return Block(height: column.height) { [solid = head.solid] (y) throws(PressProblem) in
            document.box(
                x: x, y: y, width: bar, height: column.height, line: nil, colour: solid)
            try column.draw(y: y)
        }
    }

    /// How one acts: until when, to whom, by which ways.
    private func ways(_ sheet: Sheet, width: Double) -> Column {
        let unit = sheet.scale
        let plain = TextStyle(.sans, size: 8.5, leading: 1.35)
        let bold = TextStyle(.sans, size: 8.5, isBold: true, leading: 1.35)
        var column = Column()
        column.add(heading(labels.act, sheet, width: width))
        column.add(sheet.text(until, bold, width: width, isOurs: true), gap: 3 * unit)
        if !labels.actText.isEmpty {
            column.add(
                sheet.text(labels.actText, plain, width: width, isOurs: true), gap: 3 * unit)
        }
        for paragraph in outcome {
            column.add(
                sheet.text(paragraph, TextStyle(size: 11, leading: 1.4), width: width),
                gap: 5 * unit)
        }
        for target in targets {
            column.add(sheet.text(target.name, bold, width: width), gap: 7 * unit)
            column.add(sheet.text(target.office, plain, width: width))
            for way in target.ways { add(way, to: &column, sheet, width: width) }
            for note in target.notes {
                column.add(sheet.text(note, plain, width: width, isOurs: true), gap: 3 * unit)
            }
        }
        for copy in copies { add(copy, to: &column, sheet, width: width) }
        return column
    }

    private func add(
        _ way: (label: String, lines: [String]), to column: inout Column, _ sheet: Sheet,
        width: Double
    ) {
        let label = TextStyle(.sans, size: 7.5, isBold: true, leading: 1.3)
        column.add(
            sheet.text(way.label, label, width: width, isOurs: true), gap: 4 * sheet.scale)
        for line in way.lines {
            column.add(
                sheet.text(
                    isolated(line), TextStyle(.sans, size: 8.5, leading: 1.3), width: width))
        }
    }

    private func letterColumn(_ sheet: Sheet, at start: Double, width: Double) -> Column {
        let (inset, unit) = (10.0, sheet.scale)
        var column = Column()
        column.add(heading(labels.letter, sheet, at: start + inset, width: width - 2 * inset))
        for paragraph in letter {
            column.add(
                sheet.text(
                    paragraph, TextStyle(size: 9.5, leading: 1.35), at: start + inset,
                    width: width - 2 * inset),
                gap: 5 * unit)
        }
        return column
    }

    /// A letter in a thin frame, as on a sheet of its own.
    private func framed(
        _ column: Column, _ sheet: Sheet, at start: Double, width: Double
    ) -> Block {
        let padding = 8 * sheet.scale
        let x = sheet.left(start, width)
        let document = sheet.document
        return Block(height: column.height) { (y) throws(PressProblem) in
            document.box(
                x: x, y: y - padding, width: width, height: column.height + 2 * padding)
            try column.draw(y: y)
        }
    }
}
