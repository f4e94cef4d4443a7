import Crypto
import Domain
import Foundation

/// What a witness is asked with `add-checkpoint` (C2SP tlog-witness).
///
/// ```
/// old <size>
/// base64(hash)            for each step of the consistency proof, at most 63
///
/// <checkpoint>
/// ```
package struct WitnessRequest: Hashable, Sendable {
    /// The size of the checkpoint that the witness cosigned last.
    package let oldSize: Int
    /// That the tree of `oldSize` is the beginning of the note's.
    package let proof: [TreeHash]
    package let note: SignedNote

    /// Bytes of a whole request; no request of a log is nearly as long.
    package static let limit = 64 * 1024
    private static let longestProof = 63

    package init(oldSize: Int, proof: [TreeHash], note: SignedNote) {
        self.oldSize = oldSize
        self.proof = proof
        self.note = note
    }

    /// Nil for anything but a request in every byte.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count <= Self.limit else { return nil }
        let bytes = Array(bytes)
        guard
            let gap = zip(bytes, bytes.dropFirst()).enumerated()
                .first(where: { $0.element == (0x0a, 0x0a) })?.offset,
            let head = String(validating: bytes[..<gap], as: UTF8.self),
            let note = SignedNote(bytes[(gap + 2)...])
        else { return nil }
        let lines = head.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count <= 1 + Self.longestProof, lines[0].hasPrefix("old "),
            let oldSize = decimal(lines[0].dropFirst(4))
        else { return nil }
        var proof: [TreeHash] = []
        for line in lines.dropFirst() {
            guard let hash = TreeHash(base64: line) else { return nil }
            proof.append(hash)
        }
        self.init(oldSize: oldSize, proof: proof, note: note)
    }

    package var bytes: [UInt8] {
        let head = ["old \(oldSize)"] + proof.map(\.base64) + [""]
        return Array(head.map { $0 + "\n" }.joined().utf8) + note.bytes
    }
}

/// What a witness answers.
package enum WitnessAnswer: Hashable, Sendable {
    case cosigned(SignedNote.Signature)
    case malformed
    /// The note is not signed, or wrongly, by the key that the origin belongs to.
    case notSigned
    case unknownOrigin
    /// The key has as many origins as this witness keeps for one.
    case tooManyOrigins
    /// The size of the checkpoint that was cosigned last is another one.
    case conflict(size: Int)
    /// The proof does not lead from the last checkpoint to this one.
    case inconsistent

    package var status: Int {
        switch self {
        case .cosigned: 200
        case .malformed: 400
        case .notSigned: 403
        case .unknownOrigin, .tooManyOrigins: 404
        case .conflict: 409
        case .inconsistent: 422
        }
    }

    package static let sizeType = "text/x.tlog.size"

    package var contentType: String {
        if case .conflict = self { Self.sizeType } else { "text/plain; charset=utf-8" }
    }

    package var body: String {
        switch self {
        case .cosigned(let signature): signature.line
        case .malformed:
            "This is no add-checkpoint request, or its old size is above the new one.\n"
        case .notSigned: "The log's key has not signed this checkpoint.\n"
        case .unknownOrigin: "This witness does not know the log.\n"
        case .tooManyOrigins: "This witness keeps no more logs of this key.\n"
        case .conflict(let size): "\(size)\n"
        case .inconsistent: "The proof does not lead from the last checkpoint to this one.\n"
        }
    }
}

/// How a log is called in addresses and files of a witness: SHA-256 of its origin, in hexadecimal.
package func originHash(_ origin: String) -> String {
    Array(SHA256.hash(data: Array(origin.utf8))).hex
}
