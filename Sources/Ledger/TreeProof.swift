/// Whether a leaf is at `index` of the tree with this size and root (RFC 9162, section 2.1.3.2).
package func isIncluded(
    _ leaf: TreeHash, at index: Int, size: Int, root: TreeHash, proof: [TreeHash]
) -> Bool {
    guard index >= 0, index < size else { return false }
    var (node, last) = (index, size - 1)
    var hash = leaf
    for step in proof {
        guard last != 0 else { return false }
        if node & 1 == 1 || node == last {
            hash = TreeHash(step, hash)
            while node & 1 == 0, node != 0 { (node, last) = (node >> 1, last >> 1) }
        } else {
            hash = TreeHash(hash, step)
        }
        (node, last) = (node >> 1, last >> 1)
    }
    return last == 0 && hash == root
}

/// Whether one tree is the beginning of another (RFC 9162, section 2.1.4.2). The proof is empty
/// if the older tree is empty or has the same size.
package func isConsistent(
    older: (size: Int, root: TreeHash), newer: (size: Int, root: TreeHash), proof: [TreeHash]
) -> Bool {
    guard older.size >= 0, older.size <= newer.size else { return false }
    if older.size == newer.size { return proof.isEmpty && older.root == newer.root }
    if older.size == 0 { return proof.isEmpty && older.root == .empty }
    var proof = proof[...]
    if older.size & (older.size - 1) == 0 { proof = [older.root] + proof }
    guard let first = proof.popFirst() else { return false }
    var (node, last) = (older.size - 1, newer.size - 1)
    while node & 1 == 1 { (node, last) = (node >> 1, last >> 1) }
    var (old, new) = (first, first)
    for step in proof {
        guard last != 0 else { return false }
        if node & 1 == 1 || node == last {
            old = TreeHash(step, old)
            new = TreeHash(step, new)
            while node & 1 == 0, node != 0 { (node, last) = (node >> 1, last >> 1) }
        } else {
            new = TreeHash(new, step)
        }
        (node, last) = (node >> 1, last >> 1)
    }
    return last == 0 && old == older.root && new == newer.root
}
