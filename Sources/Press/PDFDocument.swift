import CCairo
package import Domain
import Foundation
import Synchronization

/// A tagged PDF that is being made: pages in points (72 to the inch), y downwards from the top left.
///
///     let bytes = try PDFDocument.make(about) { document in
///         document.page(.a4)
///         document.text(.heading1, "Title", TextStyle(size: 20), x: 60, y: 60, width: 400)
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

    /// A structure element (ISO 32000-1, 14.8.4). Headings, paragraphs and cells are leaves: they
    /// hold text and end on the page on which they began. What is drawn outside of a leaf (lines,
    /// page numbers, codes) is not read aloud.
    package enum Tag: String, Sendable {
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
    }

    package let about: About
    /// With the page that is open.
    package private(set) var pageCount = 0
    let context: OpaquePointer
    private let surface: OpaquePointer
    private let typesetter: Typesetter

    private init?(_ about: About, to output: PDFOutput?) {
        let closure = output.map { Unmanaged.passUnretained($0).toOpaque() }
        guard
            let surface = cairo_pdf_surface_create_for_stream(
                output == nil ? nil : PDFOutput.stream, closure, Paper.a4.width, Paper.a4.height)
        else { return nil }
        guard let context = cairo_create(surface),
            let typesetter = Typesetter(context, language: about.language)
        else {
            cairo_surface_destroy(surface)
            return nil
        }
        self.about = about
        self.surface = surface
        self.context = context
        self.typesetter = typesetter
        // Without object streams, so that the catalog can be read and updated.
        cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_4)
        describe()
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    /// No date, so that the same content makes the same bytes, and nothing tells when it was made.
    private func describe() {
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, plain(about.title))
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, plain(about.author))
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Outcry")
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "")
    }

    /// Begins a page; everything drawn after it is on this page.
    package func page(_ paper: Paper, landscape: Bool = false) {
        if pageCount > 0 { cairo_show_page(context) }
        pageCount += 1
        cairo_pdf_surface_set_size(
            surface, landscape ? paper.height : paper.width,
            landscape ? paper.width : paper.height)
        // Not before: a new size forgets what was begun on an empty page.
        if pageCount == 1 { cairo_tag_begin(context, "Document", "") }
    }

    /// Whatever `body` draws is one element.
    package func tag<E: Error>(_ tag: Tag, _ body: () throws(E) -> Void) throws(E) {
        cairo_tag_begin(context, tag.rawValue, "")
        defer { cairo_tag_end(context, tag.rawValue) }
        try body()
    }

    /// Whatever `body` draws opens an address: https, http or mailto; another is only drawn.
    package func link<E: Error>(_ address: String, _ body: () throws(E) -> Void) throws(E) {
        let schemes = ["https://", "http://", "mailto:"]
        guard schemes.contains(where: address.lowercased().hasPrefix) else { return try body() }
        cairo_tag_begin(context, "Link", "uri='\(uri(address))'")
        defer { cairo_tag_end(context, "Link") }
        try body()
    }

    /// An entry of the reader's table of contents, for the place `y` on this page.
    package func outline(_ title: String, y: Double) {
        cairo_pdf_surface_add_outline(
            surface, CAIRO_PDF_OUTLINE_ROOT, plain(title), "page=\(pageCount) pos=[0 \(Int(y))]",
            cairo_pdf_outline_flags_t(0))
    }

    /// Text set in a column, not yet drawn. Line feeds begin new lines.
    /// - Parameters:
    ///   - width: points; nil for one line as long as it is.
    ///   - direction: nil for the document's.
    package func set(
        _ text: String, _ style: TextStyle, width: Double?, direction: Direction? = nil
    ) -> TextBlock {
        typesetter.set(text, style, width: width, direction: direction ?? about.direction)
    }

    /// Sets and draws an element at once, its top left corner there.
    /// - Returns: the y below it.
    @discardableResult
    package func text(
        _ tag: Tag, _ text: String, _ style: TextStyle, x: Double, y: Double, width: Double,
        direction: Direction? = nil
    ) -> Double {
        let block = set(text, style, width: width, direction: direction)
        self.tag(tag) { block.draw(x: x, y: y) }
        return y + block.height
    }

    /// Whether a font has every character of it.
    func canPrint(_ text: String, _ style: TextStyle) -> Bool { typesetter.canPrint(text, style) }
}

extension PDFDocument {
    /// The whole document as bytes.
    package static func make(
        _ about: About, _ compose: (PDFDocument) throws(PressProblem) -> Void
    ) throws(PressProblem) -> [UInt8] {
        let output = PDFOutput()
        try print(about, to: output, compose)
        return output.bytes
    }

    /// The same into a file as it comes; only its owner can read it. If anything is wrong no file
    /// is left.
    package static func write(
        _ about: About, to path: String, _ compose: (PDFDocument) throws(PressProblem) -> Void
    ) throws(PressProblem) {
        guard let output = PDFOutput(path: path) else { throw .noMemory }
        do {
            try print(about, to: output, compose)
        } catch {
            unlink(path)
            throw error
        }
    }

    /// Composes without a document, to count pages or to measure text.
    static func rehearse<Result: Sendable>(
        _ about: About, _ compose: (PDFDocument) throws(PressProblem) -> Result
    ) throws(PressProblem) -> Result {
        try press.withLock { _ throws(PressProblem) in
            guard let document = PDFDocument(about, to: nil) else { throw .noMemory }
            let result = try compose(document)
            try document.finish()
            return result
        }
    }

    private static func print(
        _ about: About, to output: PDFOutput, _ compose: (PDFDocument) throws(PressProblem) -> Void
    ) throws(PressProblem) {
        try press.withLock { _ throws(PressProblem) in
            guard let document = PDFDocument(about, to: output) else { throw .noMemory }
            try compose(document)
            try document.finish()
        }
        let catalog = PDFCatalog(
            language: about.language, isRightToLeft: about.direction == .rtl)
        guard let update = catalog.update(output), update.withUnsafeBufferPointer(output.write),
            output.finish()
        else { throw .noMemory }
    }

    private func finish() throws(PressProblem) {
        let missing = typesetter.missing
        guard missing.isEmpty else { throw .missingGlyphs(missing) }
        cairo_tag_end(context, "Document")
        cairo_show_page(context)
        cairo_surface_finish(surface)
        guard cairo_status(context) == CAIRO_STATUS_SUCCESS,
            cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS
        else { throw .noMemory }
    }
}

/// As RFC 3986 allows it, and without what would end cairo's quotes.
private func uri(_ address: String) -> String {
    let plain = Set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@!$&()*+,;=%".utf8)
    return address.utf8.map { byte in
        plain.contains(byte)
            ? String(UnicodeScalar(byte)) : String(format: "%%%02X", byte)
    }.joined()
}
