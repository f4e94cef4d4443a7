import Domain
import Foundation
import Languages
import Ledger
import Press

/// The words of one delivery's letter, in the language of its target.
struct DeliveryLetter {
    let count: DeliveryCount
    let target: Target
    let texts: Texts
    let what: DeliveryStatement.What
    let regions: RegionTable?
    let sentences: [String]
    /// How many names are left out because no font has their letters.
    let unprintable: Int

    private var language: String { texts.language }
    private var content: ActionContent { count.content }
    private var translation: Translation { content.shown(in: language) }
    private var number: Int { count.ledger.counted }

    var fileName: String { "letter-\(target.id).pdf" }

    var date: String { Day(count.head.day).map(texts.date) ?? count.head.day }

    var subject: String { texts("deliver.subject", ["title": translation.title]) }

    /// As in the window of an envelope.
    var recipient: [String] {
        let country = target.post?.country.map { texts.country($0).uppercased() }
        return [target.title?.in(language), target.name.in(language), target.office.in(language)]
            .compactMap { $0 } + (target.post?.lines ?? []) + [country].compactMap { $0 }
    }

    var salutation: String {
        target.salutation.map { $0.in(language) + texts("mark.comma").trimmed }
            ?? texts("deliver.salutation")
    }

    var opening: String {
        texts.plural(what == .collective ? "deliver.together" : "deliver.opening", number)
    }

    var demand: String { translation.demand }

    /// What is known, by whom it is said, one a line; what was replaced is left out.
    var claims: [String] {
        content.claims.filter { $0.supersededBy == nil && $0.corrected == nil }.compactMap {
            claim in
            guard let source = content.source(claim.source),
                let figure = content.figures.first(where: { $0.id == claim.figure })
            else { return nil }
            let title = [
                isolated(source.publisher), isolated(source.title),
                isolated(texts.date(source.date)),
            ]
            return """
                \(figure.label.in(language)): \(value(claim)) – \(isolated(claim.who.in(language))) \
                (\(title.joined(separator: texts("mark.comma"))))
                """
        }
    }

    private func value(_ claim: Claim) -> String {
        guard let value = claim.value else { return texts("claim.some") }
        let number = texts.number(value)
        return switch claim.qualifier {
        case .exactly, .some: number
        case .about: texts("claim.about", ["number": number])
        case .atLeast: texts("claim.atleast", ["number": number])
        case .moreThan: texts("claim.morethan", ["number": number])
        }
    }

    /// What the number proves, and where it can be recounted.
    var proof: [String] {
        let paper = count.ledger.paper
        return [
            texts("deliver.proof"), paper > 0 ? texts.plural("deliver.paper", paper) : nil,
            texts("deliver.recount"),
        ].compactMap { $0 }
    }

    var witnesses: [String] {
        let names = count.cosigned.sorted().map(isolated).joined(separator: texts("mark.comma"))
        return [
            names.isEmpty
                ? texts("deliver.notcosigned") : texts("deliver.cosigned", ["names": names]),
            count.isWithoutWitnesses ? texts("deliver.toofew") : nil,
        ].compactMap { $0 }
    }

    /// The checkpoint with all signatures below it.
    var note: String { String(decoding: count.log["checkpoint"] ?? [], as: UTF8.self).trimmed }

    /// Where the number can be recounted.
    var link: String { "\(count.head.origin)/actions/\(count.head.slug)" }

    /// The regions with their numbers, as the letter's language has them.
    var regionRows: [(name: String, number: String)] {
        guard let regions else { return [] }
        return regions.rows.map { code, count in
            (
                code == RegionTable.otherCode ? texts("regions.other") : texts.country(code),
                texts.number(count)
            )
        }
    }

    var regionsText: String {
        texts("regions.text", ["number": texts.number(RegionTable.smallest)])
    }

    /// Who is in the list, and who is not.
    var namesText: [String] {
        // The opening of a letter of all says so.
        if what == .collective { return [] }
        guard what == .names else { return [texts("deliver.nonames")] }
        let unnamed = number - count.supporters.named.count
        return [
            unnamed > 0 ? texts.plural("deliver.unnamed", unnamed) : nil,
            unprintable > 0 ? texts.plural("deliver.left", unprintable) : nil,
        ].compactMap { $0 }
    }
}
