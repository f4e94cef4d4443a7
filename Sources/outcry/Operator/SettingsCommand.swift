import ArgumentParser
import Foundation

struct SettingsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "settings", abstract: "Print the settings that hold here, secrets hidden.")

    @Option(help: "The data folder (or OUTCRY_DATA).") var data: String?
    @Flag(help: "As JSON.") var json = false

    private struct Line: Encodable {
        let name: String
        let value: String
        let from: String
    }

    func run() throws {
        let settings = try Settings(
            data: data, listen: nil, environment: ProcessInfo.processInfo.environment)
        let lines = settings.entries.map {
            Line(name: $0.name, value: $0.isSecret ? hidden($0.value) : $0.value, from: $0.origin)
        }
        if json {
            try printJSON(lines)
            return
        }
        for line in lines { print("\(line.name)=\(line.value)\t# \(line.from)") }
    }

    /// An address without the name and password in it.
    private func hidden(_ value: String) -> String {
        guard var parts = URLComponents(string: value), parts.host != nil else { return value }
        if parts.password != nil { parts.password = "hidden" }
        parts.query = parts.query == nil ? nil : "hidden"
        return parts.string ?? "hidden"
    }
}
