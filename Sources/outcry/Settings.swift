import Domain
import Foundation

/// Every setting of the server, read here and nowhere else.
///
/// Each comes from a flag, else from the environment, else from the file that `<NAME>_FILE`
/// names, else from the settings file, else from its default.
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
    /// `OUTCRY_BOUNCE_ADDRESS`: where failures of letters are reported, with a token after a `+`;
    /// by default the sender address.
    var bounceAddress: String?
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
    /// `OUTCRY_CONNECTION_LIMIT`: connections at the same time; more wait until one closes.
    var connectionLimit: Int
    /// `OUTCRY_LEDGER_INTERVAL`: seconds between two batches of signatures in the ledger; by
    /// default 60, and 5 in a demonstration.
    var ledgerInterval: Int?
    /// `OUTCRY_WITNESS_POLICY`: a tlog-policy file with the witnesses to ask.
    var witnessPolicy: URL?
    /// `OUTCRY_METRICS_LISTEN`: address and port on loopback for `/metrics`; off by default.
    var metricsListen: Listen?
    /// `OUTCRY_BACKUP_RECIPIENT`: the age recipient of `outcry backup create`, if none is given.
    var backupRecipient: String?
    /// `OUTCRY_BACKUP_FOLDER`: where `outcry backup create` writes, if no file is given.
    var backupFolder: String?

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

    /// What was read and from where, for `outcry settings`.
    let entries: [SettingsSource.Entry]

    /// Every name there is.
    static let names: Set<String> = [
        "OUTCRY_DATA", "OUTCRY_LISTEN", "OUTCRY_ORIGIN", "OUTCRY_DATABASE", "OUTCRY_SMTP_URL",
        "OUTCRY_MAIL_FROM", "OUTCRY_TRUSTED_PROXIES", "OUTCRY_CREDENTIALS", "OUTCRY_RUNTIME",
        "OUTCRY_SECURITY_CONTACT", "OUTCRY_SIGN_LIMIT", "OUTCRY_PENDING_LIMIT",
        "OUTCRY_METRICS_LISTEN", "OUTCRY_CONNECTION_LIMIT", "OUTCRY_BACKUP_RECIPIENT",
        "OUTCRY_BACKUP_FOLDER", "OUTCRY_BOUNCE_ADDRESS", "OUTCRY_LEDGER_INTERVAL",
        "OUTCRY_WITNESS_POLICY",
    ]

    /// Throws `Refusal` with the name of the setting that cannot be used.
    init(data: String?, listen: String?, environment: [String: String]) throws {
        let source = try SettingsSource(environment: environment, known: Self.names)
        guard let data = try source.value("OUTCRY_DATA", flag: data) else {
            throw Refusal("No data folder. Give --data DIR or set OUTCRY_DATA.")
        }
        self.data = URL(filePath: data, directoryHint: .isDirectory).standardizedFileURL
        let address =
            try source.value("OUTCRY_LISTEN", flag: listen, standard: Self.standardListen)
            ?? Self.standardListen
        guard let listen = Listen(address) else {
            throw Refusal("\"\(address)\" is no address to listen on; write HOST:PORT.")
        }
        self.listen = listen
        if let database = try source.value("OUTCRY_DATABASE", standard: "sqlite", isSecret: true),
            database != "sqlite"
        {
            throw Refusal(
                "OUTCRY_DATABASE is \"\(database.prefix(12))\"; this version knows sqlite.")
        }
        origin = try source.value("OUTCRY_ORIGIN", standard: "as init was told")
            .map(checkedOrigin)
        smtpURL = try source.value("OUTCRY_SMTP_URL", isSecret: true)
        mailFrom = try source.value("OUTCRY_MAIL_FROM", standard: "action@ the origin's host")
        if let mailFrom, (try? EmailAddress(mailFrom)) == nil {
            throw Refusal(
                "OUTCRY_MAIL_FROM is no mail address; write one like action@rights.example.")
        }
        bounceAddress = try source.value("OUTCRY_BOUNCE_ADDRESS", standard: "as OUTCRY_MAIL_FROM")
        if let bounceAddress, (try? EmailAddress(bounceAddress)) == nil {
            throw Refusal(
                "OUTCRY_BOUNCE_ADDRESS is no mail address; write one like bounces@rights.example.")
        }
        trustedProxies = (try source.value("OUTCRY_TRUSTED_PROXIES") ?? "")
            .split(separator: ",").map { $0.trimmed }
        let beside = self.data.deletingLastPathComponent()
            .appending(path: self.data.lastPathComponent + "-credentials")
        credentials =
            try source.value("OUTCRY_CREDENTIALS", standard: beside.path)
            .map { URL(filePath: $0, directoryHint: .isDirectory) } ?? beside
        runtime = try source.value("OUTCRY_RUNTIME", standard: "in /dev/shm")
            .map { URL(filePath: $0, directoryHint: .isDirectory) }
        securityContact = try source.value("OUTCRY_SECURITY_CONTACT")
        if let contact = securityContact, !contact.hasPrefix("mailto:"),
            !contact.hasPrefix("https:")
        {
            throw Refusal("OUTCRY_SECURITY_CONTACT begins with mailto: or https:.")
        }
        signLimit = try source.number("OUTCRY_SIGN_LIMIT", standard: "60") ?? 60
        pendingLimit = try source.number(
            "OUTCRY_PENDING_LIMIT", standard: "as fit into a tenth of the free disk")
        connectionLimit = try source.number("OUTCRY_CONNECTION_LIMIT", standard: "10000") ?? 10_000
        ledgerInterval = try source.number("OUTCRY_LEDGER_INTERVAL", standard: "60")
        guard (1...86_400).contains(ledgerInterval ?? 60) else {
            throw Refusal("OUTCRY_LEDGER_INTERVAL is a number of seconds from 1 to 86400.")
        }
        witnessPolicy = try source.value("OUTCRY_WITNESS_POLICY", standard: "none")
            .flatMap { $0 == "none" ? nil : URL(filePath: $0) }
        metricsListen = try source.value("OUTCRY_METRICS_LISTEN", standard: "off")
            .flatMap { $0 == "off" ? nil : try loopbackListen($0) }
        backupRecipient = try source.value("OUTCRY_BACKUP_RECIPIENT")
        backupFolder = try source.value("OUTCRY_BACKUP_FOLDER")
        entries = source.entries
    }

    private static let standardListen = "127.0.0.1:8080"

    var database: String { data.appending(path: databaseName).path }
}

/// Throws `Refusal` for an address that others than this machine could reach.
private func loopbackListen(_ text: String) throws -> Settings.Listen {
    guard let listen = Settings.Listen(text), listen.isLoopback else {
        throw Refusal(
            "OUTCRY_METRICS_LISTEN is \"\(text)\"; write 127.0.0.1:PORT or off: it is for this machine."
        )
    }
    return listen
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
