import Crypto
import Domain

/// A hash of the Merkle tree of RFC 6962, section 2.1: SHA-256, 32 bytes.
package struct TreeHash: Hashable, Sendable {
    private let words: SIMD4<UInt64>

    package static let size = 32

    init(_ digest: SHA256.Digest) {
        words = digest.withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// Nil unless there are 32 bytes.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        words = Array(bytes).withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
    }

    /// Nil unless this is the standard base64 (RFC 4648, section 4) of 32 bytes, in its one form.
    package init?(base64 text: some StringProtocol) {
        guard let bytes = [UInt8](base64: text) else { return nil }
        self.init(bytes)
    }

    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    package var base64: String { bytes.base64 }

    func withUnsafeBytes<T>(_ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
        try Swift.withUnsafeBytes(of: words, body)
    }

    /// The root of a tree without leaves.
    package static let empty = TreeHash(SHA256.hash(data: [UInt8]()))

    /// The hash of a leaf: `SHA-256(0x00 | entry)`.
    package init(leaf entry: [UInt8]) {
        var hasher = SHA256()
        hasher.update(data: leafPrefix)
        hasher.update(data: entry)
        self.init(hasher.finalize())
    }

    /// The hash of a node: `SHA-256(0x01 | left | right)`.
    package init(_ left: TreeHash, _ right: TreeHash) {
        var hasher = SHA256()
        hasher.update(data: nodePrefix)
        left.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        right.withUnsafeBytes { hasher.update(bufferPointer: $0) }
        self.init(hasher.finalize())
    }
}

private let leafPrefix: [UInt8] = [0]
private let nodePrefix: [UInt8] = [1]

extension [TreeHash] {
    /// Nil unless the bytes are whole hashes.
    package init?(concatenated bytes: some Collection<UInt8>) {
        let bytes = [UInt8](bytes)
        guard bytes.count % TreeHash.size == 0 else { return nil }
        self = []
        reserveCapacity(bytes.count / TreeHash.size)
        for start in stride(from: 0, to: bytes.count, by: TreeHash.size) {
            guard let hash = TreeHash(bytes[start..<start + TreeHash.size]) else { return nil }
            append(hash)
        }
    }

    /// The hashes one after the other.
    package var concatenated: [UInt8] { withUnsafeBytes { [UInt8]($0) } }
}

/// Perfect subtrees from left to right, each no higher than the one before: all that is needed of
/// a tree to go on with it and to say its root.
package struct CompactRange: Sendable {
    private var subtrees: [(height: Int, hash: TreeHash)] = []

    package init() {}

    /// Adds the perfect subtree of 2^`height` leaves that comes next; it must not be higher than
    /// the smallest so far.
    package mutating func append(_ hash: TreeHash, height: Int = 0) {
        var (height, hash) = (height, hash)
        while let last = subtrees.last, last.height == height {
            subtrees.removeLast()
            hash = TreeHash(last.hash, hash)
            height += 1
        }
        subtrees.append((height, hash))
    }

    package var root: TreeHash {
        guard var root = subtrees.last?.hash else { return .empty }
        for subtree in subtrees.dropLast().reversed() { root = TreeHash(subtree.hash, root) }
        return root
    }
}
