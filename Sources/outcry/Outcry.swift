import ArgumentParser

@main
struct Outcry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outcry",
        abstract: "A server for urgent actions: signatures that are sealed and counted.",
        version: "outcry 0.1.0",
        subcommands: [
            ServeCommand.self, InitCommand.self, CredentialsCommand.self, KeysCommand.self,
            ActionCommand.self,
            ExportCommand.self, OpenCommand.self, DeliveryCommand.self, DeliverCommand.self,
            MailCommand.self, LettersCommand.self, OrganisationCommand.self,
            SettingsCommand.self, CheckCommand.self, LedgerCommand.self,
            UpdateCommand.self, RepliesCommand.self,
            DoctorCommand.self, BackupCommand.self, VersionCommand.self,
        ])

    /// As the library's, but that a refusal has a status of its own where that helps whoever reads
    /// it: the numbers are those of `sysexits.h`, and `Docs/operating.md` says what each means.
    static func main() async {
        do {
            var command = try parseAsRoot()
            let refused = command is ServeCommand ? configurationStatus : ExitCode.failure
            do {
                if var command = command as? any AsyncParsableCommand {
                    try await command.run()
                } else {
                    try command.run()
                }
            } catch let refusal as Refusal {
                say("Error: \(refusal)")
                throw refusal.mayPass ? temporaryStatus : refused
            }
        } catch {
            exit(withError: error)
        }
    }

    /// The server cannot start until somebody has set something right.
    private static let configurationStatus = ExitCode(78)
    /// The same may go well a little later.
    private static let temporaryStatus = ExitCode(75)
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Say which program and schema this is.")

    func run() { print("\(Outcry.configuration.version), schema \(schemaVersion)") }
}

/// An end with a reason: what is wrong, and what to do.
struct Refusal: Error, CustomStringConvertible {
    let description: String
    /// Whether the reason may be gone a little later, without anybody's doing.
    let mayPass: Bool

    init(_ description: String, mayPass: Bool = false) {
        self.description = description
        self.mayPass = mayPass
    }
}
