import Authoring
import Domain
import Foundation
import Ledger
import Sealing
import Unsealing

/// A frozen file that was checked: its ledger verifies, and its records are all that the ledger
/// counts and no others.
struct DeliveryCount {
    let head: FrozenFile.Head
    let content: ActionContent
    let checkpoint: Checkpoint
    let ledger: LedgerState
    /// Who has signed the checkpoint beside the log, by the names of their keys.
    let cosigned: [String]
    /// Whether the policy's witnesses are too few.
    let isWithoutWitnesses: Bool
    /// The files of the log at this size and no others, by their names below its address.
    let log: [String: [UInt8]]
    let policy: [UInt8]?
    /// What the ledger says of deliveries before.
    let before: DeliveryRecord
    let supporters: Supporters

    /// What the keeper reads of the sealed records on this day, and no more.
    struct Supporters {
        /// Of people who want the target to know it, sorted.
        var named: [String] = []
        /// ISO 3166-1 alpha-2; nil for people who did not say.
        var countries: [String?: Int] = [:]
        /// Of everybody else: nothing that is printed may have them.
        var unnamed: Set<String> = []
    }
}

/// Checks a frozen file and opens its records.
struct DeliveryCounter {
    let reader: FrozenReader
    let opener: Opener
    /// The log's key as the keeper has it from elsewhere.
    let key: NoteKey?
    let givenPolicy: [UInt8]?
    /// Where the installation is, if that is not where its log began.
    let movedTo: String?

    private static let mostReasons = 20

    /// Throws `Refusal` for a file of which anything does not fit.
    func count() async throws -> DeliveryCount {
        let log = reader.files(in: FrozenFile.logFolder)
        let policy = givenPolicy ?? reader.files[FrozenFile.policy]
        let report = try await verified(log, policy)
        guard let checkpoint = report.checkpoint, let state = report.state,
            let statements = log["statements.json"].flatMap(LedgerStatement.list)
        else { throw Self.notWhole }
        try requireOrigin(of: checkpoint)
        let texts = statements.filter { $0.index < checkpoint.size }
        let content = try content(texts.map(\.text))
        let counted = try countedLeaves(log, checkpoint.size, state)
        let supporters = try open(counted)
        return DeliveryCount(
            head: reader.head, content: content, checkpoint: checkpoint, ledger: state,
            cosigned: report.signatures.compactMap {
                if case .witness = $0.signer { $0.name } else { nil }
            }, isWithoutWitnesses: reader.head.withoutWitnesses,
            log: try needed(of: log, checkpoint, texts), policy: policy,
            before: DeliveryRecord(texts.map { ($0.index, $0.text) }), supporters: supporters)
    }

    private static let notWhole = Refusal(
        "The ledger in the frozen file is not whole. Freeze again.")

    /// What of the log proves the number: whatever else came with it was not checked.
    private func needed(
        of log: [String: [UInt8]], _ checkpoint: Checkpoint, _ statements: [LedgerStatement]
    ) throws -> [String: [UInt8]] {
        let served = log["vkey"].flatMap { NoteKey(String(decoding: $0, as: UTF8.self).trimmed) }
        guard let key = key ?? served, let note = log["checkpoint"] else { throw Self.notWhole }
        var needed = [
            "checkpoint": note, "vkey": Array("\(key.named(checkpoint.origin).text)\n".utf8),
            "statements.json": try LedgerStatement.json(statements.map { ($0.index, $0.text) }),
        ]
        for tile in Tile.new(in: checkpoint.size) {
            guard let bytes = log[tile.path] else { throw Self.notWhole }
            needed[tile.path] = bytes
        }
        return needed
    }

    /// Letters say where the number can be recounted, so that must be where this log is.
    private func requireOrigin(of checkpoint: Checkpoint) throws {
        let head = reader.head
        let origin = try checkedOrigin(head.origin)
        let host = origin.firstRange(of: "://").map { origin[$0.upperBound...] } ?? origin[...]
        guard checkpoint.origin != "\(host)/actions/\(head.slug)/log" else { return }
        guard checkpoint.origin.hasSuffix("/actions/\(head.slug)/log"),
            try movedTo.map(checkedOrigin) == origin
        else {
            throw Refusal(
                """
                The frozen file says that it is of \(origin), and its ledger that it is \
                \(visible(checkpoint.origin)). If the installation has moved since the action was opened, \
                and you know that this is its address, give --moved-to \(origin).
                """)
        }
    }

