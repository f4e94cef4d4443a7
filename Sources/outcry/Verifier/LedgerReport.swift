import Domain
import Foundation
import Ledger

/// What a check of a log has found, in sentences and for programs. Numbers that were not proved
/// are not in it.
struct LedgerReport {
    /// 0 all is well, 1 it does not verify, 2 it could not be read.
    let code: Int32
    let problems: [String]
    private(set) var checkpoint: Checkpoint?
    /// Nil unless all is well.
    private(set) var state: LedgerState?
    private(set) var signatures: [LedgerSignatures.Line] = []
    private var remarks: [String] = []

    init(problems: [LedgerProblem]) {
        code = 1
        self.problems = problems.map(\.description)
    }

    init(unread reason: String) {
        code = 2
        problems = [reason]
    }

    /// `older` and `receipt` are what was asked about, with size and index.
    init(
        _ verifier: LedgerVerifier, _ signatures: LedgerSignatures,
        older: [(file: String, size: Int)], receipt: (file: String, index: Int)?
    ) {
        checkpoint = verifier.checkpoint
        self.signatures = signatures.lines
        problems = verifier.problems.map(\.description)
        code = problems.isEmpty ? 0 : 1
        guard problems.isEmpty else { return }
        state = verifier.state
        remarks = older.map {
            "\($0.file) is kept: its \($0.size) entries are the beginning of this log."
        }
        if let (file, index) = receipt {
            let standing = verifier.state.signature(at: index).map(Self.words) ?? "not there"
            remarks.append("\(file) is right: entry \(index) is its signature, and is \(standing).")
        }
        switch verifier.missingTexts {
        case nil: remarks.append("The statements' texts are not there, and were not checked.")
        case 0?: break
        case let count?: remarks.append("\(count) statements are without their text.")
        }
    }

    var sentences: [String] {
        var lines: [String] = []
        if let state { lines += Self.numbers(state) }
        if let checkpoint {
            lines.append(
                "The log \(checkpoint.origin) has \(checkpoint.size) entries; its root is "
                    + "\(checkpoint.root.base64).")
        }
        lines += signatures.map(Self.sentence) + remarks
        switch code {
        case 0: lines.append("All of it verifies.")
        case 1: lines.append("It does not verify:")
        default: lines.append("It could not be checked:")
        }
        return lines + problems.map { "- \($0)." }
    }

    private static func numbers(_ state: LedgerState) -> [String] {
        var lines = ["\(state.counted) signatures are counted."]
        lines.append(
            "\(state.withdrawn) were taken back with their code, \(state.removed) by mailed link.")
        for (reason, count) in state.aside.sorted(by: { $0.key < $1.key }) {
            lines.append("\(count) are set aside: \(name(reason)).")
        }
        if state.paper > 0 {
            lines.append("\(state.paper) on paper, which are not in the number.")
        }
        return lines
    }

    /// What the flag is called by which signatures were set aside.
    private static func name(_ reason: UInt8) -> String {
        switch SignatureFlags(rawValue: reason) {
        case .honeypot: "honeypot"
        case .disposable: "disposable"
        default: "reason \(reason)"
        }
    }

    private static func words(_ standing: LedgerState.SignatureState) -> String {
        switch standing {
        case .counted: "counted"
        case .aside(let reason): "set aside: \(name(reason))"
        case .withdrawn: "taken back with its code"
        case .removed: "taken back by mailed link"
        }
    }

    private static func sentence(_ line: LedgerSignatures.Line) -> String {
        switch line.signer {
        case .log: "The signature of the log itself holds."
        case .witness(let name, let time):
            "The signature of the witness \(name) holds, made at "
                + "\(Date(timeIntervalSince1970: Double(time)).ISO8601Format())."
        case .unknown: "The signature of \(line.name) was not checked: no policy has its key."
        case .forged: "The signature of \(line.name) is wrong."
        }
    }
}

extension LedgerReport: Encodable {
    private enum Key: String, CodingKey {
        case number, size, root, origin, withdrawn, removed, aside, paper, signatures, problems, ok
    }

    private struct Signature: Encodable {
        let name: String
        let signer: String
        let time: UInt64?

        init(_ line: LedgerSignatures.Line) {
            name = line.name
            switch line.signer {
            case .log: (signer, time) = ("log", nil)
            case .witness(_, let time): (signer, self.time) = ("witness", time)
            case .unknown: (signer, time) = ("unknown", nil)
            case .forged: (signer, time) = ("forged", nil)
            }
        }
    }

    /// What is not known is null.
    func encode(to encoder: any Encoder) throws {
        var keys = encoder.container(keyedBy: Key.self)
        let aside = state.map { state in
            Dictionary(uniqueKeysWithValues: state.aside.map { (Self.name($0.key), $0.value) })
        }
        try keys.encode(state?.counted, forKey: .number)
        try keys.encode(checkpoint?.size, forKey: .size)
        try keys.encode(checkpoint?.root.base64, forKey: .root)
        try keys.encode(checkpoint?.origin, forKey: .origin)
        try keys.encode(state?.withdrawn, forKey: .withdrawn)
        try keys.encode(state?.removed, forKey: .removed)
        try keys.encode(aside, forKey: .aside)
        try keys.encode(state?.paper, forKey: .paper)
        try keys.encode(signatures.map(Signature.init), forKey: .signatures)
        try keys.encode(problems, forKey: .problems)
        try keys.encode(code == 0, forKey: .ok)
    }
}
