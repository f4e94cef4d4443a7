import Domain
import Ledger
import Sealing
import Storage

/// What a withdrawal code says about the place of its signature.
enum ReceiptAnswer {
    case unknown
    case takenBack(ActionID)
    /// Counted, and not yet in the published ledger.
    case waiting(ActionID)
    /// `index` is from 0; `proof` is a `c2sp.org/tlog-proof@v1` file.
    case entry(ActionID, index: Int, size: Int, proof: [UInt8])
}

extension Services {
    /// Changes nothing, and is the same work for every code that is known.
    func receipt(for code: WithdrawalCode) async throws -> ReceiptAnswer {
        let lookup = code.lookup
        let status = try await store.read { try $0.signature(lookup: lookup) }
        switch status {
        case .unknown: return .unknown
        case .takenBack(let action): return .takenBack(action)
        case .counted(let record, let action, let receipt):
            guard let slug = board.action(action)?.slug,
                let bytes = try ledgerFiles.read("\(slug)/checkpoint"),
                let note = SignedNote(bytes), let checkpoint = Checkpoint(text: note.text),
                let opening = code.openReceipt(receipt)
            else { return .waiting(action) }
            let place = try await store.read { transaction -> (index: Int, path: [TreeHash])? in
                guard let index = try transaction.ledgerIndex(of: record), index < checkpoint.size
                else { return nil }
                let tree = MerkleTree(size: checkpoint.size, of: action, in: transaction)
                return (index, try tree.inclusionProof(of: index))
            }
            guard let place else { return .waiting(action) }
            let proof = LedgerProof(
                opening: opening, index: place.index, path: place.path, checkpoint: note)
            return .entry(
                action, index: place.index, size: checkpoint.size, proof: proof.bytes)
        }
    }
}
