import ArgumentParser
import Domain
import Foundation
import Hummingbird
import Ledger
import Logging
import Mail
import NIOCore
import Web

struct WitnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Cosign the ledgers of other installations, as long as each only grows.",
        discussion: "Prints the witness's key, and its line for a policy file. See Docs/witness.md."
    )

    @Option(help: "The folder of this witness: its key, and what it has cosigned.")
    var state: String
    @Option(help: "Its name for ever, such as witness.example/outcry.") var name: String
    @Option(help: "Address and port.") var listen = "127.0.0.1:8090"
    @Option(help: "Where others reach it, for the policy line (default: where it listens).")
    var url: String?
    @Option(
        name: .customLong("log"),
        help: "The vkey of an installation, as it serves it; may be given again.")
    var logs: [String] = []

    func run() async throws {
        forbidDumps()
        raiseFileLimit()
        guard isKeyName(name), name.utf8.count <= 200 else {
            throw Refusal("\"\(name)\" is no name for a key: write one without spaces and plus.")
        }
        guard let listen = Settings.Listen(listen) else {
            throw Refusal("\"\(listen)\" is no address to listen on; write HOST:PORT.")
        }
        let keys = try logKeys()
        let folder = try WitnessFolder(
            URL(filePath: state, directoryHint: .isDirectory).standardizedFileURL)
        let lock = try folder.lock()
        defer { close(lock) }
        var logger = Logger(label: "outcry") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = .notice
        let witness = try folder.witness(named: name, logs: keys, logger: logger)
        try await serve(witness, on: listen, logger)
    }

    private func logKeys() throws -> [NoteKey] {
        guard !logs.isEmpty else {
            throw Refusal("No log. Give --log VKEY: .../actions/SLUG/log/vkey of an installation.")
        }
        return try logs.map { text in
            guard let key = NoteKey(text), key.kind == .log else {
                throw Refusal("\"\(text)\" is no key of a log. Copy it whole from .../log/vkey.")
            }
            return key
        }
    }

    private func serve(
        _ witness: Witness, on listen: Settings.Listen, _ logger: Logger
    ) async throws {
        let app = Application(
            router: witnessRouter(witness, logger),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [Deadline()],
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 8_192, maxHeaderListSize: 16_384,
                        maxHeaderFieldCount: 100))),
            configuration: .init(
                address: .hostname(listen.host, port: listen.port), serverName: nil,
                availableConnectionsDelegate: .maximum(1_000, logger: logger)),
            onServerRunning: { [url] channel in
                var listen = listen
                listen.port = channel.localAddress?.port ?? listen.port
                let key = witness.key
                let lines = "\(key.text)\nwitness \(key.name) \(key.text) \(url ?? listen.origin)\n"
                FileHandle.standardOutput.write(Data(lines.utf8))
            },
            logger: logger)
        do {
            try await app.runService()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw Refusal("\(listen.origin) is taken by another program. Choose another port.")
        }
    }
}

/// The addresses of a witness (C2SP tlog-witness). Nothing that it logs says who asked.
private func witnessRouter(_ witness: Witness, _ logger: Logger) -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self)
    router.post("add-checkpoint") { request, _ in
        let body = try await request.body.collect(upTo: WitnessRequest.limit)
        let time = UInt64(max(1, Date().timeIntervalSince1970))
        do {
            let answer = try await witness.add(Array(body.readableBytesView), time: time)
            return text(answer.body, .init(code: answer.status), answer.contentType)
        } catch {
            logger.error(
                "nothing was cosigned: it could not be kept", metadata: ["error": "\(error)"])
            return text("What was asked could not be kept.\n", .internalServerError)
        }
    }
    router.get(":log/checkpoint") { _, context in
        guard let note = await witness.checkpoint(try context.parameters.require("log")) else {
            return text("This witness has cosigned no such log.\n", .notFound)
        }
        return text(String(decoding: note.bytes, as: UTF8.self), .ok)
    }
    return router
}

private func text(
    _ text: String, _ status: HTTPResponse.Status, _ type: String = "text/plain; charset=utf-8"
) -> Response {
    Response(
        status: status, headers: [.contentType: type, .cacheControl: "no-store"],
        body: .init(byteBuffer: ByteBuffer(string: text)))
}

