/// What the signatures below a checkpoint are worth.
package struct LedgerSignatures: Sendable {
    package let lines: [Line]
    package let problems: [LedgerProblem]

    package struct Line: Hashable, Sendable {
        /// The name of the key.
        package let name: String
        package let signer: Signer
    }

    package enum Signer: Hashable, Sendable {
        case log
        /// A witness by its name in the policy, with the time of its signature in seconds since
        /// 1970.
        case witness(String, time: UInt64)
        /// Nobody here knows the key.
        case unknown
        case forged
    }

    /// `key` is the log's, which has signed `checkpoint`, the note's text.
    package init(
        of note: SignedNote, checkpoint: Checkpoint, key: NoteKey, policy: WitnessPolicy?
    ) {
        let key = key.named(checkpoint.origin)
        let witnesses = policy?.witnesses ?? []
        lines = note.signatures.map { signature in
            let alone = SignedNote(text: note.text, signatures: [signature])
            return Line(
                name: signature.name,
                signer: Self.signer(of: alone, signature, key: key, witnesses: witnesses))
        }
        var problems: [LedgerProblem] = []
        var cosigners: Set<NoteKey> = []
        for witness in witnesses {
            switch witness.key.verdict(on: note) {
            case .signed: cosigners.insert(witness.key)
            case .forged: problems.append(.forgedCosignature(witness: witness.name))
            case .absent: break
            }
        }
        if let policy {
            let isListed = policy.logs.contains {
                $0.key.name == checkpoint.origin && $0.key.verdict(on: note) == .signed
            }
            if !policy.logs.isEmpty, !isListed {
                problems.append(.noLogOfPolicy(origin: checkpoint.origin))
            }
            if !policy.isQuorum(cosigners) { problems.append(.noQuorum) }
        }
        self.problems = problems
    }

    private static func signer(
        of note: SignedNote, _ signature: SignedNote.Signature, key: NoteKey,
        witnesses: [WitnessPolicy.Witness]
    ) -> Signer {
        switch key.verdict(on: note) {
        case .signed: return .log
        case .forged: return .forged
        case .absent: break
        }
        for witness in witnesses {
            switch witness.key.verdict(on: note) {
            case .signed:
                return .witness(witness.name, time: Cosignature.time(of: signature.bytes) ?? 0)
            case .forged: return .forged
            case .absent: break
            }
        }
        return .unknown
    }
}
