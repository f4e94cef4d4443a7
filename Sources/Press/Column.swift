import Domain

/// A part of a page that is measured before it is drawn.
struct Block {
    /// Space above it, unless it comes first.
    var gap = 0.0
    var height: Double
    /// With its top there.
    var draw: (_ y: Double) throws(PressProblem) -> Void
}

/// Blocks under each other.
struct Column {
    private(set) var blocks: [Block] = []

    var height: Double {
        blocks.reduce(0) { $0 + $1.gap + $1.height } - (blocks.first?.gap ?? 0)
    }

    mutating func add(_ block: Block, gap: Double = 0) {
        var block = block
        block.gap = gap
        blocks.append(block)
    }

    /// Draws them from `y` downwards.
    func draw(y: Double) throws(PressProblem) {
        var y = y - (blocks.first?.gap ?? 0)
        for block in blocks {
            y += block.gap
            try block.draw(y)
            y += block.height
        }
    }

    /// As many as fit, with `note` behind them if that is not all.
    func cut(to room: Double, note: Block) -> Column {
        guard height > room else { return self }
        var kept = self
        while kept.height + note.gap + note.height > room, !kept.blocks.isEmpty {
            kept.blocks.removeLast()
        }
        kept.blocks.append(note)
        return kept
    }

    /// All of it as one block.
    var block: Block {
        Block(height: height) { (y) throws(PressProblem) in try draw(y: y) }
    }
}

/// A sheet of paper between its margins, mirrored for what is read from right to left.
struct Sheet {
    let document: PDFDocument
    let paper: Paper
    /// Of the page; a text may have its own.
    let direction: Direction
    /// Of the words that are not the interface's.
    let textDirection: Direction
    /// All sizes and gaps are multiplied by it.
    var scale = 1.0

    static let margin = 15 * Double.millimetre

    var width: Double { paper.width - 2 * Self.margin }
    var top: Double { Self.margin }
    var bottom: Double { paper.height - Self.margin }

    /// The left edge of what begins `start` after the margin where reading begins.
    func left(_ start: Double, _ width: Double) -> Double {
        direction == .rtl
            ? paper.width - Self.margin - start - width : Self.margin + start
    }

    /// A paragraph; `isOurs` is said of the interface's words.
    func text(
        _ text: String, _ style: TextStyle, at start: Double = 0, width: Double? = nil,
        tag: PDFDocument.Tag = .paragraph, isOurs: Bool = false, link: String? = nil
    ) -> Block {
        var style = style
        style.size *= scale
        let width = width ?? self.width
        let block = document.set(
            text, style, width: width, direction: isOurs ? direction : textDirection)
        let x = left(start, width)
        return Block(height: block.height) { [document] (y) throws(PressProblem) in
            try document.tag(tag) { () throws(PressProblem) in
                guard let link else { return block.draw(x: x, y: y) }
                try document.link(link) { () throws(PressProblem) in block.draw(x: x, y: y) }
            }
        }
    }

    func rule(
        at start: Double = 0, width: Double? = nil, line: Double = 0.5, colour: Colour = .black
    ) -> Block {
        let width = width ?? self.width
        let x = left(start, width)
        return Block(height: line) { [document] y in
            document.line(
                from: (x, y + line / 2), to: (x + width, y + line / 2), width: line,
                colour: colour)
        }
    }

    /// The code in the corner where reading ends, with what is said about it before it, no wider
    /// than the sheet less `start`.
    func code(_ link: String, _ words: [Block], at start: Double, width: Double) -> Block {
        let side = 84 * scale
        var column = Column()
        for word in words { column.add(word, gap: 3 * scale) }
        let x = left(start + width - side, side)
        return Block(height: max(side, column.height)) { [document] (y) throws(PressProblem) in
            try column.draw(y: y + max(0, (side - column.height) / 2))
            if let code = QRCode(link) { document.code(code, x: x, y: y, side: side) }
        }
    }

    /// A warning in a frame that nobody overlooks.
    func warning(_ text: String) -> Block {
        let inset = 9 * scale
        let words = self.text(
            text, TextStyle(.sans, size: 13, isBold: true, leading: 1.3), at: inset,
            width: width - 2 * inset, isOurs: true)
        let (x, width) = (left(0, width), width)
        return Block(height: words.height + 2 * inset) { [document] (y) throws(PressProblem) in
            document.box(
                x: x, y: y, width: width, height: words.height + 2 * inset, line: 2.5)
            try words.draw(y + inset)
        }
    }
}
