import ArgumentParser
import Domain
import Foundation
import Sealing

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make an installation in an empty data folder.")

    @Option(help: "The data folder (or OUTCRY_DATA).") var data: String?
    @Option(help: "The organisation's name, as it stands on every page.") var organisation: String
    @Option(help: "How the public reaches it, for instance https://rights.example.")
    var origin: String
    @Option(help: "The keeper's key list; twice for two keepers.") var keyList: [String]

    func run() async throws {
        let settings = try Settings(
            data: data, listen: nil, environment: ProcessInfo.processInfo.environment)
        let name = organisation.singleLine
        guard !name.isEmpty, name.utf8.count <= 200 else {
            throw Refusal("Give the organisation's name, at most 200 bytes.")
        }
        guard (1...2).contains(keyList.count) else {
            throw Refusal("Give --key-list once, or twice for two keepers.")
        }
        let folder = DataFolder(settings: settings)
        try await folder.create(
            organisation: name, origin: checkedOrigin(origin), keyLists: keyList.map(readKeyList))
        say(
            """
            \(settings.data.path) is ready for \(name).
            The folder \(settings.credentials.path) is in no backup: keep it on this machine.
            Next: outcry action import --data \(settings.data.path) FOLDER --open
            """)
    }
}

/// Throws `Refusal` for a file that is no key list, above all for a key book.
private func readKeyList(_ path: String) throws -> [RecipientKey] {
    guard let json = FileManager.default.contents(atPath: path) else {
        throw Refusal("\(path) cannot be read.")
    }
    do {
        return try KeyList.read(json)
    } catch .privateKey {
        throw Refusal(
            """
            \(path) holds private keys: it must never come to the server. Erase it here and bring \
            the key list, the other file that outcry keys new has made.
            """)
    } catch .notAKeyList {
        throw Refusal("\(path) is no key list. Bring the --list file of outcry keys new.")
    } catch .badNumbers {
        throw Refusal("\(path) was changed: its keys are not numbered 1, 2, 3 ... Bring it anew.")
    } catch .badKey(let number) {
        throw Refusal("Key \(number) in \(path) is damaged. Bring the list anew.")
    } catch .repeatedKey(let number) {
        throw Refusal("Key \(number) in \(path) stands there twice. Bring the list anew.")
    }
}
