import Domain
import Languages
import Ledger
import Press
import Unsealing

extension DeliveryLetter {
    /// The letter as the press prints it, with the names that it can print.
    func document(names: [String], on paper: Paper) -> DeliveryDocument {
        let texts = texts
        return DeliveryDocument(
            cover: cover(on: paper), parts: parts,
            names: what == .names
                ? .init(
                    heading: texts.plural("deliver.names", count.supporters.named.count),
                    note: namesText.isEmpty ? nil : namesText.joined(separator: " "), names: names)
                : nil
        ) { page, pages in
            texts(
                "deliver.page", ["page": texts.number(page), "pages": texts.number(pages)])
        }
    }

    private func cover(on paper: Paper) -> LetterSheet {
        LetterSheet(
            paper: paper, window: Window(country: target.post?.country),
            sender: [count.head.organisation], recipient: recipient, date: date, subject: subject,
            paragraphs: [salutation, opening, demand] + (what == .names ? [] : namesText)
                + [texts("deliver.closing")],
            signature: count.head.organisation, language: texts.language,
            direction: texts.direction, address: link.shortAddress, link: link)
    }

    private var parts: [DeliveryDocument.Part] {
        var parts = [
            DeliveryDocument.Part(
                heading: texts("deliver.number"), figure: texts.number(count.ledger.counted),
                paragraphs: proof,
                link: "\(count.head.origin)/\(texts.language)/actions/\(count.head.slug)/verify"),
            .init(heading: texts("deliver.signed"), paragraphs: witnesses, code: note),
        ]
        if regions != nil {
            let head = [texts("regions.region"), texts("regions.count")]
            parts.append(
                .init(
                    heading: texts("regions.title"), paragraphs: [regionsText],
                    table: .init(columns: head, rows: regionRows.map { [$0.name, $0.number] })))
        }
        if !sentences.isEmpty {
            parts.append(.init(heading: texts("deliver.sentences"), paragraphs: sentences))
        }
        if !claims.isEmpty {
            parts.append(.init(heading: texts("deliver.claims"), paragraphs: claims))
        }
        return parts
    }
}

extension String {
    /// An address without the beginning that nobody types.
    fileprivate var shortAddress: String {
        let scheme = ["https://", "http://"].first { hasPrefix($0) } ?? ""
        return String(dropFirst(scheme.count))
    }
}

/// Names that no font of this machine can print. Throws `Refusal` if there is no memory.
func unprintableNames(_ names: [String], language: String) throws -> [String] {
    do throws(PressProblem) {
        return try DeliveryDocument.unprintable(names, language: language).map(\.name)
    } catch {
        throw Refusal(explain(error, "the list of names"))
    }
}

func explain(_ problem: PressProblem, _ what: String) -> String {
    switch problem {
    case .missingGlyphs(let words):
        """
        No font on this computer has all letters of these words in \(what): \
        \(visible(words.joined(separator: ", "))). Install fonts for them: apt install fonts-noto. \
        Nothing was written.
        """
    case .tooLong(let lines):
        """
        The letter in \(what) is \(lines) lines too long for its page. Give another --language, or \
        shorten the demand in the action's next version. Nothing was written.
        """
    case .noMemory: "There is not enough memory to print \(what). Nothing was written."
    }
}
