import Foundation
import Ledger
import Testing

/// Tests/Vectors/ledger.json, made by Go's tlog: `Scripts/ledger-vectors`.
private struct TreeVectors: Decodable {
    let roots: [Root]
    let inclusion: [Inclusion]
    let consistency: [Consistency]

    struct Root: Decodable {
        let size: Int
        let root: String
    }

    struct Inclusion: Decodable {
        let size: Int
        let index: Int
        let proof: [String]
    }

    struct Consistency: Decodable {
        let older: Int
        let size: Int
        let proof: [String]
    }

    static func read() throws -> TreeVectors {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Vectors/ledger.json")
        return try JSONDecoder().decode(TreeVectors.self, from: Data(contentsOf: file))
    }
}

@Suite("Go's code for transparency logs")
struct TreeVectorTests {
    private let growing = GrowingTree(size: 70_000)

    @Test("finds the same roots and proofs")
    func same() throws {
        let vectors = try TreeVectors.read()
        #expect(vectors.roots.count > 40)
        for vector in vectors.roots {
            #expect(try growing.tree(vector.size).root().base64 == vector.root)
        }
        for vector in vectors.inclusion {
            let proof = try growing.tree(vector.size).inclusionProof(of: vector.index)
            #expect(proof.map(\.base64) == vector.proof)
        }
        for vector in vectors.consistency {
            let proof = try growing.tree(vector.size).consistencyProof(from: vector.older)
            #expect(proof.map(\.base64) == vector.proof)
        }
    }

    @Test("makes proofs that are believed here")
    func believed() throws {
        let vectors = try TreeVectors.read()
        let roots = Dictionary(
            vectors.roots.map { ($0.size, TreeHash(base64: $0.root)) }, uniquingKeysWith: { $1 })
        for vector in vectors.inclusion {
            let root = try #require(roots[vector.size] ?? nil)
            #expect(
                isIncluded(
                    growing.leaves[vector.index], at: vector.index, size: vector.size, root: root,
                    proof: vector.proof.compactMap { TreeHash(base64: $0) }))
        }
        for vector in vectors.consistency {
            let root = try #require(roots[vector.size] ?? nil)
            let older = plainRoot(growing.leaves[..<vector.older])
            #expect(
                isConsistent(
                    older: (vector.older, older), newer: (vector.size, root),
                    proof: vector.proof.compactMap { TreeHash(base64: $0) }))
        }
    }
}
