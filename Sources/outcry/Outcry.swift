import ArgumentParser

@main
struct Outcry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outcry",
        abstract: "A server for urgent actions: signatures that are sealed and counted.",
        version: "outcry 0.1.0",
        subcommands: [
            ServeCommand.self, InitCommand.self, KeysCommand.self, ActionCommand.self,
            ExportCommand.self, OpenCommand.self, MailCommand.self, OrganisationCommand.self,
            SettingsCommand.self, CheckCommand.self,
            DoctorCommand.self, BackupCommand.self, VersionCommand.self,
        ])
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Say which program and schema this is.")

    func run() { print("\(Outcry.configuration.version), schema \(schemaVersion)") }
}

/// An end with a reason: what is wrong, and what to do.
struct Refusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