/// What a witness keeps.
///
/// ```
/// key                     PRIVATE+KEY+<name>+<key id>+<base64 of type(1) | seed(32)>
/// lock
/// origins, checkpoints/   see Witness
/// ```
private struct WitnessFolder {
    private let folder: URL
    private let files: DiskFiles

    /// Makes the folder if need be; throws `Refusal` if it is not this user's own.
    init(_ folder: URL) throws {
        self.folder = folder
        files = DiskFiles(folder: folder)
        do {
            try takePrivateFolder(folder)
        } catch let error as CocoaError {
            throw Refusal("\(folder.path) cannot be made: \(error.localizedDescription)")
        }
        synchronizeFolder(of: folder)
    }

    /// Two witnesses with one key could cosign two histories. The lock goes with the process.
    func lock() throws -> Int32 {
        let path = folder.appending(path: "lock").path
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Refusal("\(path) cannot be written. Check the folder's owner and the disk.")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw Refusal("A witness is running on \(folder.path) already. Stop it first.")
        }
        return descriptor
    }

    func witness(named name: String, logs: [NoteKey], logger: Logger) throws -> Witness {
        let key = try readKey(name) ?? makeKey(name)
        do {
            return try Witness(name: name, key: key, logs: logs, files: files, logger: logger)
        } catch let problem as Witness.Problem {
            throw Refusal(explain(problem))
        }
    }

    private var keyFile: URL { folder.appending(path: "key") }

    /// Nil if there is none.
    private func readKey(_ name: String) throws -> SigningKey? {
        guard FileManager.default.fileExists(atPath: keyFile.path) else { return nil }
        guard let text = try? String(contentsOf: keyFile, encoding: .utf8) else {
            throw Refusal("\(keyFile.path) cannot be read. Run this as its owner.")
        }
        let parts = text.trimmed.split(separator: "+", maxSplits: 4)
        guard parts.count == 5, parts[0] == "PRIVATE", parts[1] == "KEY",
            let bytes = [UInt8](base64: parts[4]), bytes.first == NoteKey.Kind.cosigner.rawValue,
            let key = SigningKey(seed: Array(bytes.dropFirst()), kind: .cosigner),
            key.publicKey(named: String(parts[2])).id.hex == parts[3]
        else { throw Refusal("\(keyFile.path) is damaged. \(Self.retire)") }
        guard parts[2] == name else {
            throw Refusal(
                """
                The witness in \(folder.path) is called \(parts[2]), and its name is part of its key. \
                Give --name \(parts[2]), or another --state for a new witness.
                """)
        }
        return key
    }

    private func makeKey(_ name: String) throws -> SigningKey {
        guard !Witness.hasCosigned(files) else {
            throw Refusal("\(keyFile.path) is gone. \(Self.retire)")
        }
        let key = SigningKey(kind: .cosigner)
        let secret = ([key.kind.rawValue] + key.seed).base64
        let text = "PRIVATE+KEY+\(name)+\(key.publicKey(named: name).id.hex)+\(secret)\n"
        // Before the key is there, so that a key without it is one that has lost something.
        try Witness.prepare(files)
        let draft = folder.appending(path: "key.new")
        try writePrivate(Data(text.utf8), to: draft)
        guard rename(draft.path, keyFile.path) == 0 else {
            throw Refusal("\(keyFile.path) cannot be written. Check the folder's owner.")
        }
        synchronizeFolder(of: keyFile)
        return key
    }

    private func explain(_ problem: Witness.Problem) -> String {
        switch problem {
        case .emptied:
            "\(folder.path) has a key and nothing of what it has cosigned. \(Self.retire)"
        case .lost(let file): "\(folder.path)/\(file) is gone. \(Self.retire)"
        case .damaged(let file): "\(folder.path)/\(file) is damaged. \(Self.retire)"
        }
    }

    private static let retire = """
        A witness that has forgotten what it cosigned could cosign a second history, so this one \
        must not go on: start a new one with another --state and --name, and give its key to those \
        who trusted this one. See Docs/witness.md.
        """
}
