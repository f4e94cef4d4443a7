import ArgumentParser
import Authoring
import Domain
import Foundation
import Ledger
import Storage
import StorageSQLite

struct FreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze",
        abstract: "Write all that the newest checkpoint counts to a file for the keeper.",
        discussion: """
            Sealed records, checkpoint with cosignatures, ledger and text of the action; opens nothing. The \
            action may be open: who is counted later comes with a second delivery.
            """)

    @OptionGroup var installation: Installation
    @Argument(help: "The action.") var slug: String
    @Option(help: "The file to write.") var out: String
    @Flag(help: "Though the policy asks for more witnesses than have signed; the letter says so.")
    var withoutWitnesses = false

    @Option(
        help: "Seconds to wait for what is not there yet (default: two batches and a half minute).")
    var wait: Int?

    private static let pageSize = 500

    func run() async throws {
        guard !FileManager.default.fileExists(atPath: out) else {
            throw Refusal("\(out) exists. Move it away, or choose another name.")
        }
        let (store, organisation) = try await installation.open()
        let settings = try installation.settings
        let policy = try settings.witnessPolicy.map { file in
            guard let bytes = FileManager.default.contents(atPath: file.path) else {
                throw Refusal("OUTCRY_WITNESS_POLICY names \(file.path), which cannot be read.")
            }
            return Array(bytes)
        }
        let freezer = Freezer(
            store: store, slug: slug, policy: policy, withoutWitnesses: withoutWitnesses,
            files: DiskFiles(folder: settings.data.appending(path: ledgerFolderName)))
        let deadline = Date() + Double(wait ?? 2 * (settings.ledgerInterval ?? 60) + 30)
        var said = ""
        while true {
            do throws(Freezer.Delay) {
                let frozen = try await freezer.freeze()
                let origin = settings.origin ?? organisation.origin
                let head = frozen.head(organisation: organisation.name, origin: origin)
                try await write(frozen, head, store)
                break
            } catch {
                guard case .wait(let reason) = error else { throw error.reason }
                guard Date() < deadline else { throw Refusal(reason, mayPass: true) }
                if reason != said { say("Waiting. \(reason)") }
                said = reason
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func write(
        _ frozen: Freezer.Frozen, _ head: FrozenFile.Head, _ store: any Store
    ) async throws(Freezer.Delay) {
        do {
            var writer = try FrozenWriter(head, out: out)
            defer { writer.discard() }
            for (path, bytes) in frozen.files { try writer.add(path, bytes) }
            var progress = Progress(total: frozen.records.count, what: "records")
            var last: RecordID?
            while true {
                let after = last
                let page = try await store.read {
                    try $0.records(of: frozen.action.id, after: after, limit: Self.pageSize)
                }
                guard let final = page.last else { break }
                last = final.id
                let counted = page.filter { frozen.records.contains($0.id) }
                try writer.add(records: counted.map(ExportFile.line))
                progress.advance(by: counted.count)
            }
            progress.finish()
            guard progress.done == head.number else {
                throw Freezer.Delay.wait(Freezer.takenBack(head.number - progress.done))
            }
            try writer.finish()
        } catch let delay as Freezer.Delay {
            throw delay
        } catch {
            throw .failed(error)
        }
        report(frozen, head)
    }

    private func report(_ frozen: Freezer.Frozen, _ head: FrozenFile.Head) {
        say("\(head.number) sealed records in \(out), at \(head.size) entries of the ledger.")
        let names = frozen.cosigned.sorted().joined(separator: ", ")
        say(names.isEmpty ? "No witness has signed its checkpoint." : "Cosigned by: \(names).")
        say("On the keeper's computer: outcry deliver --in FILE --book BOOK ... --dry-run")
    }
}
