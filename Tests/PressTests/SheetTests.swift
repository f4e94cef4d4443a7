import Domain
import Press
import Testing

@Suite("Sheets for the street")
struct SheetTests {
    private func sheet(
        _ paper: Paper = .a4, direction: Direction = .ltr, paragraphs: Int = 3,
        warning: String? = nil
    ) -> ActionSheet {
        let head = SheetHead(
            paper: paper, language: "en", textDirection: direction, direction: direction,
            organisation: "Example Rights Network", identity: ["UA 1/2026", "Nowhere"],
            title: "Let them go home", recipient: "To the President", demand: "Let them go.",
            address: "rights.example/actions/a", link: "https://rights.example/actions/a",
            warning: warning, solid: Colour(red: 0x4a, green: 0x1a, blue: 0x8c), onSolid: .white)
        var sheet = ActionSheet(
            head: head,
            labels: .init(
                banner: "Urgent action", facts: "How many?", act: "Take action",
                actText: "Write.", letter: "A letter", more: "More", days: "Days",
                sources: "Sources", check: "Look here:", cut: "This goes on elsewhere",
                pages: ["1", "2"]),
            summary: "Many are held.", until: "Act now.")
        sheet.heads = ["Detained", "Held"]
        sheet.facts = [.init(who: "A witness", source: "[1]", cells: ["100", "not stated"])]
        sheet.targets = [
            .init(
                name: "The President", office: "President",
                ways: [(label: "Post", lines: ["Street 1", "Town"])], notes: ["Be polite."])
        ]
        sheet.letter = ["Your Excellency,"] + Array(repeating: Self.words, count: paragraphs)
        sheet.story = [.init(heading: "What happened", paragraphs: sheet.letter)]
        sheet.days = [(when: "22 September", text: "It began.")]
        sheet.sources = ["A report, 2026"]
        return sheet
    }

    private static let words = String(
        repeating: "They came at night and took whom they found. ", count: 6)

    private func petition(demand: String = "Let them go.") -> PetitionSheet {
        PetitionSheet(
            head: SheetHead(
                paper: .a4, language: "en", textDirection: .ltr, direction: .ltr,
                organisation: "Example Rights Network", identity: ["UA 1/2026"],
                title: "A title", recipient: "To the President", demand: demand,
                address: "rights.example/actions/a", link: "https://rights.example/actions/a",
                warning: nil, solid: .black, onSolid: .white),
            labels: .init(
                banner: "Petition", heads: ["No.", "Name", "Place", "Signature"],
                back: [(label: "Return to", text: "us")], check: "Look here:"),
            promise: "We count by hand.")
    }

    @Test("A sheet is the same bytes each time, for each paper and direction its own")
    func deterministic() throws {
        let pdf = try sheet().pdf()
        #expect(pdf.starts(with: Array("%PDF-".utf8)))
        #expect(try sheet().pdf() == pdf)
        #expect(try sheet(.usLetter).pdf() != pdf)
        #expect(try sheet(direction: .rtl).pdf() != pdf)
        #expect(try sheet(warning: "Please do not send").pdf() != pdf)
    }

    @Test("However long the texts, there is a sheet", arguments: [0, 8, 60])
    func long(paragraphs: Int) throws {
        var sheet = sheet(paragraphs: paragraphs)
        sheet.facts = Array(repeating: sheet.facts[0], count: max(1, paragraphs))
        sheet.sources = Array(repeating: sheet.sources[0], count: max(1, paragraphs))
        sheet.days = Array(repeating: sheet.days[0], count: max(1, paragraphs))
        #expect(try !sheet.pdf().isEmpty)
    }

    @Test("What no font can print is said rather than left out")
    func glyphs() throws {
        var sheet = sheet()
        sheet.head.title = "Let \u{10ffff} go"
        #expect(throws: PressProblem.missingGlyphs(["\u{10ffff}"])) { try sheet.pdf() }
    }

    @Test("A petition has room to sign, or says that it has none")
    func petition() throws {
        #expect(try petition().pdf() == petition().pdf())
        let endless = String(repeating: "Let them go. ", count: 1_500)
        #expect(throws: PressProblem.self) { try petition(demand: endless).pdf() }
    }
}
