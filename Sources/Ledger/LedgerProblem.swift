/// Why a log does not verify: exactly what, and where.
package enum LedgerProblem: Error, Hashable, Sendable {
    case checkpoint(file: String, Checkpoint.Refusal)
    case noKey
    case keyOfOtherLog(key: String, origin: String)
    case wrongLength(file: String, bytes: Int, expected: Int)
    /// The rest was not read.
    case tooLong(file: String, limit: Int)
    case noEntry(file: String, index: Int)
    /// The index is that of the hash in its level.
    case wrongHash(file: String, index: Int)
    case wrongRoot
    case violation(LedgerState.Violation)
    case noStatements
    case wrongStatement(index: Int)
    case otherLog(file: String, origin: String)
    case shrunk(file: String, older: Int, size: Int)
    case forked(file: String, size: Int)
    case noReceipt(file: String)
    case receiptOfNoSignature(file: String, index: Int)
    case wrongProof(file: String, index: Int)
    case noActionID(file: String)
    case wrongOpening(file: String, index: Int)
    case forgedCosignature(witness: String)
    case noLogOfPolicy(origin: String)
    case noQuorum
}

extension LedgerProblem: CustomStringConvertible {
    package var description: String {
        switch self {
        case .checkpoint(let file, .malformed): "\(file): this is no signed checkpoint"
        case .checkpoint(let file, .notSigned):
            "\(file): the key given has not signed this checkpoint"
        case .checkpoint(let file, .forged): "\(file): the log's signature is wrong"
        case .noKey: "vkey: this is no key of a log"
        case .keyOfOtherLog(let key, let origin):
            "vkey: the key is for the log \(key), and this is the log \(origin)"
        case .wrongLength(let file, let bytes, let expected):
            "\(file): it has \(bytes) bytes, and must have \(expected)"
        case .tooLong(let file, let limit): "\(file): it has more than \(limit) bytes"
        case .noEntry(let file, let index): "\(file): entry \(index) is no entry of a ledger"
        case .wrongHash(let file, let index):
            "\(file): hash \(index) is not that of what is below it"
        case .wrongRoot: "checkpoint: the entries do not make the root that is signed there"
        case .violation(let violation): violation.description
        case .noStatements: "statements.json: this is no list of statements"
        case .wrongStatement(let index):
            "statements.json: the text for entry \(index) is not the one whose hash is there"
        default: descriptionBeside
        }
    }

    /// What is wrong with what was given beside the log.
    private var descriptionBeside: String {
        switch self {
        case .otherLog(let file, let origin): "\(file): it is of another log, \(origin)"
        case .shrunk(let file, let older, let size):
            "\(file): the log had \(older) entries, and has only \(size) now"
        case .forked(let file, let size):
            "\(file): the first \(size) entries are not those that were signed there"
        case .noReceipt(let file): "\(file): this is no receipt"
        case .receiptOfNoSignature(let file, let index):
            "\(file): entry \(index) is no signature"
        case .wrongProof(let file, let index):
            "\(file): its proof does not lead from entry \(index) to its checkpoint"
        case .noActionID(let file):
            "\(file): statements.json does not say which action the log is of, so that the receipt "
                + "cannot be checked"
        case .wrongOpening(let file, let index):
            "\(file): entry \(index) is the signature of somebody else"
        case .forgedCosignature(let witness):
            "checkpoint: the signature of the witness \(witness) is wrong"
        case .noLogOfPolicy(let origin):
            "checkpoint: none of the policy's logs has signed it as \(origin)"
        case .noQuorum: "checkpoint: too few of the policy's witnesses have signed it"
        default: ""
        }
    }
}
