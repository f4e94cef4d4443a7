import Domain
import Foundation
import Mail
import Storage
import StorageSQLite

/// What a restored data folder must see before its server signs again.
///
/// ```
/// restored     the slug of each action with a ledger, one a line
/// ```
///
/// A restored database is older than what people were shown, and nothing in it says so. The
/// published files do: the start compares them with the database, so until they are back, or
/// somebody has said that they are lost, it does not come to that.
struct RestoredMarker {
    private let file: URL

    init(_ settings: Settings) { file = settings.data.appending(path: "restored") }

    /// Notes the actions of the database that was put into the folder.
    static func write(_ settings: Settings) async throws {
        let store = try SQLiteStore(path: settings.database)
        let slugs = try await store.read { transaction in
            let signed = Set(try transaction.ledgers().map(\.action))
            return try transaction.actions().filter { signed.contains($0.id) }.map(\.slug)
        }
        try store.close()
        try RestoredMarker(settings).keep(slugs)
    }

    /// The actions whose published files have not been seen.
    var slugs: [String] {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Throws `Refusal` while the files of an action are neither back nor given up.
    func requirePublished(in folder: URL, data: URL) throws {
        let missing = slugs.filter {
            !FileManager.default.fileExists(
                atPath: folder.appending(path: "\($0)/checkpoint").path)
        }
        guard let first = missing.first else { return }
        throw Refusal(
            """
            This database was restored from a backup, and the published ledgers of \
            \(missing.joined(separator: ", ")) are not here. To go on without them would contradict \
            what people were shown since the backup. Put \(folder.path) back from the old disk, or \
            take over a copy that somebody keeps:
              outcry ledger refetch --data \(data.path) \(first) --from FOLDER|ADDRESS
            If they are lost for good: outcry ledger refetch --data \(data.path) \(first) --lost
            """)
    }

    /// The start has compared all of them.
    func remove() { try? FileManager.default.removeItem(at: file) }

    func clear(_ slug: String) throws {
        let left = slugs.filter { $0 != slug }
        if left.count < slugs.count { try keep(left) }
    }

    private func keep(_ slugs: [String]) throws {
        guard !slugs.isEmpty else { return remove() }
        try writePrivate(Data((slugs.joined(separator: "\n") + "\n").utf8), to: file)
    }
}
