import Domain
import Foundation
import Ledger
import Storage

/// Finds all that the newest published checkpoint counts.
struct Freezer: Sendable {
    let store: any Store
    let slug: String
    /// The bytes of the policy file; nil if there is none.
    let policy: [UInt8]?
    let withoutWitnesses: Bool
    let files: DiskFiles

    /// What one checkpoint counts, and what proves it.
    struct Frozen: Sendable {
        let action: ActionRow
        let title: String
        let version: [UInt8]
        let checkpoint: Checkpoint
        let number: Int
        /// Those that are counted.
        let records: Set<RecordID>
        let cosigned: [String]
        let isWithoutWitnesses: Bool
        /// As the file has them, by path.
        let files: [(path: String, bytes: [UInt8])]

        func head(organisation: String, origin: String) -> FrozenFile.Head {
            FrozenFile.Head(
                action: action.id.description, slug: action.slug, title: title,
                organisation: organisation, origin: origin, key: action.keyNumber ?? 0,
                day: moment().day.description, version: version.hex, number: number,
                size: checkpoint.size, withoutWitnesses: isWithoutWitnesses)
        }
    }

    /// Why it is not frozen now.
    enum Delay: Error {
        /// It may go well a little later.
        case wait(String)
        case failed(any Error)

        var reason: any Error {
            switch self {
            case .wait(let reason): Refusal(reason, mayPass: true)
            case .failed(let error): error
            }
        }
    }

    static func takenBack(_ count: Int) -> String {
        """
        \(count) of the signatures that the published checkpoint counts have no sealed record any \
        more. Those that were taken back leave the number with the ledger's next batch: the server \
        must be running. Those that were lost in a restore or erased after the action's end cannot \
        be delivered.
        """
    }

    func freeze() async throws(Delay) -> Frozen {
        do {
            let published = try readPublished()
            let slug = slug
            return try await store.read { try freeze(published, of: find(slug, $0), in: $0) }
        } catch let delay as Delay {
            throw delay
        } catch {
            throw .failed(error)
        }
    }

    /// The newest checkpoint that anybody may have read, with its cosignatures.
    private struct Published: Sendable {
        let note: SignedNote
        let key: NoteKey
        let checkpoint: Checkpoint
        let cosigned: [String]
        let isWithoutWitnesses: Bool
    }

    private func readPublished() throws -> Published {
        guard let bytes = try files.read("\(slug)/checkpoint"),
            let key = try files.read("\(slug)/vkey"), let note = SignedNote(bytes),
            let key = NoteKey(String(decoding: key, as: UTF8.self).trimmed),
            let checkpoint = try? Checkpoint(note, signedBy: key)
        else {
            throw Refusal(
                """
                There is no published ledger of \(slug) in \(files.folder.path). A running server \
                publishes it when the action has been opened.
                """)
        }
        let policy = try policy.map { bytes in
            do throws(PolicyProblem) {
                return try WitnessPolicy(bytes)
            } catch {
                throw Refusal("The file of OUTCRY_WITNESS_POLICY, \(error)")
            }
        }
        let signatures = LedgerSignatures(
            of: note, checkpoint: checkpoint, key: key, policy: policy)
        guard signatures.problems.isEmpty || withoutWitnesses else {
            let problems = signatures.problems.map(\.description).joined(separator: "; ")
            throw Delay.wait(
                """
                What the witness policy asks for is not there (\(problems)). With --without-witnesses it \
                is frozen all the same, and the letter says so.
                """)
        }
        let cosigned = signatures.lines.compactMap { line -> String? in
            if case .witness = line.signer { line.name } else { nil }
        }
        return Published(
            note: note, key: key, checkpoint: checkpoint, cosigned: cosigned,
            isWithoutWitnesses: !signatures.problems.isEmpty)
    }

    private func freeze(
        _ published: Published, of action: ActionRow, in transaction: any Transaction
    ) throws -> Frozen {
        guard action.state != .draft, action.state != .stopped else {
            throw Refusal(
                "\(slug) is \(action.state.rawValue): nothing of it is delivered. Nothing was written."
            )
        }
        let size = published.checkpoint.size
        guard let ledger = try transaction.ledger(of: action.id), ledger.size >= size else {
            throw Refusal(
                "The published ledger of \(slug) is newer than this database. See Docs/ledger.md.")
        }
        let state = try recount(size, of: action.id, in: transaction)
        let records = try transaction.ledgerPlaces(of: action.id)
            .filter { $0.key < size && state.signature(at: $0.key) == .counted }
        guard records.count == state.counted else {
            throw Delay.wait(Self.takenBack(state.counted - records.count))
        }
        let statements = try transaction.ledgerStatements(of: action.id).filter { $0.index < size }
        guard let hash = versionHash(of: statements.map(\.text)),
            let version = try transaction.version(hash: hash, of: action.id)
        else { throw Refusal("The ledger of \(slug) names no version of its text that is here.") }
        let content = try ActionContent(json: version.content)
        var frozen = try logFiles(published, statements, of: action.id, in: transaction)
        frozen += try transaction.files(of: action.id, version: version.number)
            .map { (FrozenFile.actionFolder + $0.path, $0.content) }
        if let policy { frozen.append((FrozenFile.policy, policy)) }
        return Frozen(
            action: action, title: content.translations.first?.title ?? "", version: hash,
            checkpoint: published.checkpoint, number: state.counted, records: Set(records.values),
            cosigned: published.cosigned, isWithoutWitnesses: published.isWithoutWitnesses,
            files: frozen)
    }

    private func logFiles(
        _ published: Published, _ statements: [(index: Int, text: String)], of action: ActionID,
        in transaction: any Transaction
    ) throws -> [(path: String, bytes: [UInt8])] {
        let key = published.key.named(published.checkpoint.origin)
        var files: [(path: String, bytes: [UInt8])] = [
            ("checkpoint", published.note.bytes), ("vkey", Array("\(key.text)\n".utf8)),
            ("statements.json", try LedgerStatement.json(statements)),
        ]
        for tile in Tile.new(in: published.checkpoint.size) {
            guard let bytes = try transaction.ledgerTile(tile.key, of: action),
                bytes.count >= tile.byteCount
            else { throw Refusal("The ledger of \(slug) is damaged: \(tile.path) is missing.") }
            files.append((tile.path, Array(bytes.prefix(tile.byteCount))))
        }
        return files.map { (FrozenFile.logFolder + $0.path, $0.bytes) }
    }
}

/// What the first `size` entries of a ledger add up to. Throws `Refusal` for a damaged one.
func recount(
    _ size: Int, of action: ActionID, in transaction: any Transaction
) throws -> LedgerState {
    var state = LedgerState(checksCodes: false)
    for tile in Tile.new(in: size) where tile.content == .entries {
        guard let bytes = try transaction.ledgerTile(tile.key, of: action),
            let entries = Ledger.Bundle.entries(Array(bytes.prefix(tile.byteCount))),
            entries.count == tile.width
        else { throw Refusal("The ledger is damaged: \(tile.path). See: outcry check") }
        for entry in entries { try state.append(entry) }
    }
    return state
}

/// The hash of the text that a ledger's statements name last; nil if they name none.
func versionHash(of statements: [String]) -> [UInt8]? {
    statements.last { $0.hasPrefix("outcry open 2\n") || $0.hasPrefix("outcry new version 1\n") }
        .flatMap { statement in
            let lines = statement.split(separator: "\n", omittingEmptySubsequences: false)
            return lines.count > 3 ? [UInt8](hex: lines[3]) : nil
        }
}
