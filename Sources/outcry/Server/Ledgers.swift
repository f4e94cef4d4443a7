import Domain
import Foundation
import Ledger
import Logging
import Storage

/// The folder of the published files, one folder in it for each action.
let ledgerFolderName = "ledger"

/// The ledgers of an installation, ready to be signed and served.
struct Ledgers {
    let service: LedgerService
    let standings = Standings()
    let files: DiskFiles
    let interval: Int

    /// Throws `Refusal` if anything here contradicts what was signed before.
    init(
        settings: Settings, store: any Store, origin: String, credentials: Credentials,
        isDemo: Bool, trustsClock: Bool, logger: Logger, now: @escaping @Sendable () -> Double
    ) async throws {
        if trustsClock {
            let milliseconds = Int(now() * 1_000)
            try await store.write { try $0.trustClock(nowMilliseconds: milliseconds) }
        }
        let isNew = try await store.read { try $0.ledgers() }.isEmpty
        let key = try credentials.logKey(mayMake: isNew)
        let identity = Sequencer.Identity(key: key, origin: origin)
        let files = DiskFiles(folder: settings.data.appending(path: ledgerFolderName))
        let marker = RestoredMarker(settings)
        try marker.requirePublished(in: files.folder, data: settings.data)
        let sequencer = Sequencer(
            store: store, identity: identity, now: now,
            isPublished: { files.byteCount("\($0)/checkpoint") != nil })
        let publisher = Publisher(
            store: store, files: files, identity: identity, standings: standings)
        self.files = files
        interval = settings.ledgerInterval ?? (isDemo ? 5 : 60)
        service = LedgerService(
            sequencer: sequencer, publisher: publisher, interval: interval, logger: logger,
            witnesses: try witnesses(settings).map {
                ($0, key.publicKey(named: identity.origin(slug: "any")), askWitness())
            })
        do {
            try await service.start()
            marker.remove()
        } catch let problem as Sequencer.LoadProblem {
            throw Refusal(explain(problem, settings))
        } catch let contradiction as Publisher.Contradiction {
            throw Refusal(explain(contradiction, settings))
        } catch let failure as DiskFiles.Failure {
            throw Refusal(
                """
                The ledgers cannot be published in \(files.folder.path): \(failure). Check the \
                folder's owner and the disk.
                """)
        }
    }
}

/// The witnesses of the policy file; nil if none is set. Throws `Refusal` for a file that cannot be
/// used.
private func witnesses(_ settings: Settings) throws -> [WitnessPolicy.Witness]? {
    guard let file = settings.witnessPolicy else { return nil }
    guard let bytes = FileManager.default.contents(atPath: file.path) else {
        throw Refusal("OUTCRY_WITNESS_POLICY names \(file.path), which cannot be read.")
    }
    do throws(PolicyProblem) {
        return try WitnessPolicy(Array(bytes)).witnesses
    } catch {
        throw Refusal("\(file.path): \(error)")
    }
}

private func askWitness() -> WitnessCollector.Fetch {
    let client = HTTPClient()
    return { url, body, timeout in
        let answer = try await client.ask(
            url, body: body, atMost: SignedNote.limit, within: timeout)
        return .init(status: answer.status, contentType: answer.contentType, body: answer.body)
    }
}

private func explain(_ problem: Sequencer.LoadProblem, _ settings: Settings) -> String {
    switch problem {
    case .otherKey(let origin):
        """
        The ledger \(origin) was signed with another key than log-key in \
        \(settings.credentials.path). Put the credentials folder of this installation back.
        """
    case .damaged(let origin, let what):
        """
        The ledger \(origin) does not add up: \(what). The database is damaged: restore a backup, \
        then see Docs/ledger.md, "After a restore".
        """
    case .clock(let signed):
        """
        The clock of this machine is behind: the last checkpoint was signed at \
        \(Date(timeIntervalSince1970: signed).formatted(.iso8601)). Set the clock, then start again. If \
        it is right now and was wrong then, start once with --trust-clock.
        """
    }
}

private func explain(_ contradiction: Publisher.Contradiction, _ settings: Settings) -> String {
    switch contradiction {
    case .behind(let origin, let known, let here):
        """
        This database is older than what was published: \(origin) has \(known) entries, and \(here) \
        are here. To sign now would contradict what people were shown. Fetch the missing entries:
          outcry ledger refetch --data \(settings.data.path) \(slug(of: origin))
        See Docs/ledger.md, "After a restore".
        """
    case .fork(let origin, let size):
        """
        The published checkpoint of \(origin) at \(size) entries is not the beginning of what this \
        database has. Nothing is signed. Restore the newest backup, then see Docs/ledger.md, "After \
        a restore".
        """
    case .unreadable(let name):
        """
        \(settings.data.path)/\(ledgerFolderName)/\(name) is no checkpoint that this installation has \
        signed. Put the right file back; if there never was one, move this one away.
        """
    }
}

private func slug(of origin: String) -> String {
    let parts = origin.split(separator: "/")
    return parts.count >= 2 ? String(parts[parts.count - 2]) : origin
}
