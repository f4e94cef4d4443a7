package import Domain

/// What every sheet about an action begins with: whose it is, what it asks, and where it is.
package struct SheetHead: Sendable {
    package var paper: Paper
    /// BCP 47, of the action's words.
    package var language: String
    package var textDirection: Direction
    /// Of the interface's words, and of the page.
    package var direction: Direction
    package var organisation: String
    /// Case number, document index, country, date.
    package var identity: [String]
    package var title: String
    /// To whom the demand is.
    package var recipient: String
    package var demand: String
    /// To be read and typed, and what the code opens.
    package var address: String
    package var link: String
    /// "Please do not send", in a frame on top of each page.
    package var warning: String?
    package var solid: Colour
    package var onSolid: Colour

    package init(
        paper: Paper, language: String, textDirection: Direction, direction: Direction,
        organisation: String, identity: [String], title: String, recipient: String,
        demand: String, address: String, link: String, warning: String?, solid: Colour,
        onSolid: Colour
    ) {
        self.paper = paper
        self.language = language
        self.textDirection = textDirection
        self.direction = direction
        self.organisation = organisation
        self.identity = identity
        self.title = title
        self.recipient = recipient
        self.demand = demand
        self.address = address
        self.link = link
        self.warning = warning
        self.solid = solid
        self.onSolid = onSolid
    }

    var about: PDFDocument.About {
        .init(title: title, language: language, direction: direction, author: organisation)
    }

    /// A page to set it on.
    func sheet(on document: PDFDocument) -> Sheet {
        Sheet(
            document: document, paper: paper, direction: direction, textDirection: textDirection)
    }

    /// A solid to act on, with what this is and whose.
    func banner(_ words: String, _ sheet: Sheet) -> Block {
        let (inset, x, width) = (10 * sheet.scale, sheet.left(0, sheet.width), sheet.width)
        let name = sheet.text(
            words, TextStyle(.sans, size: 17, isBold: true, colour: onSolid), at: inset,
            width: width * 0.5, isOurs: true)
        let by = sheet.text(
            organisation, TextStyle(.sans, size: 10, colour: onSolid, alignment: .end),
            at: width * 0.5 + inset, width: width * 0.5 - 2 * inset, isOurs: true)
        let height = max(name.height, by.height) + inset
        let (document, solid) = (sheet.document, solid)
        return Block(height: height) { (y) throws(PressProblem) in
            document.box(x: x, y: y, width: width, height: height, line: nil, colour: solid)
            try name.draw(y + (height - name.height) / 2)
            try by.draw(y + (height - by.height) / 2)
        }
    }

    /// Case, index, country, date on a line of their own.
    func identityLine(_ sheet: Sheet) -> Block {
        sheet.text(
            identity.map(isolated).joined(separator: "  ·  "), TextStyle(.sans, size: 8.5),
            isOurs: true)
    }
}
