import Authoring
import Domain
import Foundation
import Mail
import Sealing
import Storage
import StorageSQLite
import Unsealing

/// A data folder with the reference case and keys that protect nothing.
struct Demonstration {
    let folder: DataFolder

    /// Where the throw-away key book lies: beside the data folder, never in it.
    struct Keeper: Sendable {
        let folder: URL
        let data: URL

        var book: URL { folder.appending(path: "keybook.json") }
        var list: URL { folder.appending(path: "keylist.json") }
        var passphrase: URL { folder.appending(path: "passphrase.txt") }

        func explanation(address: String) -> String {
            """

              Open     \(address)/en/actions/baku-2017
              Mails    \(address)/dev/outbox

              Letters to the target stand there too, one every five seconds; a real server keeps to
              thirty an hour and to the office's hours.

              The key book of this demonstration lies in \(folder.path).
              It protects nothing: a real one is made and kept on another computer.
              To read who signed:
                outcry export --data \(data.path) baku-2017 --out signatures.outcry
                outcry open --book \(book.path) \\
                  --passphrase-file \(passphrase.path) --in signatures.outcry --out signatures.csv

            """
        }
    }

    /// Fills a fresh data folder; leaves one that is there as it is.
    func prepare() async throws -> Keeper {
        let data = folder.settings.data
        let keeper = Keeper(
            folder: data.deletingLastPathComponent()
                .appending(path: data.lastPathComponent + "-keeper"), data: data)
        guard !folder.isInitialised else { return keeper }
        say("Making the demonstration in \(data.path) ...")
        let example = try exampleFolder()
        // Left by a demonstration whose data folder was removed: they protect nothing either. Those
        // of anything else stay, and are refused below.
        let mark = folder.settings.credentials.appending(path: "demonstration")
        if FileManager.default.fileExists(atPath: mark.path) {
            try FileManager.default.removeItem(at: folder.settings.credentials)
        }
        try makePrivateFolder(keeper.folder)
        let passphrase = generatePassphrase()
        let (book, list) = try KeyBook.create(count: 5, passphrase: passphrase)
        try writePrivate(Data((passphrase + "\n").utf8), to: keeper.passphrase)
        try writePrivate(try book.json(), to: keeper.book)
        try writePrivate(try list.json(), to: keeper.list)
        try await folder.create(
            organisation: "Example Rights Network", origin: folder.settings.listen.origin,
            keyLists: [KeyList.read(list.json())])
        try writePrivate(Data("These keys protect nothing.\n".utf8), to: mark)
        let store = try folder.openStore()
        let new = try ActionImport(
            slug: "baku-2017", files: ActionFolder.read(example), digest: { digest($0) },
            picture: cleanPicture)
        try await store.write { transaction in
            let now = moment()
            _ = try transaction.importAction(new, preview: false, now: now, digest: { digest($0) })
            _ = try transaction.moveAction(
                slug: new.slug, to: .open, now: now, hasDedupeKey: { _ in true },
                keyIDs: joinedKeyIDs, digest: { digest($0) })
        }
        try store.close()
        return keeper
    }

    /// `Examples/baku-2017` beside the program, or above it in a checkout.
    private func exampleFolder() throws -> URL {
        let program = Bundle.main.executableURL?.resolvingSymlinksInPath()
        var folder = program?.deletingLastPathComponent() ?? URL(filePath: "/")
        for _ in 0..<6 {
            for place in ["Examples/baku-2017", "share/outcry/Examples/baku-2017"] {
                let example = folder.appending(path: place)
                let file = example.appending(path: "action.yaml")
                if FileManager.default.fileExists(atPath: file.path) { return example }
            }
            folder = folder.deletingLastPathComponent()
        }
        throw Refusal("The example folder Examples/baku-2017 is not beside this program.")
    }
}

/// Milliseconds since 1970 and the day they lie in.
func moment() -> (milliseconds: Int, day: Day) {
    let seconds = Date().timeIntervalSince1970
    return (Int(seconds * 1000), Day(seconds: seconds))
}

/// The ids of public keys, one after the other.
func joinedKeyIDs(_ keys: [[UInt8]]) -> [UInt8] { keys.flatMap { KeyID(publicKey: $0).bytes } }
