import Domain

/// An urgent action on two pages, to hand out, pin up or post: what is said and by whom, what is
/// asked of whom, a letter to start from; behind it the background, the days and the sources.
package struct ActionSheet: Sendable {
    /// What somebody says, under the heads of the table.
    package struct Fact: Sendable {
        package var who: String
        /// As of when, and the number of the source.
        package var source: String
        package var cells: [String]

        package init(who: String, source: String, cells: [String]) {
            self.who = who
            self.source = source
            self.cells = cells
        }
    }

    /// Who is written to.
    package struct Target: Sendable {
        package var name: String
        package var office: String
        /// "Post", "E-mail", "Fax", each with its lines.
        package var ways: [(label: String, lines: [String])]
        /// Salutation, language, where post does not work.
        package var notes: [String]

        package init(
            name: String, office: String, ways: [(label: String, lines: [String])],
            notes: [String]
        ) {
            self.name = name
            self.office = office
            self.ways = ways
            self.notes = notes
        }
    }

    package struct Part: Sendable {
        package var heading: String?
        package var paragraphs: [String]

        package init(heading: String?, paragraphs: [String]) {
            self.heading = heading
            self.paragraphs = paragraphs
        }
    }

    /// The words of the interface on it.
    package struct Labels: Sendable {
        package var banner: String
        package var facts: String
        package var act: String
        package var actText: String
        package var letter: String
        package var more: String
        package var days: String
        package var sources: String
        /// Before the address: whether this still holds.
        package var check: String
        /// Where a text goes on that did not fit.
        package var cut: String
        /// One for each page.
        package var pages: [String]

        package init(
            banner: String, facts: String, act: String, actText: String, letter: String,
            more: String, days: String, sources: String, check: String, cut: String,
            pages: [String]
        ) {
            self.banner = banner
            self.facts = facts
            self.act = act
            self.actText = actText
            self.letter = letter
            self.more = more
            self.days = days
            self.sources = sources
            self.check = check
            self.cut = cut
            self.pages = pages
        }
    }

    package var head: SheetHead
    package var labels: Labels
    package var summary: String
    /// The heads of the table, one for each cell of a fact.
    package var heads: [String] = []
    package var facts: [Fact] = []
    package var targets: [Target] = []
    /// Copies, the embassy: a head and its lines.
    package var copies: [(label: String, lines: [String])] = []
    package var letter: [String] = []
    /// What came of it; empty before.
    package var outcome: [String] = []
    package var story: [Part] = []
    /// Oldest first.
    package var days: [(when: String, text: String)] = []
    /// In the order of their numbers.
    package var sources: [String] = []
    /// Until when.
    package var until: String

    package init(head: SheetHead, labels: Labels, summary: String, until: String) {
        self.head = head
        self.labels = labels
        self.summary = summary
        self.until = until
    }

    /// Two pages, tagged; the same bytes for the same sheet. A text is printed as large as its
    /// page allows; one that does not fit in small print ends with where it goes on.
    package func pdf() throws(PressProblem) -> [UInt8] {
        try PDFDocument.make(head.about) { (document) throws(PressProblem) in
            let sheet = head.sheet(on: document)
            document.page(head.paper)
            try Self.largest(sheet, front)
            document.page(head.paper)
            try Self.largest(sheet, back)
        }
    }

    /// The sizes that are tried, the smallest still readable on paper.
    private static let scales = [1.12, 1.06, 1, 0.95, 0.9, 0.85, 0.8, 0.76]

    /// Draws the largest that loses nothing.
    private static func largest(
        _ sheet: Sheet, _ compose: (Sheet) -> (page: Column, isWhole: Bool)
    ) throws(PressProblem) {
        var sheet = sheet
        for scale in scales {
            sheet.scale = scale
            let (page, isWhole) = compose(sheet)
            if isWhole || scale == scales.last { return try page.draw(y: sheet.top) }
        }
    }
}

extension ActionSheet {
    func heading(
        _ text: String, _ sheet: Sheet, at start: Double = 0, width: Double? = nil,
        isOurs: Bool = true
    ) -> Block {
        sheet.text(
            text, TextStyle(.sans, size: 10, isBold: true, leading: 1.25), at: start,
            width: width, tag: .heading2, isOurs: isOurs)
    }

    /// The page's number and the address at its foot.
    func foot(_ sheet: Sheet, page: Int) -> Block {
        let style = TextStyle(.sans, size: 7.5)
        let number = sheet.text(
            labels.pages[page], style, width: sheet.width * 0.3, isOurs: true)
        var end = style
        end.alignment = .end
        let address = sheet.text(
            isolated(head.address), end, at: sheet.width * 0.3, width: sheet.width * 0.7,
            isOurs: true,
            link: head.link)
        let rule = sheet.rule()
        let gap = 4 * sheet.scale
        let height = rule.height + gap + max(number.height, address.height)
        return Block(height: height) { (y) throws(PressProblem) in
            try rule.draw(y)
            try number.draw(y + gap)
            try address.draw(y + gap)
        }
    }

    /// Puts the foot on the bottom of the page, however little stands above it.
    func page(_ column: Column, foot: Block, _ sheet: Sheet) -> Column {
        var page = column
        page.add(foot, gap: max(0, sheet.bottom - sheet.top - column.height - foot.height))
        return page
    }
}
