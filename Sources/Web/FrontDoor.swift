import Domain
import HTTPTypes
import Hummingbird
import Storage

/// What every request passes first and every answer last: for whom it is, and the headers that
/// every answer has.
struct FrontDoor: RouterMiddleware {
    typealias Context = WebContext

    private let services: Services
    private let site: Site

    init(services: Services) {
        self.services = services
        site = Site(origin: services.organisation.origin)
    }

    func handle(
        _ request: Request, context: WebContext,
        next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        if let refused = refusal(request, context) { return refused }
        let started = services.metrics.start()
        var response = try await next(request, context)
        services.metrics.count(
            request.method.rawValue, context.endpointPath, Int(response.status.code),
            since: started)
        // Pages have them from their print on.
        if !response.headers.contains(.contentSecurityPolicy) {
            for field in Self.always where !response.headers.contains(field.name) {
                response.headers.append(field)
            }
        }
        // An address that is a secret itself is told to no other page.
        let path = request.uri.path
        if ["/c/", "/w/", "/u/"].contains(where: path.hasPrefix) {
            response.headers[.referrerPolicy] = "no-referrer"
        }
        if site.isSecure { response.headers[.strictTransportSecurity] = Self.secure }
        return response
    }

    /// A request for another host is not for us: a link that one of its answers made would lead
    /// there (RFC 9110, section 15.5.20). Health is asked for by machines that know no name.
    private func refusal(_ request: Request, _ context: WebContext) -> Response? {
        guard request.method == .get || request.method == .head || request.method == .post else {
            return Response(
                status: .methodNotAllowed, headers: [.allow: "GET, HEAD, POST"])
        }
        guard let host = request.head.authority, request.headers[.host] == nil else {
            return Response(status: .badRequest, headers: [.connection: "close"])
        }
        guard
            site.isOurs(host, context) || HealthRoutes.paths.contains(request.uri.path)
        else {
            return Response(status: .misdirectedRequest)
        }
        return nil
    }

    /// The headers of every answer, unless it says otherwise.
    static let always: HTTPFields = [
        .contentSecurityPolicy: """
        default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; \
        img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
        require-trusted-types-for 'script'; trusted-types 'none'
        """,
        .xContentTypeOptions: "nosniff",
        .frameOptions: "DENY",
        .openerPolicy: "same-origin",
        .resourcePolicy: "same-origin",
        .referrerPolicy: "same-origin",
        .embedderPolicy: "require-corp",
        .permissionsPolicy: [
            "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture",
            "geolocation", "gyroscope", "hid", "idle-detection", "interest-cohort",
            "local-fonts", "magnetometer", "microphone", "midi", "payment",
            "publickey-credentials-get", "screen-wake-lock", "serial", "usb",
            "xr-spatial-tracking",
        ].map { "\($0)=()" }.joined(separator: ", "),
    ]

    private static let secure = "max-age=63072000; includeSubDomains"
}

/// What this site is called, and what it may be called.
private struct Site: Sendable {
    let isSecure: Bool
    private let own: String
    private let lowercased: String
    private let withPort: String
    private let isLoopback: Bool

    init(origin: String) {
        isSecure = origin.hasPrefix("https:")
        own = String(origin.split(separator: "/").last ?? "")
        lowercased = own.lowercased()
        withPort = lowercased + (isSecure ? ":443" : ":80")
        isLoopback = isLoopbackHost(Self.withoutPort(own))
    }

    /// Whether a `Host` names this site as its origin does, or this machine as whoever sits at it
    /// may, and a proxy on it that does not pass the name on: no link is made from what it says.
    func isOurs(_ host: String, _ context: WebContext) -> Bool {
        if host == own { return true }
        let host = host.lowercased()
        if host == lowercased || host == withPort { return true }
        guard isLoopbackHost(Self.withoutPort(host)) else { return false }
        return isLoopback || context.peer?.isLoopback ?? true
    }

    private static func withoutPort(_ host: String) -> String {
        guard host.hasPrefix("[") else { return String(host.prefix { $0 != ":" }) }
        guard let end = host.firstIndex(of: "]") else { return host }
        return String(host[host.index(after: host.startIndex)..<end])
    }
}