    private func verified(
        _ log: [String: [UInt8]], _ policy: [UInt8]?
    ) async throws -> LedgerReport {
        do {
            let needed = reader.head.withoutWitnesses && givenPolicy == nil ? nil : policy
            let verification = LedgerVerification(
                source: LedgerSource(files: log, name: "the frozen file"), key: key,
                policy: try needed.map { try WitnessPolicy($0) }, older: [], receipt: nil)
            let report = try await verification.run()
            guard report.code != 0 else { return report }
            throw Refusal(Self.refusal(report.problems))
        } catch let problem as LedgerProblem {
            throw Refusal(Self.refusal(["\(problem)"]))
        } catch let problem as PolicyProblem {
            throw Refusal("The policy cannot be read, \(problem)")
        } catch let failure as LedgerSource.Failure {
            throw Refusal(Self.refusal(["\(failure)"]))
        }
    }

    private static func refusal(_ problems: [String]) -> String {
        """
        The ledger in the frozen file does not verify, so nothing is delivered:
        \(problems.map { "- \(visible($0))" }.joined(separator: "\n"))
        """
    }

    /// The text of the action, if it is the one that the ledger names.
    private func content(_ statements: [String]) throws -> ActionContent {
        let files = reader.files(in: FrozenFile.actionFolder).map {
            ActionFile(path: $0.key, bytes: $0.value)
        }
        let head = reader.head
        let opening = statements.first?.split(separator: "\n").map(String.init) ?? []
        guard opening.count > 2, opening[1] == head.slug, opening[2] == head.action,
            let hash = versionHash(of: statements), hash == digest(versionBytes(of: files)),
            hash.hex == head.version
        else {
            throw Refusal(
                "The action's text in the frozen file is not the one that its ledger names. Freeze again."
            )
        }
        do {
            return try ActionImport(
                slug: head.slug, files: files, digest: { digest($0) },
                picture: { .init(kind: "png", bytes: $0, width: 1, height: 1) }
            ).content
        } catch {
            throw Refusal("The action's folder in the frozen file cannot be read. Freeze again.")
        }
    }

    /// How often each leaf is counted, which is once.
    private func countedLeaves(
        _ log: [String: [UInt8]], _ size: Int, _ state: LedgerState
    ) throws -> [[UInt8]: Int] {
        var leaves: [[UInt8]: Int] = [:]
        var index = 0
        for tile in Tile.new(in: size) where tile.content == .entries {
            for entry in log[tile.path].flatMap(Ledger.Bundle.entries) ?? [] {
                if state.signature(at: index) == .counted {
                    leaves[Array(entry.a), default: 0] += 1
                }
                index += 1
            }
        }
        return leaves
    }

    private func open(_ counted: [[UInt8]: Int]) throws -> DeliveryCount.Supporters {
        var missing = counted
        var supporters = DeliveryCount.Supporters()
        var named: [(name: String, id: RecordID)] = []
        var reasons: [String] = []
        let number = reader.head.number
        var progress = Progress(total: number, what: "records")
        while let record = try reader.next() {
            progress.advance()
            do throws(OpeningError) {
                let (_, pledge) = try opener.open(
                    record.sealed, action: reader.action, record: record.id, leaf: record.leaf)
                guard missing[record.leaf, default: 0] > 0 else {
                    reasons.append("record \(record.id): the ledger does not count it")
                    continue
                }
                missing[record.leaf, default: 0] -= 1
                supporters.countries[pledge.country, default: 0] += 1
                if pledge.show == .target {
                    named.append((pledge.name.singleLine, record.id))
                } else {
                    supporters.unnamed.insert(pledge.name.singleLine)
                }
            } catch {
                reasons.append("record \(record.id): \(explain(error))")
            }
        }
        progress.finish()
        let lacking = missing.values.reduce(0, +)
        if lacking > 0 { reasons.append("\(lacking) that the ledger counts did not come") }
        guard reasons.isEmpty else {
            throw Refusal(
                """
                The ledger counts \(counted.values.reduce(0, +)) signatures, and other records are in the \
                frozen file, so nothing is delivered:
                \(reasons.prefix(Self.mostReasons).map { "- \($0)" }.joined(separator: "\n"))
                """)
        }
        // The same on every computer, whatever its language.
        let locale = Locale(identifier: "en")
        supporters.named = named.sorted {
            let order = $0.name.compare($1.name, locale: locale)
            return order == .orderedSame
                ? $0.id.bytes.lexicographicallyPrecedes($1.id.bytes)
                : order == .orderedAscending
        }.map(\.name)
        return supporters
    }
}
