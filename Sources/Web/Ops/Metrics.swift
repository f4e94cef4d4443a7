import Domain
package import Hummingbird
import Ledger
import NIOCore
import Storage
import Synchronization

/// Counts of what happened, for Prometheus; no person and no address is in any of them.
package final class Metrics: Sendable {
    private let state = Mutex(State())

    private struct State {
        var requests: [Request: Int] = [:]
        var seconds: Double = 0
        var slow = [Int](repeating: 0, count: Metrics.bounds.count)
        var events: [Event: Int] = [:]
    }

    private struct Request: Hashable {
        let method: String
        let route: String
        let status: Int
    }

    package enum Event: String, CaseIterable, Sendable {
        case signed, confirmed, already, withdrawn, refused
    }

    /// Upper bounds of the histogram of answers, in seconds.
    private static let bounds = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10]

    init() {}

    func start() -> ContinuousClock.Instant { .now }

    /// `route` is the pattern of an address, never the address.
    func count(_ method: String, _ route: String?, _ status: Int, since: ContinuousClock.Instant) {
        let spent = (ContinuousClock.now - since) / .seconds(1)
        let request = Request(method: method, route: route ?? "none", status: status)
        state.withLock { state in
            state.requests[request, default: 0] += 1
            state.seconds += spent
            if let bound = Self.bounds.firstIndex(where: { spent <= $0 }) {
                state.slow[bound] += 1
            }
        }
    }

    func count(_ event: Event) { state.withLock { $0.events[event, default: 0] += 1 } }

    /// The text format of Prometheus, version 0.0.4; `gauges` are what others know.
    package func text(_ gauges: [Gauge]) -> String {
        let state = state.withLock { $0 }
        var text = "# TYPE outcry_http_requests_total counter\n"
        for (request, count) in state.requests.sorted(by: { $0.key.route < $1.key.route }) {
            text += """
                outcry_http_requests_total{method="\(request.method)",route="\(request.route)",\
                status="\(request.status)"} \(count)

                """
        }
        let all = state.requests.values.reduce(0, +)
        text += "# TYPE outcry_http_request_duration_seconds histogram\n"
        var below = 0
        for (bound, count) in zip(Self.bounds, state.slow) {
            below += count
            text += "outcry_http_request_duration_seconds_bucket{le=\"\(bound)\"} \(below)\n"
        }
        text += """
            outcry_http_request_duration_seconds_bucket{le="+Inf"} \(all)
            outcry_http_request_duration_seconds_sum \(state.seconds)
            outcry_http_request_duration_seconds_count \(all)
            # TYPE outcry_signatures_total counter

            """
        for event in Event.allCases {
            let count = state.events[event] ?? 0
            text += "outcry_signatures_total{event=\"\(event.rawValue)\"} \(count)\n"
        }
        for gauge in gauges {
            text += "# TYPE \(gauge.name) \(gauge.name.hasSuffix("_total") ? "counter" : "gauge")\n"
            text += gauge.values.map { "\(gauge.name)\($0.labels) \($0.value)\n" }.joined()
        }
        return text
    }

    /// A number at this moment; a name that ends in `_total` only ever rises.
    package struct Gauge: Sendable {
        let name: String
        let values: [(labels: String, value: Int)]

        package init(_ name: String, _ value: Int) {
            self.name = name
            values = [("", value)]
        }

        /// One value for each action, by its slug.
        init(_ name: String, bySlug values: [(slug: String, value: Int)]) {
            self.name = name
            self.values = values.map { ("{action=\"\($0.slug)\"}", $0.value) }
        }
    }
}

extension Services {
    /// What this module knows at this moment.
    private var gauges: [Metrics.Gauge] {
        [
            .init(
                "outcry_counted_signatures",
                bySlug: board.all.filter(\.state.isPublic).map {
                    ($0.slug, ledger.number(of: $0.id))
                }),
            .init("outcry_pending_signatures", limits.pending.waitingNow),
        ]
    }

    /// The router of the port for metrics; `more` is asked at each request.
    package func metricsRouter(
        more: @escaping @Sendable () -> [Metrics.Gauge]
    ) -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        router.get("metrics") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(
                    byteBuffer: ByteBuffer(string: metrics.text(gauges + more()))))
        }
        return router
    }
}
