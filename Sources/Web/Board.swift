import Domain
import Sealing
package import Storage
import Synchronization

/// An action as the pages show it.
struct PublishedAction: Sendable {
    let row: ActionRow
    let content: ActionContent
    /// Oldest first; the last one is shown.
    let versions: [Version]

    struct Version: Sendable {
        let number: Int
        let day: Day
        /// 64 hexadecimal digits.
        let hash: String
    }

    var slug: String { row.slug }
    var id: ActionID { row.id }
    var state: ActionState { row.state }

    /// The hash of the version that a form was shown with: the one it names if there is such a
    /// one, else the current one.
    func versionHash(named hash: String) -> String {
        versions.last { $0.hash == hash }?.hash ?? versions.last?.hash ?? ""
    }
}

/// All actions, held in memory and read anew when a command has changed one.
package final class Board: Sendable {
    private let actions = Mutex<[String: PublishedAction]>([:])
    private let sealers = Mutex<[ActionID: Sealer]>([:])
    private let dress: Mutex<Dress>

    init(_ organisation: Organisation) { dress = Mutex(Dress(organisation)) }

    /// Rises with every change of the organisation's look.
    var edition: Int { dress.withLock { $0.organisation.revision } }

    /// The organisation and its stylesheet, as pages show them.
    var shown: Dress { dress.withLock { $0 } }

    subscript(slug: String) -> PublishedAction? { actions.withLock { $0[slug] } }

    func action(_ id: ActionID) -> PublishedAction? {
        actions.withLock { $0.values.first { $0.id == id } }
    }

    /// The sealer of an action whose keys were read before; an action's keys never change.
    func sealer(for action: ActionID) -> Sealer? { sealers.withLock { $0[action] } }

    func keep(_ sealer: Sealer, for action: ActionID) {
        sealers.withLock { $0[action] = sealer }
    }

    /// By slug.
    var all: [PublishedAction] {
        actions.withLock { $0.values.sorted { $0.slug < $1.slug } }
    }

    /// Reads what has changed since the last time; cheap when nothing has.
    package func refresh(from store: any Store) async throws {
        let known = actions.withLock { actions in
            Dictionary(uniqueKeysWithValues: actions.values.map { ($0.id, $0.row.revision) })
        }
        try await refreshOrganisation(from: store)
        let changed = try await store.read { transaction -> [PublishedAction]? in
            let revisions = try transaction.actionRevisions()
            guard revisions != known else { return nil }
            return try transaction.actions().filter { $0.revision != known[$0.id] }
                .map { try published($0, transaction) }
        }
        guard let changed else { return }
        actions.withLock { actions in
            for action in changed { actions[action.slug] = action }
        }
    }

    private func refreshOrganisation(from store: any Store) async throws {
        let known = shown.organisation
        guard let now = try await store.read({ try $0.organisation() }),
            now.revision != known.revision
        else { return }
        let dressed = Dress(now.at(known.origin))
        dress.withLock { $0 = dressed }
    }
}

private func published(
    _ row: ActionRow, _ transaction: any Transaction
) throws -> PublishedAction {
    let versions = try transaction.versions(of: row.id)
    guard let current = versions.last(where: { $0.number == row.version }) else {
        throw StorageError.unexpectedRow(column: "version")
    }
    return PublishedAction(
        row: row, content: try ActionContent(json: current.content),
        versions: versions.map { .init(number: $0.number, day: $0.day, hash: $0.hash.hex) })
}
