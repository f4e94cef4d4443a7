import Domain

/// A letter on its way onto a page of a document.
struct LetterPage {
    private let document: PDFDocument
    private let letter: LetterSheet
    private let left: Double
    private let right: Double
    /// Where the foot begins, above which the letter ends.
    private let foot: Double

    init(_ document: PDFDocument, _ letter: LetterSheet) {
        self.document = document
        self.letter = letter
        left = letter.window.address.x
        right = letter.paper.width - 20 * .millimetre
        foot = letter.paper.height - 38 * .millimetre
    }

    private var width: Double { right - left }
    private var window: Window { letter.window }

    func print() throws(PressProblem) {
        document.page(letter.paper)
        marks()
        let top = warning()
        try head(top)
        try recipient()
        date()
        try body()
        footer()
    }

    /// Where to fold and to punch: short thin lines at the edge.
    private func marks() {
        for y in window.folds {
            document.line(
                from: (5 * .millimetre, y), to: (9 * .millimetre, y), width: 0.3, colour: .grey)
        }
        if let y = window.punch {
            document.line(
                from: (5 * .millimetre, y), to: (11 * .millimetre, y), width: 0.3, colour: .grey)
        }
    }

    /// - Returns: the y below it, where the head may begin.
    private func warning() -> Double {
        guard let warning = letter.warning else { return 18 * .millimetre }
        let inset = 6 * .millimetre
        document.box(
            x: inset, y: inset, width: letter.paper.width - 2 * inset,
            height: letter.paper.height - 2 * inset, line: 3)
        let style = TextStyle(.sans, size: 12, isBold: true, leading: 1.25, alignment: .centre)
        return document.text(
            .paragraph, warning, style, x: left, y: inset + 4 * .millimetre, width: width)
            + 3 * .millimetre
    }

    /// The writer's name and place, as large as there is room above the window.
    private func head(_ top: Double) throws(PressProblem) {
        guard let name = letter.sender.first else { return }
        let place = letter.sender.dropFirst().joined(separator: " · ")
        let room = 44 * .millimetre - top
        var scale = 1.0
        while true {
            let nameStyle = TextStyle(size: 13 * scale, isBold: true, leading: 1.3)
            let placeStyle = TextStyle(.sans, size: 8.5 * scale, colour: .grey, leading: 1.35)
            let blocks = [(name, nameStyle), (place, placeStyle)].filter { !$0.0.isEmpty }.map {
                document.set($0.0, $0.1, width: width)
            }
            let excess = blocks.reduce(0) { $0 + $1.height } - room
            if excess <= 0 {
                var y = top
                for block in blocks {
                    document.tag(.paragraph) { block.draw(x: left, y: y) }
                    y += block.height
                }
                return
            }
            guard scale > 0.6 else { throw .tooLong(by: count(excess, nameStyle)) }
            scale -= 0.1
        }
    }

    /// In the window, which does not move in letters that read from the right.
    private func recipient() throws(PressProblem) {
        if let place = window.senderLine, !letter.sender.isEmpty { senderLine(in: place) }
        let place = window.address
        let lines = letter.recipient.joined(separator: "\n")
        let direction = firstDirection(of: lines) ?? letter.direction
        var style = TextStyle(.sans, size: 10.5, leading: 1.3)
        var block = document.set(lines, style, width: place.width, direction: direction)
        while block.height > place.height, style.size > 7.5 {
            style.size -= 0.5
            style.leading = 1.25
            block = document.set(lines, style, width: place.width, direction: direction)
        }
        let excess = block.height - place.height
        guard excess <= 0 else { throw .tooLong(by: count(excess, style)) }
        document.tag(.paragraph) { block.draw(x: place.x, y: place.y) }
    }

