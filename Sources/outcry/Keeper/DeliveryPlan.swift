import Domain
import Foundation
import Languages
import Ledger
import Press
import Unsealing

/// What is printed and packed, for whom and in which language.
struct DeliveryPlan {
    let count: DeliveryCount
    let targets: [Target]
    let what: DeliveryStatement.What
    let regions: RegionTable?
    let letters: [DeliveryLetter]
    /// Names of people who agreed that no font here can print.
    let unprintable: [String]
    private let printable: [String]
    /// Nil for what the target's country uses.
    private let paper: Paper?

    init(
        count: DeliveryCount, targets: [Target], what: DeliveryStatement.What,
        regions: RegionTable?,
        sentences: [String], language: String?, paper: Paper?, languages: Languages
    ) throws {
        self.count = count
        self.targets = targets
        self.what = what
        self.regions = regions
        self.paper = paper
        let names = what == .names ? count.supporters.named : []
        let missing = Set(try unprintableNames(names, language: language ?? "en"))
        unprintable = names.filter(missing.contains)
        printable = names.filter { !missing.contains($0) }
        let left = unprintable.count
        letters = targets.map { target in
            let wanted = language ?? target.language ?? count.content.translations[0].language
            return DeliveryLetter(
                count: count, target: target, texts: languages[wanted] ?? languages.fallback,
                what: what, regions: regions, sentences: sentences, unprintable: left)
        }
    }

    private static let mostListed = 200

    /// Lists the names that cannot be printed, before anything is; throws `Refusal` for them
    /// `unless` that is agreed to.
    func refuseUnprintable(unless isAllowed: Bool) throws {
        guard !unprintable.isEmpty else { return }
        say("No font on this computer has all letters of these names:")
        for name in unprintable.prefix(Self.mostListed) { say("- \(visible(name))") }
        if unprintable.count > Self.mostListed {
            say("- and \(unprintable.count - Self.mostListed) more")
        }
        guard isAllowed else {
            throw Refusal(
                """
                Nothing was written. Install fonts for them (apt install fonts-noto), or leave these names out \
                of the printed list with --allow-unprintable: they are in names.csv, and the letter says so.
                """)
        }
    }

    /// Prints the letters and packs them. Each is printed into `draft`, which is gone afterwards.
    /// Throws `Refusal` for what cannot be printed.
    func bundle(draft: String) throws -> DeliveryBundle {
        defer { unlink(draft) }
        let printed = try letters.map { letter in
            (name: letter.fileName, pdf: try print(letter, into: draft))
        }
        return DeliveryBundle(
            count: count, what: what, letters: printed,
            names: what == .names ? count.supporters.named : nil, regions: regions)
    }

    private func print(_ letter: DeliveryLetter, into draft: String) throws -> [UInt8] {
        let paper = paper ?? Paper(country: letter.target.post?.country)
        var progress = Progress(total: printable.count, what: "names")
        do throws(PressProblem) {
            try letter.document(names: printable, on: paper).write(to: draft) { done, _ in
                progress.advance(by: done - progress.done)
            }
        } catch {
            throw Refusal(explain(error, letter.fileName))
        }
        progress.finish()
        return Array(try Data(contentsOf: URL(filePath: draft)))
    }
}
