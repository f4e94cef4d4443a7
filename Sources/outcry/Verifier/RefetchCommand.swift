import ArgumentParser
import Domain
import Foundation
import Ledger
import Storage
import StorageSQLite

struct RefetchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refetch",
        abstract: "After a restore: take over what was published since the backup.")

    @OptionGroup var installation: Installation
    @Argument(help: "The action.") var slug: String
    @Option(
        help: """
            Where the published ledger is: a folder, or the address of a copy; by default the files \
            beside the database.
            """)
    var from: String?
    @Flag(
        help: """
            After a restore: the published ledger is lost, and nobody kept a copy. Whoever did will \
            see that the history was written anew.
            """)
    var lost = false

    func run() async throws {
        let settings = try installation.settings
        let folder = DataFolder(settings: settings)
        // Nothing may be signed meanwhile.
        let lock = try folder.lock()
        defer { close(lock) }
        let (store, organisation) = try await folder.open()
        let marker = RestoredMarker(settings)
        if lost { return try giveUp(marker) }
        let (slug, key) = (slug, try Credentials(settings.credentials).logKey(mayMake: false))
        let (action, row) = try await store.read { transaction in
            let action = try find(slug, transaction)
            return (action.id, try transaction.ledger(of: action.id))
        }
        let identity = Sequencer.Identity(key: key, origin: settings.origin ?? organisation.origin)
        let origin = row?.origin ?? identity.origin(slug: slug)
        let source = from ?? settings.data.appending(path: "\(ledgerFolderName)/\(slug)").path
        do {
            let refetch = try await Refetch(
                row, action: action, origin: origin, key: key, file: files(of: source))
            let now = moment()
            let report = try await store.write {
                try refetch.write(
                    in: $0, nowMilliseconds: now.milliseconds, today: now.day)
            }
            say(
                """
                \(slug) has \(report.size) entries again, as published. \(report.takenBack) signatures \
                that were taken back since the backup are taken out. \(report.lost) that were counted \
                since stay in the number, but their records are lost with the old disk.
                """)
        } catch Refetch.Problem.nothingNewer(let size) {
            try marker.clear(slug)
            throw Refusal(explain(.nothingNewer(size: size), source))
        } catch let problem as Refetch.Problem {
            throw Refusal(explain(problem, source))
        }
        try marker.clear(slug)
        try store.close()
    }

    private func giveUp(_ marker: RestoredMarker) throws {
        guard from == nil else { throw Refusal("Give --from or --lost, not both.") }
        guard marker.slugs.contains(slug) else {
            throw Refusal("Nothing of \(slug) is missing after a restore. Nothing was changed.")
        }
        try marker.clear(slug)
        say(
            """
            \(slug) goes on from the backup. What was counted and taken back since is forgotten, and \
            whoever kept a checkpoint since can show it: tell people, on the page if you can.
            """)
    }

    /// The bytes of a published file by its name; nil for what is not there.
    private func files(of source: String) throws -> (String) async throws -> [UInt8]? {
        let source = try LedgerSource(source)
        return { name in
            do {
                return try source.read(name, atMost: Self.longestFile)
            } catch LedgerSource.Failure.missing {
                return nil
            }
        }
    }

    private static let longestFile = 16 << 20

    private func explain(_ problem: Refetch.Problem, _ source: String) -> String {
        switch problem {
        case .missing(let name): "\(source) has no \(name), or a damaged one. Nothing was changed."
        case .notOurs:
            "The checkpoint of \(source) is not signed by this installation. Nothing was changed."
        case .nothingNewer(let size):
            "\(source) has \(size) entries, no more than are here. Nothing was changed."
        case .contradiction(let what):
            "\(source) contradicts what is here: \(what). Nothing was changed."
        }
    }
}
