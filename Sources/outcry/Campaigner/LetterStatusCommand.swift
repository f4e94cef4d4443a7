import ArgumentParser
import Domain
import Foundation
import Storage
import StorageSQLite

struct LetterStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Say what waits, what went, and how each address fares.")

    @OptionGroup var installation: Installation
    @Argument(help: "The action.") var slug: String
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
        let (store, _) = try await installation.open()
        let slug = slug
        let status = try await store.read { transaction in
            try LetterStatus(of: find(slug, transaction), transaction)
        }
        if json { try printJSON(status) } else { print(status.text) }
    }
}

/// Where the letters of an action stand; numbers and offices, no writer.
struct LetterStatus: Encodable {
    let slug: String
    let state: String
    let waiting: Int
    let counts: [String: Int]
    let targets: [OneTarget]

    struct OneTarget: Encodable {
        let id: String
        let waiting: Int
        let counts: [String: Int]
        /// The earliest moment at which the next letter may go, UTC; nil if none waits or may go.
        let nextDue: String?
        let addresses: [Address]
    }

    struct Address: Encodable {
        let address: String
        let isDisabled: Bool
        /// The day, and the mail system's word for it.
        let since: String?
        let reason: String?
        /// Reports that mail was late.
        let soft: Int
    }

    init(of action: ActionRow, _ transaction: any Transaction) throws {
        let waiting = try transaction.waitingLetters(of: action.id)
        let tallies = try transaction.letterTallies(of: action.id)
        let known = try outcry.targets(of: action, transaction)
        slug = action.slug
        state = action.state.rawValue
        self.waiting = waiting.values.reduce(0, +)
        counts = Self.sums(tallies.map { ($0.kind, $0.count) })
        // A target that a new version has left out may still have letters, or had some.
        let ids =
            known.map(\.id)
            + Set(waiting.keys).union(tallies.map(\.target)).subtracting(known.map(\.id)).sorted()
        targets = try ids.map { id in
            let boxes = try (known.first { $0.id == id }?.emails ?? [])
                .map { ($0, try transaction.targetMailbox($0)) }
            return OneTarget(
                id: id, waiting: waiting[id] ?? 0,
                counts: Self.sums(tallies.filter { $0.target == id }.map { ($0.kind, $0.count) }),
                nextDue: try Self.next(action, id, boxes.map(\.1), transaction),
                addresses: boxes.map {
                    Address(
                        address: $0, isDisabled: $1.isDisabled,
                        since: $1.disabled.map(\.description), reason: $1.reason, soft: $1.soft)
                })
        }
    }

    private static func sums(_ counts: [(LetterTally, Int)]) -> [String: Int] {
        var sums = Dictionary(uniqueKeysWithValues: LetterTally.allCases.map { ($0.rawValue, 0) })
        for (kind, count) in counts { sums[kind.rawValue, default: 0] += count }
        return sums
    }

    private static func next(
        _ action: ActionRow, _ target: String, _ boxes: [TargetMailbox],
        _ transaction: any Transaction
    ) throws -> String? {
        guard action.state == .open, let box = boxes.first(where: { !$0.isDisabled }),
            let letter = try transaction.nextLetter(of: action.id, to: target)
        else { return nil }
        let time = max(box.next ?? 0, letter.due)
        guard time > 0 else { return nil }
        return Date(timeIntervalSince1970: Double(time) / 1000).formatted(.iso8601)
    }

    var text: String {
        var lines = ["\(slug) is \(state): \(waiting) letters wait, \(Self.words(counts))"]
        for target in targets {
            let next = target.nextDue.map { ", the next not before \($0)" } ?? ""
            lines.append(
                "\(target.id): \(target.waiting) wait\(next), \(Self.words(target.counts))")
            for address in target.addresses {
                let health =
                    address.since.map {
                        "DISABLED since \($0) (\(address.reason ?? "")); again with: outcry "
                            + "letters enable \(slug) \(address.address)"
                    } ?? (address.soft > 0 ? "used, \(address.soft) times late" : "used")
                lines.append("  \(address.address): \(health)")
            }
            if target.waiting > 0, !target.addresses.contains(where: { !$0.isDisabled }) {
                lines.append("  its letters wait: it has no address that takes mail")
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func words(_ counts: [String: Int]) -> String {
        LetterTally.allCases.map { "\(counts[$0.rawValue] ?? 0) \($0.rawValue)" }
            .joined(separator: ", ")
    }
}
