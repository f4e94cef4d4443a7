import Domain
import Foundation

/// What is handed over: a letter to who decides, what is known, the number and how to check it, and
/// the names of those who agreed to it. Every word comes from the caller.
package struct DeliveryDocument: Sendable {
    /// Some paragraphs of the second part, under a heading of their own.
    package struct Part: Hashable, Sendable {
        package var heading: String
        /// In large print, such as the number of people.
        package var figure: String?
        package var paragraphs: [String]
        package var table: Table?
        /// In fixed pitch and from left to right, line by line: a checkpoint and its cosignatures.
        package var code: String?
        /// Printed to be read, and as a QR code.
        package var link: String?

        package init(
            heading: String, figure: String? = nil, paragraphs: [String] = [],
            table: Table? = nil, code: String? = nil, link: String? = nil
        ) {
            self.heading = heading
            self.figure = figure
            self.paragraphs = paragraphs
            self.table = table
            self.code = code
            self.link = link
        }
    }

    package struct Table: Hashable, Sendable {
        package var columns: [String]
        /// Each with a cell for every column.
        package var rows: [[String]]

        package init(columns: [String], rows: [[String]]) {
            self.columns = columns
            self.rows = rows
        }
    }

    /// The list: landscape, many a page, each name with its number, counted from 1.
    package struct Names: Hashable, Sendable {
        package var heading: String
        /// Above the first page's names.
        package var note: String?
        package var names: [String]

        package init(heading: String, note: String? = nil, names: [String]) {
            self.heading = heading
            self.note = note
            self.names = names
        }
    }

    package var cover: LetterSheet
    package var parts: [Part]
    package var names: Names?
    /// "page x of y".
    package var page: @Sendable (_ page: Int, _ count: Int) -> String

    package init(
        cover: LetterSheet, parts: [Part], names: Names? = nil,
        page: @escaping @Sendable (_ page: Int, _ count: Int) -> String
    ) {
        self.cover = cover
        self.parts = parts
        self.names = names
        self.page = page
    }

    /// In memory; a list of 50,000 names has some megabytes.
    package func pdf() throws(PressProblem) -> [UInt8] {
        let plan = try plan()
        return try PDFDocument.make(cover.about) { document throws(PressProblem) in
            try print(on: document, plan) { _, _ in }
        }
    }

    /// Into a file that only its owner can read, page by page; if anything is wrong none is left.
    /// - Parameter progress: called after every page of names: how many are printed, of how many.
    package func write(
        to path: String, progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) throws(PressProblem) {
        let plan = try plan()
        try PDFDocument.write(cover.about, to: path) { document throws(PressProblem) in
            try print(on: document, plan, progress)
        }
    }

    /// The names that this machine has no letters for, to be told before anything is printed.
    /// - Parameter language: BCP 47, of the document.
    package static func unprintable(
        _ names: [String], language: String
    ) throws(PressProblem) -> [(index: Int, name: String)] {
        let about = PDFDocument.About(title: "", language: language, direction: .ltr, author: "")
        return try PDFDocument.rehearse(about) { document in
            names.indices.filter { !document.canPrint(names[$0], NameList.style) }
        }.map { ($0, names[$0]) }
    }

    private struct Plan {
        let pages: Int
        let list: NameList?
    }

    /// Everything is set once without a document, since each page says how many there are.
    private func plan() throws(PressProblem) -> Plan {
        try PDFDocument.rehearse(cover.about) { document throws(PressProblem) in
            try LetterPage(document, cover).print()
            DeliveryPages(document, self, pages: 0).print()
            let list = names.map { NameList($0, cover, on: document) }
            return Plan(pages: document.pageCount + (list?.pages.count ?? 0), list: list)
        }
    }

    private func print(
        on document: PDFDocument, _ plan: Plan, _ progress: (_ done: Int, _ total: Int) -> Void
    ) throws(PressProblem) {
        try LetterPage(document, cover).print()
        DeliveryPages(document, self, pages: plan.pages).print()
        plan.list?.print(
            on: document, label: { page($0, plan.pages) }, progress)
    }
}
