import ArgumentParser
import CProcess
import Domain
import Foundation
import Mail
import Sealing
import Storage
import StorageSQLite

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at this machine as Outcry needs it; each red line says what to do.")

    @OptionGroup var installation: Installation
    @Option(help: "Send a mail there, to see that the relay takes one.") var mailTo: String?
    @Flag(help: "As JSON.") var json = false

    private struct Line: Encodable {
        let name: String
        let ok: Bool
        /// What was found or, where it is not well, what to do.
        let text: String
    }

    func run() async throws {
        let settings = try installation.settings
        let (store, organisation) = try await installation.open()
        let origin = settings.origin ?? organisation.origin
        var lines = [
            Self.folder("data folder", settings.data),
            Self.folder("credentials", settings.credentials),
            Self.disk(settings.data), try Self.runtime(settings, organisation), Self.swap,
            Self.cores,
            Self.clock, Self.origin(origin, settings),
        ]
        lines += try await Self.keys(store, settings, organisation)
        lines.append(try await relay(settings, organisation, origin))
        lines.append(try await Self.letters(store, settings))
        if json {
            try printJSON(lines)
        } else {
            for line in lines { print("\(line.ok ? "ok " : "RED") \(line.name): \(line.text)") }
        }
        if lines.contains(where: { !$0.ok }) { throw ExitCode(1) }
    }

    private static func folder(_ name: String, _ folder: URL) -> Line {
        var status = stat()
        guard stat(folder.path, &status) == 0 else {
            return Line(name: name, ok: false, text: "\(folder.path) is missing; put it back.")
        }
        let mode = status.st_mode & 0o777
        return mode & 0o077 == 0
            ? Line(name: name, ok: true, text: "\(folder.path), for its owner alone")
            : Line(name: name, ok: false, text: "open to others: chmod 700 \(folder.path)")
    }

    private static func disk(_ folder: URL) -> Line {
        let free = freeBytes(folder) / 1_000_000
        // A million signatures take about two gigabytes, and a rewrite as much again.
        return free >= 2_000
            ? Line(name: "disk", ok: true, text: "\(free) MB free")
            : Line(name: "disk", ok: false, text: "\(free) MB free; make room for 2,000 or more.")
    }

    private static func runtime(_ settings: Settings, _ organisation: Organisation) throws -> Line {
        let folder = try DataFolder(settings: settings).runtimeFolder(of: organisation.id)
        return isInMemory(folder)
            ? Line(name: "runtime folder", ok: true, text: "\(folder.path), in memory")
            : Line(
                name: "runtime folder", ok: false,
                text: "\(folder.path) is on a disk, where mails could outlive the power; set "
                    + "OUTCRY_RUNTIME to a folder in /run or /dev/shm.")
    }

    /// Swap writes memory to a disk: it must be off, in memory, or encrypted.
    private static var swap: Line {
        let table = (try? String(contentsOfFile: "/proc/swaps", encoding: .utf8)) ?? ""
        let plain = table.split(separator: "\n").dropFirst()
            .compactMap { $0.split(separator: " ").first.map(String.init) }
            .filter { !$0.hasPrefix("/dev/zram") && !$0.hasPrefix("/dev/dm-") }
        return plain.isEmpty
            ? Line(name: "swap", ok: true, text: "none that is plain")
            : Line(
                name: "swap", ok: false,
                text: "\(plain.joined(separator: ", ")) could keep what was in memory; turn it off "
                    + "(swapoff -a, and its line in /etc/fstab) or encrypt it.")
    }

    private static var cores: Line {
        let path = "/proc/sys/kernel/core_pattern"
        let pattern = (try? String(contentsOfFile: path, encoding: .utf8))?.trimmed ?? ""
        // The server forbids its own; this is about what else handles names here.
        return Line(
            name: "core dumps", ok: true,
            text: "the server leaves none, whatever this machine does (\(pattern))")
    }

    private static var clock: Line {
        guard Date().timeIntervalSince1970 > 1_780_000_000 else {
            return Line(
                name: "clock", ok: false,
                text: "is years behind; set it, and install an NTP service.")
        }
        return outcry_clock_is_kept() != 0
            ? Line(name: "clock", ok: true, text: "kept by a time service")
            : Line(
                name: "clock", ok: false,
                text: "nothing keeps it; days would be wrong: apt-get install systemd-timesyncd")
    }

    private static func origin(_ origin: String, _ settings: Settings) -> Line {
        let isOnion = origin.hasSuffix(".onion")
        if origin.hasPrefix("https:"), settings.listen.isLoopback, settings.trustedProxies.isEmpty {
            return Line(
                name: "origin", ok: false,
                text:
                    "\(origin) needs a proxy before this server, and none is trusted: all visitors "
                    + "would count as one neighbourhood. Set OUTCRY_TRUSTED_PROXIES=127.0.0.1")
        }
        let isPublic = origin.hasPrefix("https:") || isOnion
        return Line(
            name: "origin", ok: true,
            text: isPublic ? origin : "\(origin), which only this machine can open")
    }

    private static func keys(
        _ store: SQLiteStore, _ settings: Settings, _ organisation: Organisation
    ) async throws -> [Line] {
        let (all, next) = try await store.read {
            (
                try $0.keyCount(of: organisation.id),
                try $0.nextKeyNumber(of: organisation.id)
            )
        }
        let left = next.map { all - $0 + 1 } ?? 0
        let list =
            left > 0
            ? Line(
                name: "key list", ok: true, text: "\(left) of \(all) keys are left for new actions")
            : Line(
                name: "key list", ok: false,
                text: "all \(all) keys are in use; make a new installation with a longer list.")
        var secrets = Line(name: "private keys", ok: true, text: "none on this machine")
        do {
            try DataFolder(settings: settings).refusePrivateKeys()
        } catch let refusal as Refusal {
            secrets = Line(name: "private keys", ok: false, text: refusal.description)
        }
        return [list, secrets]
    }

    /// Addresses of targets that take no mail any more.
    private static func letters(_ store: SQLiteStore, _ settings: Settings) async throws -> Line {
        let (waiting, disabled) = try await store.read {
            (
                try $0.letterTotals().waiting,
                try $0.targetMailboxes().filter(\.isDisabled).map(\.address)
            )
        }
        guard disabled.isEmpty else {
            return Line(
                name: "letters", ok: false,
                text: "mail is refused at \(disabled.joined(separator: ", ")); find the office's "
                    + "address of today, or see outcry letters status.")
        }
        let bounces = settings.bounceAddress.map { ", failures come back to \($0)" } ?? ""
        return Line(name: "letters", ok: true, text: "\(waiting) wait\(bounces)")
    }

    private func relay(
        _ settings: Settings, _ organisation: Organisation, _ origin: String
    ) async throws -> Line {
        guard let url = settings.smtpURL else {
            return Line(
                name: "relay", ok: false,
                text: "OUTCRY_SMTP_URL is not set: nobody can confirm. Set it to the mail relay.")
        }
        let sender = try settings.mailFrom ?? defaultSender(origin)
        guard let relay = try? SMTPRelay(url: url, from: sender, name: organisation.name) else {
            return Line(
                name: "relay", ok: false,
                text: "OUTCRY_SMTP_URL is no address of a relay; write smtp://HOST:PORT.")
        }
        if let problem = relay.problem() {
            return Line(
                name: "relay", ok: false,
                text: "it does not answer well (\(problem)); see that it runs and lets us in.")
        }
        guard let mailTo else { return Line(name: "relay", ok: true, text: "answers") }
        let address = try EmailAddress(mailTo)
        let test = MailJob(
            to: address, action: .random(), subject: "Outcry can send mail",
            text: "This mail was asked for by outcry doctor.\n",
            created: Date().timeIntervalSince1970)
        let delivery = await relay.send(test)
        return delivery == .accepted
            ? Line(name: "relay", ok: true, text: "took a mail; look whether it arrives")
            : Line(
                name: "relay", ok: false,
                text: "did not take a mail (\(delivery)); its own log says why.")
    }
}
