import Crypto
import Domain
import Foundation

/// Checks of what lies beside the log: statements, checkpoints kept from before, receipts.
extension LedgerVerifier {
    /// `bytes` are those of `statements.json`, which may go beyond the checkpoint.
    package mutating func check(statements bytes: [UInt8]) {
        guard let statements = LedgerStatement.list(bytes) else { return report(.noStatements) }
        var missing = Set(kept.filter { $0.value.kind.hasStatement }.keys)
        for statement in statements where statement.index < checkpoint.size {
            guard let entry = kept[statement.index], entry.kind.hasStatement,
                entry.a.elementsEqual(SHA256.hash(data: Array(statement.text.utf8)))
            else {
                report(.wrongStatement(index: statement.index))
                continue
            }
            missing.remove(statement.index)
            if statement.index == 0 { opening = statement.text }
        }
        missingTexts = missing.count
    }

    /// A checkpoint kept from before, which the log has signed; its size was given to `init`.
    package mutating func check(older: Checkpoint, file: String) {
        _ = isContinued(older, file: file)
    }

    private mutating func isContinued(_ older: Checkpoint, file: String) -> Bool {
        if older.origin != checkpoint.origin {
            report(.otherLog(file: file, origin: older.origin))
        } else if older.size > checkpoint.size {
            report(.shrunk(file: file, older: older.size, size: checkpoint.size))
        } else if roots[older.size] != older.root {
            report(.forked(file: file, size: older.size))
        } else {
            return true
        }
        return false
    }

    /// A receipt with its checkpoint, which the log has signed; size and index were given to
    /// `init`, and the statements were checked.
    package mutating func check(receipt: LedgerProof, of older: Checkpoint, file: String) {
        guard isContinued(older, file: file) else { return }
        guard let entry = kept[receipt.index], entry.kind == .sign else {
            return report(.receiptOfNoSignature(file: file, index: receipt.index))
        }
        guard receipt.holds(for: entry, in: older) else {
            return report(.wrongProof(file: file, index: receipt.index))
        }
        guard let action = opening.flatMap(ActionID.init(opening:)) else {
            return report(.noActionID(file: file))
        }
        let leaf = SHA256.hash(
            data: Array("outcry/leaf/v1".utf8) + action.bytes + receipt.opening)
        guard entry.a.elementsEqual(leaf) else {
            return report(.wrongOpening(file: file, index: receipt.index))
        }
    }

}

extension ActionID {
    /// From the statement that opens a ledger; nil if it does not say it.
    ///
    /// ```
    /// outcry open 2\n<slug>\n<action id>\n<version>\none per mailbox\n
    /// ```
    init?(opening statement: String) {
        let lines = statement.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines[0] == "outcry open 2",
            let action = [UInt8](hex: lines[2]).flatMap({ ActionID($0) })
        else { return nil }
        self = action
    }
}

extension LedgerEntry.Kind {
    /// Whether `a` is the hash of a statement.
    var hasStatement: Bool {
        switch self {
        case .open, .keyChange, .close, .audit, .newVersion, .paper, .statement: true
        case .sign, .withdraw, .setAside, .readmit, .removedOnRequest: false
        }
    }
}
