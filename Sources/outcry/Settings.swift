import Domain
import Foundation

/// Every setting of the server, read here and nowhere else.
///
/// Each comes from a flag, else from the environment, else from the file that `<NAME>_FILE`
/// names, else from its default.
struct Settings: Sendable {
    /// `OUTCRY_DATA`: the folder with the database.
    var data: URL
    /// `OUTCRY_LISTEN`: address and port.
    var listen: Listen
    /// `OUTCRY_ORIGIN`: scheme, host and port as the public sees them; by default what `init` was
    /// told. Plain http only for loopback and `.onion`.
    var origin: String?
    /// `OUTCRY_SMTP_URL`: the mail relay. Without it mails wait, for as long as they may.
    var smtpURL: String?
    /// `OUTCRY_MAIL_FROM`: the bare sender address; by default `action@<host of the origin>`.
    var mailFrom: String?
    /// `OUTCRY_TRUSTED_PROXIES`: addresses, with commas, whose `X-Forwarded-For` is believed.
    var trustedProxies: [String]
    /// `OUTCRY_CREDENTIALS`: the folder with the keys that are in no backup; by default beside the
    /// data folder, with `-credentials` after its name.
    var credentials: URL
    /// `OUTCRY_RUNTIME`: a folder in memory; by default one in `/dev/shm` that is named after the
    /// data folder.
    var runtime: URL?
    /// `OUTCRY_SECURITY_CONTACT`: where holes are reported, `mailto:` or `https:`; shown in
    /// `/.well-known/security.txt`.
    var securityContact: String?
    /// `OUTCRY_SIGN_LIMIT`: signature forms per neighbourhood and ten minutes.
    var signLimit: Int
    /// `OUTCRY_PENDING_LIMIT`: signatures that may wait for their confirmation; by default as many
    /// as fit into a tenth of the free disk.
    var pendingLimit: Int?

    struct Listen: Hashable, Sendable {
        var host: String
        var port: Int

        /// Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`.
        init?(_ text: String) {
            guard let colon = text.lastIndex(of: ":"),
                let port = Int(text[text.index(after: colon)...]), (0...65_535).contains(port)
            else { return nil }
            let host = text[..<colon].trimmingCharacters(in: ["[", "]"])
            guard !host.isEmpty else { return nil }
            self.host = host
            self.port = port
        }

        var isLoopback: Bool {
            isLoopbackHost(host)
        }

        var origin: String {
            host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
        }
    }

    /// Throws `Refusal` with the name of the setting that cannot be used.
    init(data: String?, listen: String?, environment: [String: String]) throws {
        func value(_ name: String) throws -> String? {
            if let value = environment[name], !value.isEmpty { return value }
            guard let path = environment[name + "_FILE"], !path.isEmpty else { return nil }
            do {
                return try String(contentsOfFile: path, encoding: .utf8).trimmed
            } catch {
                throw Refusal("\(name)_FILE: \(path) cannot be read. Check the path and its owner.")
            }
        }
        func number(_ name: String) throws -> Int? {
            guard let text = try value(name) else { return nil }
            guard let number = Int(text), number > 0 else {
                throw Refusal("\(name) is \"\(text)\"; give a whole number above 0.")
            }
            return number
        }
        guard let data = try data ?? value("OUTCRY_DATA") else {
            throw Refusal("No data folder. Give --data DIR or set OUTCRY_DATA.")
        }
        self.data = URL(filePath: data, directoryHint: .isDirectory).standardizedFileURL
        let address = try listen ?? value("OUTCRY_LISTEN") ?? "127.0.0.1:8080"
        guard let listen = Listen(address) else {
            throw Refusal("\"\(address)\" is no address to listen on; write HOST:PORT.")
        }
        self.listen = listen
        if let database = try value("OUTCRY_DATABASE"), database != "sqlite" {
            throw Refusal(
                "OUTCRY_DATABASE is \"\(database.prefix(12))\"; this version knows sqlite.")
        }
        origin = try value("OUTCRY_ORIGIN").map(checkedOrigin)
        smtpURL = try value("OUTCRY_SMTP_URL")
        mailFrom = try value("OUTCRY_MAIL_FROM")
        if let mailFrom, (try? EmailAddress(mailFrom)) == nil {
            throw Refusal(
                "OUTCRY_MAIL_FROM is no mail address; write one like action@rights.example.")
        }
        trustedProxies = (try value("OUTCRY_TRUSTED_PROXIES") ?? "").split(separator: ",")
            .map { $0.trimmed }
        credentials =
            try value("OUTCRY_CREDENTIALS").map { URL(filePath: $0, directoryHint: .isDirectory) }
            ?? self.data.deletingLastPathComponent()
            .appending(path: self.data.lastPathComponent + "-credentials")
        runtime = try value("OUTCRY_RUNTIME").map { URL(filePath: $0, directoryHint: .isDirectory) }
        securityContact = try value("OUTCRY_SECURITY_CONTACT")
        if let contact = securityContact, !contact.hasPrefix("mailto:"),
            !contact.hasPrefix("https:")
        {
            throw Refusal("OUTCRY_SECURITY_CONTACT begins with mailto: or https:.")
        }
        signLimit = try number("OUTCRY_SIGN_LIMIT") ?? 60
        pendingLimit = try number("OUTCRY_PENDING_LIMIT")
    }

    var database: String { data.appending(path: databaseName).path }
}

/// An origin without a slash at its end; throws `Refusal` for anything that pages and mails
/// could not be sent from.
func checkedOrigin(_ text: String) throws -> String {
    let origin = text.hasSuffix("/") ? String(text.dropLast()) : text
    guard let components = URLComponents(string: origin), let host = components.host,
        !host.isEmpty, components.path.isEmpty, components.query == nil, components.user == nil
    else { throw Refusal("\"\(text)\" is no origin; write one like https://rights.example.") }
    let isLocal = isLoopbackHost(host.trimmingCharacters(in: ["[", "]"]))
    let mayBePlain = isLocal || host.hasSuffix(".onion")
    guard components.scheme == "https" || (components.scheme == "http" && mayBePlain) else {
        throw Refusal("\"\(text)\": give https; http is for loopback and .onion only.")
    }
    return origin
}
