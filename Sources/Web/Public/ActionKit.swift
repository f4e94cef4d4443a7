import Domain
import Languages
import Press
import Storage

/// Everything that one hands out, pins up, posts and shares for an action, in one zip.
struct ActionKit {
    let print: SheetPrint
    /// The model letter, without a writer.
    let letter: LetterSheet
    /// The language of the kit's address.
    let asked: Texts
    let paper: Paper
    let today: Day

    private var texts: Texts { print.texts }
    private var action: PublishedAction { print.action }

    func zip() throws -> [UInt8] {
        var zip = ZipBundle()
        var lines: [String] = []
        func add(_ name: String, _ about: String, _ bytes: [UInt8]?) throws {
            guard let bytes else { throw PageError.busy }
            zip.add("\(action.slug)/\(name)", bytes)
            lines.append("\(name) – \(texts(about))")
        }
        try add("sheet.pdf", "kit.sheet", try print.sheet(paper).pdf())
        try add("petition.pdf", "kit.petition", try print.petition(paper).pdf())
        try add("letter.pdf", "kit.letter", try letter.pdf())
        try add("card.png", "kit.card", ShareCard(action, asked, print.organisation).png())
        try add("qr.svg", "kit.qr", QRCode(print.link).map { Array($0.svg.utf8) })
        try add(
            "deadline.ics", "kit.calendar",
            ActionCalendar(
                texts: asked, action: action, origin: print.organisation.origin
            ).bytes)
        try add("texts.txt", "kit.texts", Array(shared.utf8))
        zip.add("\(action.slug)/README.txt", Array(readMe(lines).utf8))
        guard let bytes = zip.zip() else { throw PageError.busy }
        return bytes
    }

    private var title: String {
        "\(print.translation.title)\n\(print.identity.joined(separator: " · "))"
    }

    private var state: String {
        let asOf = texts("kit.asof", ["date": texts.date(today)])
        let words = texts.ended(action.state) ?? texts("state.\(action.state.rawValue)")
        return "\(asOf) \(words)"
    }

    private func readMe(_ lines: [String]) -> String {
        let parts = [
            title, state, texts("kit.lead") + "\n" + print.link, lines.joined(separator: "\n"),
            print.organisation.name,
        ]
        return parts.joined(separator: "\n\n") + "\n"
    }

    /// From the shortest to the longest, each with the address.
    private var shared: String {
        let (words, claims) = (print.translation, print.claims)
        if let warning = texts.ended(action.state) {
            return "\(words.title)\n\n\(warning)\n\(print.link)\n"
        }
        let brief = words.brief.map { "\($0.when): \(claims.plain($0.text))" }
        let parts = [
            words.title, claims.plain(words.call), claims.plain(words.demand),
            claims.plain(words.summary), brief.joined(separator: "\n"),
        ].filter { !$0.isEmpty }
        return parts.map { "\($0)\n\(print.link)\n" }.joined(separator: "\n---\n\n")
    }
}

extension QRCode {
    /// A picture of its own with the quiet zone, black on white.
    var svg: String {
        let (start, side) = (-Self.quietZone, size + 2 * Self.quietZone)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(10 * side)" height="\(10 * side)" \
            viewBox="\(start) \(start) \(side) \(side)" shape-rendering="crispEdges">\
            <path fill="#fff" d="M\(start) \(start)h\(side)v\(side)h-\(side)z"/>\
            <path stroke="#000" d="\(path)"/></svg>

            """
    }
}
