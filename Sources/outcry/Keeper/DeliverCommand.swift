import ArgumentParser
import Domain
import Foundation
import Languages
import Ledger
import Mail
import Press
import Sealing
import Unsealing

struct DeliverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliver",
        abstract: "Check and print a delivery; run on the keeper's computer, offline.",
        discussion: """
            Checks the ledger in the frozen file, opens its records, and compares the two. Then prints a \
            letter to each target and packs all that proves its number. Gives out the least unless told \
            otherwise: never an e-mail address, never a message that was not picked, a name only of those \
            who agreed to that.
            """)

    @OptionGroup var keys: KeeperKeys
    @Option(name: .customLong("in"), help: "The file of outcry delivery freeze.") var input: String
    @Option(help: "The zip to write.") var out = "delivery.zip"
    @Option(help: "number, regions (of the world, from ten upwards) or names (of who agreed).")
    var include = Level.number
    @Flag(help: "One letter of all, without names: for people who cannot give theirs.")
    var collective = false
    @Option(help: "Only for this target; may be repeated.") var target: [String] = []
    @Option(help: "The letter's language (default: the target's, else English).")
    var language: String?
    @Option(help: "Sentences to print that you picked from messages, one a line.")
    var sentences: String?
    @Option(help: "Also write regions.csv here, for outcry delivery regions.")
    var regionTable: String?
    @Option(help: "a4 or letter (default: as the target's country has it).") var paper: PaperName?
    @Option(help: "The log's key, as you got it from somewhere else than the server.")
    var vkey: String?
    @Option(help: "The installation's address, if it is not the one that its ledger began with.")
    var movedTo: String?
    @Option(help: "A policy file: which witnesses must have signed.") var policy: String?
    @Flag(help: "Leave names that no font here can print out of the letter, and say so in it.")
    var allowUnprintable = false
    @Flag(help: "Check and count all of it, print and write nothing.") var dryRun = false
    @Flag(help: "As JSON.") var json = false

    enum Level: String, ExpressibleByArgument { case number, regions, names }

    enum PaperName: String, ExpressibleByArgument {
        case a4, letter

        var paper: Paper { self == .a4 ? .a4 : .usLetter }
    }

    func validate() throws {
        guard !(collective && include == .names) else {
            throw ValidationError("A collective letter has no names: --include number or regions.")
        }
        guard vkey == nil || givenKey != nil else {
            throw ValidationError(
                "--vkey is no key of a log. Give the whole text: <name>+<8 digits>+<base64>.")
        }
    }

    private var givenKey: NoteKey? {
        vkey.flatMap { NoteKey($0) }.flatMap { $0.kind == .log ? $0 : nil }
    }

    func run() async throws {
        forbidDumps()
        umask(0o077)
        guard dryRun || !FileManager.default.fileExists(atPath: out) else {
            throw Refusal("\(out) exists. Move it away, or choose another name with --out.")
        }
        let chosen = try sentences.map { try ChosenSentences(path: $0) }
        let reader = try FrozenReader(path: input)
        let counter = DeliveryCounter(
            reader: reader, opener: try keys.opener(), key: givenKey,
            givenPolicy: try policy.map {
                try LedgerSource.read(URL(filePath: $0), named: $0, atMost: 1 << 18)
            }, movedTo: movedTo)
        let count = try await counter.count()
        try chosen?.refuse(
            names: unprinted(count.supporters), exceptIn: count.content.publicTexts)
        let plan = try plan(count, chosen?.lines ?? [])
        try plan.refuseUnprintable(unless: allowUnprintable)
        if dryRun { return try report(plan, hash: nil) }
        let zip = try plan.bundle(draft: out + ".letter").zip()
        try write(zip, to: out)
        if let regionTable, let regions = plan.regions {
            try write(DeliveryBundle.regions(regions), to: regionTable)
        }
        try report(plan, hash: digest(zip).hex)
    }

    /// Names that may stand nowhere in these letters. Where names are printed, the only letter is to
    /// the target that people agreed to.
    private func unprinted(_ supporters: DeliveryCount.Supporters) -> Set<String> {
        what == .names
            ? supporters.unnamed.subtracting(supporters.named)
            : supporters.unnamed.union(supporters.named)
    }

    private func plan(_ count: DeliveryCount, _ sentences: [String]) throws -> DeliveryPlan {
        let targets = try targets(count.content)
        let regions = try include == .regions ? self.regions(count, targets) : nil
        let languages = try Languages()
        if let language, languages[language] == nil {
            let known = languages.tags.joined(separator: ", ")
            throw Refusal("There are no letters in \(language). There are: \(known).")
        }
        return try DeliveryPlan(
            count: count, targets: targets, what: what, regions: regions, sentences: sentences,
            language: language, paper: paper?.paper, languages: languages)
    }

    private func regions(_ count: DeliveryCount, _ targets: [Target]) throws -> RegionTable {
        let size = count.checkpoint.size
        if let former = count.before.deliveryWithUnpublishedRegions(besides: size) {
            throw Refusal(unpublished(former))
        }
        let own = Set(targets.compactMap(\.post?.country) + [count.content.country])
        guard let table = RegionTable(counts: count.supporters.countries, hiding: own) else {
            throw Refusal(
                """
                So few signatures cannot be told by region: no region could be shown without giving \
                away a small one. Deliver with --include number.
                """)
        }
        if let former = count.before.regions.first(where: { table.differsByFew(from: $0.table) }) {
            throw Refusal(tooNear(former))
        }
        return table
    }

    private var what: DeliveryStatement.What {
        if collective { return .collective }
        return switch include {
        case .number: .number
        case .regions: .regions
        case .names: .names
        }
    }

    /// Names go to nobody but the target that people agreed to when they signed: the first.
    private func targets(_ content: ActionContent) throws -> [Target] {
        let known = content.targets.map(\.id).joined(separator: ", ")
        let chosen = try target.map { id in
            guard let target = content.targets.first(where: { $0.id == id }) else {
                throw Refusal("There is no target \(id). There are: \(known).")
            }
            return target
        }
        guard include == .names else { return chosen.isEmpty ? content.targets : chosen }
        let asked = Array(content.targets.prefix(1))
        guard chosen.isEmpty || chosen.map(\.id) == asked.map(\.id) else {
            throw Refusal(
                """
                People agreed to show their names to \(asked.first?.id ?? "") and to nobody else. \
                Deliver to others with --include number.
                """)
        }
        return asked
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let draft = URL(filePath: path + ".part")
        defer { unlink(draft.path) }
        try writePrivate(Data(bytes), to: draft)
        guard rename(draft.path, path) == 0 else {
            throw Refusal("\(path) cannot be written. Check its folder.")
        }
        synchronizeFolder(of: draft)
    }

    private struct Report: Encodable {
        let number: Int
        let size: Int
        let includes: String
        let named: Int?
        let unprintable: Int
        let organisation: String
        let origin: String
        /// Whether the log's key came with the log.
        let isKeyFromFile: Bool
        let targets: [String: String]
        let sha256: String?
    }

    /// What the frozen file claims and nothing proves.
    private func sayWhose(_ head: FrozenFile.Head) {
        say(
            "In the name of \(visible(head.organisation)), at \(head.origin). See that this is you."
        )
        guard givenKey == nil else { return }
        say(
            """
            The log's key came from the same file, so it does not prove which log this is: give the one \
            that you have from elsewhere with --vkey.
            """)
    }

    private func report(_ plan: DeliveryPlan, hash: String?) throws {
        let count = plan.count
        let (number, size) = (count.ledger.counted, count.checkpoint.size)
        sayWhose(count.head)
        if json {
            try printJSON(
                Report(
                    number: number, size: size, includes: plan.what.rawValue,
                    named: plan.what == .names ? count.supporters.named.count : nil,
                    unprintable: plan.unprintable.count, organisation: count.head.organisation,
                    origin: count.head.origin, isKeyFromFile: givenKey == nil,
                    targets: Dictionary(
                        uniqueKeysWithValues: plan.letters.map { ($0.target.id, $0.texts.language) }
                    ),
                    sha256: hash))
            return
        }
        say("The ledger verifies: \(number) signatures, \(size) entries. All \(number) opened.")
        for letter in plan.letters {
            say("A letter to \(letter.target.id), in \(letter.texts.language).")
        }
        if plan.what == .names {
            say("\(count.supporters.named.count) agreed that their name is in it.")
        }
        guard let hash else { return say("Nothing was written: --dry-run.") }
        say("\(out) is ready. SHA-256: \(hash)")
        say("On the server, before you hand it over:")
        for target in plan.targets {
            print(
                """
                outcry delivery record \(count.head.slug) --hash \(hash) --to \(target.id) \
                --include \(plan.what.rawValue) --number \(number) --size \(size)
                """)
        }
        if plan.regions != nil {
            print("outcry delivery regions \(count.head.slug) --in regions.csv --size \(size)")
        }
    }
}

extension ActionContent {
    /// All that everybody may read of it.
    fileprivate var publicTexts: [String] {
        translations.flatMap { [$0.title, $0.summary, $0.demand, $0.body, $0.letter] }
            + targets.flatMap { Array($0.name.byLanguage.values) }
    }
}
