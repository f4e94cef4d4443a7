import Synchronization

/// Pages that differ from person to person in a few places: printed once around these.
final class PartCache: Sendable {
    private let pages = Mutex<[String: (state: String, parts: [[UInt8]])]>([:])

    /// The page of `print` with `fillings` in the places where it has `HTML.gap`, in their order;
    /// printed anew only for another `state`.
    func page(
        _ key: String, state: String, fillings: [HTML], print: () -> HTML
    ) -> HTML {
        var parts = pages.withLock { $0[key].flatMap { $0.state == state ? $0.parts : nil } }
        if parts == nil {
            let made = print().bytes.split(separator: 0, omittingEmptySubsequences: false)
                .map { Array($0) }
            pages.withLock { $0[key] = (state, made) }
            parts = made
        }
        var bytes: [UInt8] = []
        let sizes = (parts ?? []).map(\.count) + fillings.map(\.bytes.count)
        bytes.reserveCapacity(sizes.reduce(0, +))
        for (index, part) in (parts ?? []).enumerated() {
            bytes += part
            if index < fillings.count { bytes += fillings[index].bytes }
        }
        return HTML(trusted: bytes)
    }
}

extension HTML {
    /// The place of a filling; a byte that no text has.
    static let gap = HTML(trusted: [0])
}
