package import Domain

/// A tagged PDF that is being made: pages in points (72 to the inch), y downwards from the top left.
///
///     let bytes = try PDFDocument.make(about) { document in
///         document.page(.a4)
///         try document.tag(.heading1) { let title = document.set("Title", TextStyle(size: 20), width: 400); title.draw(x: 60, y: 60) }
///     }
///
/// Text from outside is safe everywhere: it is never markup, and control characters are dropped.
/// A word that no font can print is noted, and `make` throws `missingGlyphs` at the end.
package final class PDFDocument {
    /// What readers and catalogues see of it.
    package struct About: Hashable, Sendable {
        package var title: String
        /// BCP 47.
        package var language: String
        package var direction: Direction
        /// The organisation.
        package var author: String

        package init(title: String, language: String, direction: Direction, author: String) {
            self.title = title
            self.language = language
            self.direction = direction
            self.author = author
        }
    }

    /// A structure element (ISO 32000-1, 14.8.4).
    package enum Tag: String, Sendable {
        case document = "Document"
        case section = "Sect"
        case heading1 = "H1"
        case heading2 = "H2"
        case paragraph = "P"
        case list = "L"
        case item = "LI"
        case table = "Table"
        case row = "TR"
        case head = "TH"
        case cell = "TD"
        case figure = "Figure"
    }

    package let about: About
    package private(set) var pageCount = 0

    private init(_ about: About) { self.about = about }

    /// The whole document as bytes; no byte in it tells the time or the machine.
    package static func make(
        _ about: About, _ compose: (PDFDocument) throws(PressProblem) -> Void
    ) throws(PressProblem) -> [UInt8] { throw .noMemory }

    /// The same, written to a file while it is made.
    package static func write(
        _ about: About, to path: String, _ compose: (PDFDocument) throws(PressProblem) -> Void
    ) throws(PressProblem) { throw .noMemory }

    /// Begins a page; everything drawn after it is on this page.
    package func page(_ paper: Paper, landscape: Bool = false) {}

    /// Whatever `body` draws is one element. Leaves (headings, paragraphs, cells) begin and end on one page.
    package func tag(_ tag: Tag, _ body: () throws(PressProblem) -> Void) throws(PressProblem) {
        try body()
    }

    /// Whatever `body` draws opens an address (https, http or mailto; another is only drawn).
    package func link(
        _ address: String, _ body: () throws(PressProblem) -> Void
    ) throws(PressProblem) { try body() }

    /// An entry of the reader's table of contents, for the place `y` on this page.
    package func outline(_ title: String, y: Double) {}

    /// Text set in a column, not yet drawn. Line feeds begin new lines.
    /// - Parameter direction: nil for the document's.
    package func set(
        _ text: String, _ style: TextStyle, width: Double, direction: Direction? = nil
    ) -> TextBlock { TextBlock(height: 0, lineCount: 0, baseline: 0) }

    package func line(
        from: (x: Double, y: Double), to: (x: Double, y: Double), width: Double = 0.5,
        colour: Colour = .black
    ) {}

    /// A frame of thin lines, or a solid.
    package func box(
        x: Double, y: Double, width: Double, height: Double, line: Double? = 0.5,
        colour: Colour = .black
    ) {}

    /// A QR code with its quiet zone inside of `side`, as a figure.
    package func code(_ code: QRCode, x: Double, y: Double, side: Double) {}
}

/// How some text looks.
package struct TextStyle: Hashable, Sendable {
    package enum Face: Sendable { case serif, sans, mono }
    package enum Alignment: Sendable { case start, centre, end, justified }

    package var face: Face
    /// Points.
    package var size: Double
    package var isBold: Bool
    package var colour: Colour
    /// From one baseline to the next, in sizes.
    package var leading: Double
    package var alignment: Alignment

    package init(
        _ face: Face = .serif, size: Double, isBold: Bool = false, colour: Colour = .black,
        leading: Double = 1.4, alignment: Alignment = .start
    ) {
        self.face = face
        self.size = size
        self.isBold = isBold
        self.colour = colour
        self.leading = leading
        self.alignment = alignment
    }
}

/// Some text in a column, set by `PDFDocument.set`.
package final class TextBlock {
    /// Points.
    package let height: Double
    package let lineCount: Int
    /// Of the first line, from the top.
    package let baseline: Double

    init(height: Double, lineCount: Int, baseline: Double) {
        self.height = height
        self.lineCount = lineCount
        self.baseline = baseline
    }

    /// Draws it with its top left corner there, on the page that is open.
    package func draw(x: Double, y: Double) {}
}

extension Colour {
    package static let black = Colour(red: 0, green: 0, blue: 0)
}
