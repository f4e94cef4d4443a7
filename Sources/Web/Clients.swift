import Domain
import Foundation
import NIOCore
import Sealing
import Synchronization

/// Who sends a request, as far as it matters: a group of neighbours, told apart for an hour.
package struct TrustedProxies: Sendable {
    private let addresses: Set<String>
    private let isUnsaid = Flag()

    /// `addresses` whose `X-Forwarded-For` is believed; none by default.
    package init(_ addresses: [String]) {
        self.addresses = Set(addresses.map(plainAddress))
        if addresses.isEmpty { isUnsaid.raise() }
    }

    /// Whether a peer on this machine speaks for somebody though no proxy was named; true once.
    func isForgotten(_ peer: SocketAddress?, _ forwardedFor: String?) -> Bool {
        guard addresses.isEmpty, forwardedFor != nil, peer?.isLoopback ?? false else {
            return false
        }
        return isUnsaid.lower()
    }

    /// Whether this peer speaks for others.
    func contains(_ peer: SocketAddress?) -> Bool {
        peer?.ipAddress.map { addresses.contains(plainAddress($0)) } ?? false
    }

    /// The address of the client: the peer, or what a trusted peer says was its peer, and so on
    /// back to the first that is not trusted.
    func client(peer: SocketAddress?, forwardedFor: [String]) -> SocketAddress? {
        guard var client = peer else { return nil }
        var hops = forwardedFor.flatMap { $0.split(separator: ",") }.map { $0.trimmed }
        while contains(client), let hop = hops.popLast() {
            guard let next = try? SocketAddress(ipAddress: hop, port: 0) else { break }
            client = next
        }
        return client
    }
}

/// Counts requests by neighbourhood, in memory, under a salt that lives an hour.
package final class PrefixLimiter: Sendable {
    let limit: Int
    private let state = Mutex(State())

    static let windowSeconds: Double = 600
    private static let saltSeconds: Double = 3600
    private static let bucketLimit = 200_000

    private struct State {
        var salt = CapsKey(randomBytes(32))
        var saltEnds: Double = 0
        var buckets: [NameKey: (count: Int, ends: Double)] = [:]
    }

    /// At most `limit` requests per neighbourhood and ten minutes.
    package init(limit: Int) { self.limit = limit }

    /// Counts a request; returns nil, or after how many seconds to come back.
    func admit(_ client: SocketAddress?, now: Double) -> Int? {
        state.withLock { state in
            // A clock that was set back must not lock anybody out until it has caught up.
            if now >= state.saltEnds || state.saltEnds - now > Self.saltSeconds {
                state.salt = CapsKey(randomBytes(32))
                state.saltEnds = now + Self.saltSeconds
                state.buckets = [:]
            }
            if state.buckets.count >= Self.bucketLimit {
                // So many neighbourhoods are an attack: forgetting all is cheaper than searching.
                state.buckets = [:]
            }
            let name = NameKey(state.salt.name("prefix", of: prefix(client)))
            var bucket = state.buckets[name] ?? (0, now + Self.windowSeconds)
            if bucket.ends <= now || bucket.ends - now > Self.windowSeconds {
                bucket = (0, now + Self.windowSeconds)
            }
            bucket.count += 1
            state.buckets[name] = bucket
            return bucket.count > limit ? max(1, Int((bucket.ends - now).rounded(.up))) : nil
        }
    }

    /// The first 24 bits of an IPv4 address, the first 56 of an IPv6 address.
    private func prefix(_ client: SocketAddress?) -> [UInt8] {
        guard let text = client?.ipAddress.map(plainAddress) else { return [] }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(3)) }
        guard inet_pton(AF_INET6, text, &bytes) == 1 else { return [] }
        return Array(bytes.prefix(7))
    }
}

/// An IPv4 address that came over an IPv6 socket (`::ffff:192.0.2.1`) as what it is.
private func plainAddress(_ text: String) -> String {
    let mapped = "::ffff:"
    guard text.lowercased().hasPrefix(mapped), text.contains(".") else { return text }
    return String(text.dropFirst(mapped.utf8.count))
}