    private func senderLine(in place: Window.Place) {
        let text = letter.sender.joined(separator: " · ")
        let direction = firstDirection(of: text) ?? letter.direction
        var style = TextStyle(.sans, size: 7, colour: .grey, leading: 1.3)
        var block = document.set(text, style, width: nil, direction: direction)
        while block.width > place.width, style.size > 5.5 {
            style.size -= 0.25
            block = document.set(text, style, width: nil, direction: direction)
        }
        // A line that is longer still would be cut by the window's edge: the head has it whole.
        guard block.width <= place.width else { return }
        let y = place.y + place.height - block.height - 2
        let x = direction == .rtl ? place.x + place.width - block.width : place.x
        document.tag(.paragraph) { block.draw(x: x, y: y) }
        document.line(
            from: (place.x, place.y + place.height - 1),
            to: (place.x + place.width, place.y + place.height - 1), width: 0.3, colour: .grey)
    }

    /// Beside the foot of the window.
    private func date() {
        let place = window.address
        let x = place.x + place.width + 8 * .millimetre
        let style = TextStyle(size: 10.5, leading: 1.3, alignment: .end)
        let block = document.set(letter.date, style, width: right - x)
        // In a letter that reads from the right its end is the left, beside the window.
        document.tag(.paragraph) { block.draw(x: x, y: place.y + place.height - block.height) }
    }

    private func body() throws(PressProblem) {
        let room = foot - 4 * .millimetre - window.bodyTop
        var size = 11.0
        var text = LetterText(document, letter, size: size, width: width)
        while text.height > room, size > 9 {
            size -= 0.25
            text = LetterText(document, letter, size: size, width: width)
        }
        let excess = text.height - room
        guard excess <= 0 else { throw .tooLong(by: count(excess, text.style)) }
        text.draw(x: left, y: window.bodyTop)
    }

    /// The code and the short address below a thin line.
    private func footer() {
        document.line(from: (left, foot), to: (right, foot), width: 0.4, colour: .grey)
        let side = 24 * Double.millimetre
        let y = foot + 1.5 * .millimetre
        let isMirrored = letter.direction == .rtl
        let code = QRCode(letter.link)
        if let code {
            // The quiet zone may reach over the margin: what is seen ends with the text.
            let quiet = side * Double(QRCode.quietZone) / Double(code.size + 2 * QRCode.quietZone)
            let x = isMirrored ? left - quiet : right - side + quiet
            document.link(letter.link) { document.code(code, x: x, y: y, side: side) }
        }
        let style = TextStyle(.sans, size: 9.5, leading: 1.35)
        let block = document.set(letter.address, style, width: width - side, direction: .ltr)
        let x = isMirrored ? right - block.width : left
        document.tag(.paragraph) {
            document.link(letter.link) { block.draw(x: x, y: y + (side - block.height) / 2) }
        }
    }

    private func count(_ excess: Double, _ style: TextStyle) -> Int {
        max(1, Int((excess / (style.size * style.leading)).rounded(.up)))
    }
}

/// The letter from its subject to its signature in one size of print.
private struct LetterText {
    private let document: PDFDocument
    private let blocks: [(tag: PDFDocument.Tag, block: TextBlock, after: Double)]
    let style: TextStyle

    init(_ document: PDFDocument, _ letter: LetterSheet, size: Double, width: Double) {
        self.document = document
        // Small print is set closer. The letters of Arabic are smaller than others of their size.
        let leading = 1.4 - (11 - size) * 0.04
        let size = letter.direction == .rtl ? size * 1.12 : size
        style = TextStyle(size: size, leading: leading)
        let line = size * leading
        let bold = TextStyle(size: size + 0.5, isBold: true, leading: leading)
        var blocks = [
            (PDFDocument.Tag.heading1, document.set(letter.subject, bold, width: width), line * 0.9)
        ]
        for paragraph in letter.paragraphs {
            let block = document.set(paragraph, style, width: width)
            blocks.append((.paragraph, block, line * 0.55))
        }
        // Room for the hand that signs.
        blocks[blocks.count - 1].2 = line * (size < 10 ? 1.8 : 2.6)
        blocks.append((.paragraph, document.set(letter.signature, style, width: width), 0))
        self.blocks = blocks
    }

    var height: Double { blocks.reduce(0) { $0 + $1.block.height + $1.after } }

    func draw(x: Double, y: Double) {
        var y = y
        for (tag, block, after) in blocks {
            document.tag(tag) { block.draw(x: x, y: y) }
            y += block.height + after
        }
    }
}
