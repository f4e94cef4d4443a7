import Foundation
import Ledger
import Testing

@Suite("The tree")
struct TreeTests {
    @Test("The empty tree has the hash of nothing, and a leaf that of the RFC")
    func known() {
        #expect(TreeEdge().root == .empty)
        // The values of RFC 6962's reference implementation for no leaf and for an empty one.
        #expect(hex(.empty) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(
            hex(TreeHash(leaf: []))
                == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    }

    private func hex(_ hash: TreeHash) -> String {
        hash.bytes.map { String(format: "%02x", $0) }.joined()
    }

    @Test("A hash has one spelling in base64")
    func base64() {
        let hash = TreeHash(leaf: [1])
        #expect(TreeHash(base64: hash.base64) == hash)
        let text = hash.base64
        for wrong in [
            "", "AAAA", String(text.dropLast()), text + "=", text + "\n", " " + text,
            String(repeating: "A", count: 42) + "B=",
        ] {
            #expect(TreeHash(base64: wrong) == nil)
        }
    }

    @Test("Every tree of 0 to 600 leaves has one root, from its edge, its tiles and the RFC")
    func everySize() throws {
        var growing = GrowingTree()
        for size in 0...600 {
            let before = growing.edge.size
            #expect(
                Set(growing.grow(to: size)) == hashTiles(Tile.new(in: size, since: before)))
            let root = plainRoot(growing.leaves[...])
            #expect(growing.edge.root == root)
            #expect(try growing.tree(size).root() == root)
        }
    }

    @Test("So has a large one, however it grew")
    func largeSizes() throws {
        var growing = GrowingTree()
        for size in [255, 256, 257, 65_279, 65_535, 65_536, 65_537, 66_000, 70_000] {
            let before = growing.edge.size
            #expect(
                Set(growing.grow(to: size)) == hashTiles(Tile.new(in: size, since: before)))
            let root = plainRoot(growing.leaves[...])
            #expect(growing.edge.root == root)
            #expect(try growing.tree(size).root() == root)
        }
        #expect(growing.grow(to: 70_000).isEmpty)
    }

    private func hashTiles(_ tiles: [Tile]) -> Set<Tile> {
        Set(tiles.filter { $0.content != .entries })
    }

    @Test("An edge goes on from the partial tiles that were kept", arguments: [0, 1, 256, 65_792])
    func edgeAgain(size: Int) throws {
        var growing = GrowingTree(size: size)
        let partial: (Int) -> [TreeHash] = { level in
            growing.tiles.filter {
                $0.key.content == .hashes(level: level)
                    && $0.key.number == (size >> (8 * level)) / 256
            }.map(\.value).max { $0.count < $1.count } ?? []
        }
        var edge = try #require(TreeEdge(size: size, partial: partial))
        growing.grow(to: size + 300)
        _ = edge.append(Array(growing.leaves[size...]))
        #expect(edge.root == growing.edge.root)
        #expect(TreeEdge(size: size + 1, partial: partial) == nil)
    }

    @Test("Tiles of the wrong width are not believed")
    func wrongWidth() {
        let short = MerkleTree(size: 300) { _ in [.empty] }
        #expect(throws: MerkleTree.Problem.self) { try short.root() }
    }
}

@Suite("Proofs")
struct ProofTests {
    @Test("Every leaf of every small tree is proved, and no other leaf, place, size or root")
    func inclusion() throws {
        let growing = GrowingTree(size: 33)
        for size in 1...33 {
            let root = plainRoot(growing.leaves[..<size])
            for index in 0..<size {
                let proof = try growing.tree(size).inclusionProof(of: index)
                let leaf = growing.leaves[index]
                #expect(isIncluded(leaf, at: index, size: size, root: root, proof: proof))
                for other in -1...size where other != index {
                    #expect(!isIncluded(leaf, at: other, size: size, root: root, proof: proof))
                }
                #expect(!isIncluded(.empty, at: index, size: size, root: root, proof: proof))
                for longer in [proof + [.empty], Array(proof.dropLast())] where longer != proof {
                    #expect(!isIncluded(leaf, at: index, size: size, root: root, proof: longer))
                }
            }
        }
    }

    @Test("Every small tree is proved to go on from every smaller one, and from no other")
    func consistency() throws {
        let growing = GrowingTree(size: 33)
        let roots = (0...33).map { plainRoot(growing.leaves[..<$0]) }
        for size in 0...33 {
            for older in 0...size {
                let proof = try growing.tree(size).consistencyProof(from: older)
                let (old, new) = ((older, roots[older]), (size, roots[size]))
                #expect(isConsistent(older: old, newer: new, proof: proof))
                #expect(!isConsistent(older: old, newer: new, proof: proof + [.empty]))
                #expect(!isConsistent(older: (older, .init(leaf: [])), newer: new, proof: proof))
                // An empty tree is the beginning of any.
                guard older > 0 else { continue }
                #expect(!isConsistent(older: old, newer: (size, .empty), proof: proof))
                guard older < size else { continue }
                #expect(!isConsistent(older: new, newer: old, proof: proof))
                #expect(!isConsistent(older: old, newer: new, proof: Array(proof.dropLast())))
            }
        }
    }

    @Test("A large tree is proved too, and every byte of a proof and of a root counts")
    func large() throws {
        let growing = GrowingTree(size: 70_000)
        let root = growing.edge.root
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20 {
            let index = Int.random(in: 0..<70_000, using: &random)
            let leaf = growing.leaves[index]
            let proof = try growing.tree(70_000).inclusionProof(of: index)
            #expect(isIncluded(leaf, at: index, size: 70_000, root: root, proof: proof))
            for place in proof.indices {
                let wrong = proof.turned(place, byte: Int.random(in: 0..<32, using: &random))
                #expect(!isIncluded(leaf, at: index, size: 70_000, root: root, proof: wrong))
            }
        }
        for older in [1, 2, 255, 256, 4_096, 65_535, 65_536, 69_999] {
            let old = (older, plainRoot(growing.leaves[..<older]))
            let proof = try growing.tree(70_000).consistencyProof(from: older)
            #expect(isConsistent(older: old, newer: (70_000, root), proof: proof))
            for place in proof.indices {
                for byte in 0..<32 {
                    let wrong = proof.turned(place, byte: byte)
                    #expect(!isConsistent(older: old, newer: (70_000, root), proof: wrong))
                }
            }
            for byte in 0..<32 {
                let (left, right) = (old.1.turned(byte), root.turned(byte))
                #expect(!isConsistent(older: (older, left), newer: (70_000, root), proof: proof))
                #expect(!isConsistent(older: old, newer: (70_000, right), proof: proof))
            }
        }
    }
}
