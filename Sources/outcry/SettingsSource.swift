import Domain
import Foundation

/// Where settings come from: a flag, else the environment, else the file that `<NAME>_FILE`
/// names, else the settings file. What was read is remembered, for printing.
final class SettingsSource {
    /// One setting as it holds.
    struct Entry {
        let name: String
        let value: String
        let origin: String
        let isSecret: Bool
    }

    private let environment: [String: String]
    private let file: [String: String]
    private let path: String
    private(set) var entries: [Entry] = []

    static let defaultPath = "/etc/outcry/outcry.conf"

    /// `OUTCRY_SETTINGS` names the file; without it `/etc/outcry/outcry.conf` is read if it is
    /// there. Throws `Refusal` for a file with a line that is none or a key that nobody reads.
    init(environment: [String: String], known: Set<String>) throws {
        self.environment = environment
        let named = environment["OUTCRY_SETTINGS"].flatMap { $0.isEmpty ? nil : $0 }
        path = named ?? Self.defaultPath
        guard named != nil || FileManager.default.isReadableFile(atPath: path) else {
            file = [:]
            return
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Refusal("OUTCRY_SETTINGS: \(path) cannot be read. Check the path and its owner.")
        }
        file = try Self.parse(text, path, known: known)
    }

    /// Lines `KEY=value`, as systemd reads them for an environment file too; `#` begins a comment.
    private static func parse(
        _ text: String, _ path: String, known: Set<String>
    ) throws -> [String: String] {
        var values: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = line.trimmed
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            let place = "\(path):\(index + 1)"
            guard let equals = line.firstIndex(of: "=") else {
                throw Refusal("\(place): write KEY=value, or # before a comment.")
            }
            let key = line[..<equals].trimmed
            let plain = key.hasSuffix("_FILE") ? String(key.dropLast(5)) : key
            guard known.contains(plain) else {
                throw Refusal("\(place): there is no setting \(key). outcry settings lists them.")
            }
            var value = line[line.index(after: equals)...].trimmed
            if value.utf8.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = String(value.dropFirst().dropLast())
            }
            values[key] = value
        }
        return values
    }

    /// The setting's value and where it is from; nil if nobody has set it. `standard` is what
    /// holds then, for printing.
    func value(
        _ name: String, flag: String? = nil, standard: String = "", isSecret: Bool = false
    ) throws -> String? {
        let found = try flag.map { ($0, "flag") } ?? lookUp(name)
        entries.append(
            Entry(
                name: name, value: found?.0 ?? standard, origin: found?.1 ?? "default",
                isSecret: isSecret))
        return found?.0
    }

    func number(_ name: String, standard: String) throws -> Int? {
        guard let text = try value(name, standard: standard) else { return nil }
        guard let number = Int(text), number > 0 else {
            throw Refusal("\(name) is \"\(text)\"; give a whole number above 0.")
        }
        return number
    }

    private func lookUp(_ name: String) throws -> (String, String)? {
        for (values, origin) in [(environment, "environment"), (file, path)] {
            if let value = values[name], !value.isEmpty { return (value, origin) }
            guard let secret = values[name + "_FILE"], !secret.isEmpty else { continue }
            do {
                return (try String(contentsOfFile: secret, encoding: .utf8).trimmed, secret)
            } catch {
                throw Refusal(
                    "\(name)_FILE: \(secret) cannot be read. Check the path and its owner.")
            }
        }
        return nil
    }
}
