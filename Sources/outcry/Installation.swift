import ArgumentParser
import Foundation
import Storage
import StorageSQLite

/// The data folder that a command works on, beside a server that may be running.
struct Installation: ParsableArguments {
    @Option(help: "The data folder (or OUTCRY_DATA).") var data: String?

    var settings: Settings {
        get throws {
            try Settings(
                data: data, listen: nil, environment: ProcessInfo.processInfo.environment)
        }
    }

    func open() async throws -> (store: SQLiteStore, organisation: Organisation) {
        try await DataFolder(settings: settings).open()
    }
}
