import Domain
package import Logging

/// Cosigns the checkpoints of logs, each only if it goes on from the one before (C2SP
/// tlog-witness). What it has cosigned is on the disk before anybody hears of it.
///
/// ```
/// origins                 the names below, one a line, in order
/// checkpoints/<name>      the last checkpoint of a log with its signature and the witness's own;
///                         <name> is the SHA-256 of the origin
/// ```
///
/// Every origin that one of the log keys signs is known. It belongs to the first key that signs
/// it: no other can take it away.
package actor Witness {
    /// How many logs are kept for one key; an action is a log.
    package static let originLimit = 1_000

    package nonisolated let key: NoteKey
    private let signingKey: SigningKey
    private let logs: [NoteKey]
    private let files: any LedgerFiles
    private let originLimit: Int
    private let logger: Logger
    private var records: [String: Record]
    /// Origins that were found with two histories.
    private var reported: Set<String> = []

    private struct Record {
        let checkpoint: Checkpoint
        let note: SignedNote
        /// The log key that has signed it; nil if that is none of today's.
        let owner: NoteKey?
    }

    /// Why a witness must not go on with the files that it has.
    package enum Problem: Error, Hashable, Sendable {
        /// There are none, and its key was in use.
        case emptied
        /// What it has cosigned of some log is gone.
        case lost(file: String)
        /// Not as it was written.
        case damaged(file: String)
    }

    /// Makes the files of a new witness, before its key is made.
    package static func prepare(_ files: any LedgerFiles) throws {
        try files.write([], as: originsFile)
        try files.settle()
    }

    /// Whether there are files of a witness that has cosigned something.
    package static func hasCosigned(_ files: any LedgerFiles) -> Bool {
        (files.byteCount(originsFile) ?? 0) > 0
    }

    private static let originsFile = "origins"
    private static func file(_ name: String) -> String { "checkpoints/\(name)" }

    /// `logs` are public keys of installations; their names count only as origins that are known
    /// before they sign. Throws `Problem`.
    package init(
        name: String, key: SigningKey, logs: [NoteKey], files: any LedgerFiles, logger: Logger,
        originLimit: Int = Witness.originLimit
    ) throws {
        signingKey = key
        self.key = key.publicKey(named: name)
        self.logs = logs
        self.files = files
        self.logger = logger
        self.originLimit = originLimit
        guard let bytes = try files.read(Self.originsFile) else { throw Problem.emptied }
        records = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            records[String(line)] = try Self.read(String(line), files, self.key, logs)
        }
    }

    private static func read(
        _ name: String, _ files: any LedgerFiles, _ key: NoteKey, _ logs: [NoteKey]
    ) throws -> Record {
        let file = file(name)
        guard let bytes = try files.read(file) else { throw Problem.lost(file: file) }
        guard let note = SignedNote(bytes), let checkpoint = Checkpoint(text: note.text),
            originHash(checkpoint.origin) == name, key.verdict(on: note) == .signed
        else { throw Problem.damaged(file: file) }
        let verdicts = logs.map { $0.named(checkpoint.origin).verdict(on: note) }
        guard !verdicts.contains(.forged) else { throw Problem.damaged(file: file) }
        let owner = verdicts.firstIndex(of: .signed).map { logs[$0] }
        return Record(checkpoint: checkpoint, note: note, owner: owner)
    }

    /// The answer to the body of an `add-checkpoint`. `time` is seconds since 1970. Throws if it
    /// could not be kept: then nothing was cosigned.
    package func add(_ body: [UInt8], time: UInt64) throws -> WitnessAnswer {
        guard let request = WitnessRequest(body),
            let checkpoint = Checkpoint(text: request.note.text)
        else { return .malformed }
        let name = originHash(checkpoint.origin)
        let record = records[name]
        let owner: NoteKey
        switch signer(of: request.note, checkpoint.origin, record) {
        case .success(let key): owner = key
        case .failure(let refusal): return refusal.answer
        }
        guard request.oldSize <= checkpoint.size else { return .malformed }
        let older = record.map { ($0.checkpoint.size, $0.checkpoint.root) } ?? (0, .empty)
        guard request.oldSize == older.0 else { return .conflict(size: older.0) }
        guard
            isConsistent(
                older: older, newer: (checkpoint.size, checkpoint.root), proof: request.proof)
        else {
            if let record { report(request.note, checkpoint, against: record) }
            return .inconsistent
        }
        let cosignature = try keep(request.note, checkpoint, name, owner, time)
        return .cosigned(cosignature)
    }

    private struct Refused: Error {
        let answer: WitnessAnswer
    }

    /// The log key that has signed the note under its origin as name, if it may.
    private func signer(
        of note: SignedNote, _ origin: String, _ record: Record?
    ) -> Result<NoteKey, Refused> {
        let trusted = record?.owner.map { [$0] } ?? logs
        let verdicts = trusted.map { $0.named(origin).verdict(on: note) }
        if verdicts.contains(.forged) { return .failure(.init(answer: .notSigned)) }
        guard let index = verdicts.firstIndex(of: .signed) else {
            let isKnown = record != nil || logs.contains { $0.name == origin }
            return .failure(.init(answer: isKnown ? .notSigned : .unknownOrigin))
        }
        let owner = trusted[index]
        guard record != nil || records.values.count(where: { $0.owner == owner }) < originLimit
        else { return .failure(.init(answer: .tooManyOrigins)) }
        return .success(owner)
    }

    /// Nothing is awaited between the comparison with the last checkpoint and the end of this: of
    /// two requests that follow the same one, one comes too late.
    private func keep(
        _ note: SignedNote, _ checkpoint: Checkpoint, _ name: String, _ owner: NoteKey,
        _ time: UInt64
    ) throws -> SignedNote.Signature {
        let logKey = owner.named(checkpoint.origin)
        let cosignature = try signingKey.sign(note.text, named: key.name, time: max(1, time))
        let signature = note.signatures.first { $0.name == logKey.name && $0.keyID == logKey.id }
        let kept = SignedNote(
            text: note.text, signatures: [signature, cosignature].compactMap(\.self))
        try files.write(kept.bytes, as: Self.file(name))
        try files.settle()
        if records[name] == nil {
            // Listed only when it is there: a list that names what is missing is a loss.
            let names = (records.keys + [name]).sorted().map { $0 + "\n" }.joined()
            try files.write(Array(names.utf8), as: Self.originsFile)
            try files.settle()
            logger.notice("a new log", metadata: ["origin": "\(checkpoint.origin)"])
        }
        records[name] = Record(checkpoint: checkpoint, note: kept, owner: owner)
        return cosignature
    }

    /// Two checkpoints of one size that the log has signed, and only one can be true. Said once a
    /// log: whoever has both could say it for ever.
    private func report(_ note: SignedNote, _ checkpoint: Checkpoint, against record: Record) {
        let cosigned = record.checkpoint
        guard checkpoint.size == cosigned.size, checkpoint.root != cosigned.root,
            reported.insert(checkpoint.origin).inserted
        else { return }
        logger.critical(
            "a log has signed two histories",
            metadata: [
                "cosigned": "\(String(decoding: record.note.bytes, as: UTF8.self))",
                "refused": "\(String(decoding: note.bytes, as: UTF8.self))",
            ])
    }

    /// The last checkpoint of the log that `originHash` calls so; nil if none was cosigned.
    package func checkpoint(_ name: String) -> SignedNote? { records[name]?.note }
}
