import Domain

// The second page: the background, the days, the sources, and where one sees whether it still holds.
extension ActionSheet {
    func back(_ sheet: Sheet) -> (page: Column, isWhole: Bool) {
        let unit = sheet.scale
        var top = Column()
        top.add(sheet.text(head.title, TextStyle(size: 13, isBold: true, leading: 1.2)))
        top.add(head.identityLine(sheet), gap: 2 * unit)
        top.add(sheet.rule(line: 1.5, colour: head.solid), gap: 5 * unit)
        if let warning = head.warning { top.add(sheet.warning(warning), gap: 8 * unit) }

        let foot = foot(sheet, page: 1)
        let close = closing(sheet)
        let gaps = (12 + 12 + 8) * unit
        let free = sheet.bottom - sheet.top - top.height - foot.height - close.height - gaps
        let (between, narrow) = (18 * unit, (sheet.width * 0.32).rounded())
        let wide = days.isEmpty ? sheet.width : sheet.width - narrow - between
        let sources = sourceList(sheet)
        let story = story(sheet, width: wide)
        let days = days(sheet, at: wide + between, width: narrow)
        // Sources never take more than a third; what is above them gets all the rest.
        let shownSources = sources.cut(to: free / 3, note: goesOn(sheet))
        let room = free - shownSources.height
        let isWhole = sources.height <= free / 3 && max(story.height, days.height) <= room
        let shownStory = story.cut(to: room, note: goesOn(sheet, width: wide))
        let shownDays = days.cut(
            to: room, note: goesOn(sheet, at: wide + between, width: narrow))
        var column = top
        column.add(
            Block(height: max(shownStory.height, shownDays.height)) { (y) throws(PressProblem) in
                try shownStory.draw(y: y)
                try shownDays.draw(y: y)
            }, gap: 12 * unit)
        if !self.sources.isEmpty { column.add(shownSources.block, gap: 12 * unit) }
        // Code and foot stand at the bottom, so that they are found there.
        let rest = sheet.bottom - sheet.top - column.height - foot.height - close.height
        column.add(close, gap: max(8 * unit, rest - 8 * unit))
        return (page(column, foot: foot, sheet), isWhole)
    }

    private func goesOn(_ sheet: Sheet, at start: Double = 0, width: Double? = nil) -> Block {
        var block = sheet.text(
            labels.cut, TextStyle(.sans, size: 8, isBold: true), at: start, width: width,
            isOurs: true, link: head.link)
        block.gap = 6 * sheet.scale
        return block
    }

    private func story(_ sheet: Sheet, width: Double) -> Column {
        let unit = sheet.scale
        var column = Column()
        column.add(heading(labels.more, sheet, width: width))
        for part in story {
            if let heading = part.heading {
                column.add(
                    sheet.text(
                        heading, TextStyle(size: 11, isBold: true, leading: 1.25), width: width,
                        tag: .heading2), gap: 8 * unit)
            }
            for paragraph in part.paragraphs {
                column.add(
                    sheet.text(paragraph, TextStyle(size: 9.5, leading: 1.4), width: width),
                    gap: 4 * unit)
            }
        }
        return column
    }

    private func days(_ sheet: Sheet, at start: Double, width: Double) -> Column {
        let unit = sheet.scale
        var column = Column()
        guard !days.isEmpty else { return column }
        column.add(heading(labels.days, sheet, at: start, width: width))
        for day in days {
            column.add(
                sheet.rule(at: start, width: width, line: 0.4), gap: 5 * unit)
            column.add(
                sheet.text(
                    day.when, TextStyle(.sans, size: 8, isBold: true, leading: 1.3), at: start,
                    width: width, isOurs: true), gap: 3 * unit)
            column.add(
                sheet.text(
                    day.text, TextStyle(.sans, size: 8, leading: 1.35), at: start, width: width))
        }
        return column
    }

    private func sourceList(_ sheet: Sheet) -> Column {
        var column = Column()
        guard !sources.isEmpty else { return column }
        let number = 16 * sheet.scale
        let style = TextStyle(.sans, size: 7.5, leading: 1.3)
        column.add(heading(labels.sources, sheet))
        for (index, source) in sources.enumerated() {
            let mark = sheet.text("\(index + 1)", style, width: number, isOurs: true)
            let words = sheet.text(source, style, at: number, width: sheet.width - number)
            column.add(
                Block(height: words.height) { (y) throws(PressProblem) in
                    try mark.draw(y)
                    try words.draw(y)
                }, gap: 2 * sheet.scale)
        }
        return column
    }

    /// Until when, where to look first, and the code that leads there.
    private func closing(_ sheet: Sheet) -> Block {
        let side = 96 * sheet.scale
        let width = sheet.width - side
        let words = [
            sheet.text(
                head.warning ?? until, TextStyle(.sans, size: 10, isBold: true, leading: 1.3),
                width: width, isOurs: true),
            sheet.text(labels.check, TextStyle(.sans, size: 9), width: width, isOurs: true),
            sheet.text(
                isolated(head.address), TextStyle(.sans, size: 11, isBold: true), width: width,
                isOurs: true, link: head.link),
        ]
        return sheet.code(head.link, words, at: 0, width: sheet.width)
    }
}
