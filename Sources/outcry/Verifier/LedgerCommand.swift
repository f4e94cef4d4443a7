import ArgumentParser

struct LedgerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Check and keep the public ledger of an action.",
        subcommands: [
            LedgerVerifyCommand.self, WitnessCommand.self, SetAsideCommand.self,
            ReadmitCommand.self, RefetchCommand.self,
        ])
}
