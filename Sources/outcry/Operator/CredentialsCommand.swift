import ArgumentParser
import Domain
import Foundation
import Storage
import StorageSQLite

struct CredentialsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "credentials", abstract: "The keys that are in no backup.",
        subcommands: [New.self])

    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make new ones after their folder was lost, so that new actions can begin.",
            discussion: """
                An action that was open is over without its key: close it first, with \
                outcry action close. What was signed stays and can be exported and read. The list of \
                those who want no mail is lost too; fill it again with outcry mail block.
                """)
        @OptionGroup var installation: Installation

        func run() async throws {
            let settings = try installation.settings
            let folder = DataFolder(settings: settings)
            // A server that still runs has the old keys in memory.
            let lock = try folder.lock()
            defer { close(lock) }
            let (store, organisation) = try await folder.open()
            let (actions, all, next) = try await store.read {
                (
                    try $0.actions(), try $0.keyCount(of: organisation.id),
                    try $0.nextKeyNumber(of: organisation.id)
                )
            }
            let going = actions.filter { $0.state == .open || $0.state == .paused }.map(\.slug)
            guard going.isEmpty else {
                throw Refusal(
                    """
                    \(going.joined(separator: ", ")): not over. With new keys whoever has signed could \
                    sign again and be counted twice. Put the folder back from where it was moved or, \
                    if it is lost for good, end the action: outcry action close \(going[0])
                    """)
            }
            // A key that was in use is not made anew: its action is over.
            try Credentials.create(settings.credentials, numbers: (next ?? all + 1)..<all + 1)
            say(
                """
                \(settings.credentials.path) has new keys for \(next.map { all - $0 + 1 } ?? 0) new \
                actions. It is in no backup: keep it on this machine.
                """)
        }
    }
}
