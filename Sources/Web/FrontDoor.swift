import Domain
import HTTPTypes
import Hummingbird
import Storage

/// What every request passes first and every answer last: for whom it is, and the headers that
/// every answer has.
struct FrontDoor: RouterMiddleware {
    typealias Context = WebContext

    let services: Services

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
        // A stored page has them from its print on.
        if response.headers[.contentSecurityPolicy] == nil {
            var headers = Self.always
            for field in response.headers { headers[field.name] = field.value }
            response.headers = headers
        }
        // An address that is a secret itself is told to no other page.
        if request.uri.path.hasPrefix("/c/") || request.uri.path.hasPrefix("/w/") {
            response.headers[.referrerPolicy] = "no-referrer"
        }
        if services.isSecure { response.headers[.strictTransportSecurity] = Self.secure }
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
            services.isOurs(host, context) || HealthRoutes.paths.contains(request.uri.path)
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

extension Services {
    var isSecure: Bool { organisation.origin.hasPrefix("https:") }

    /// Whether a `Host` names this site as its origin does, or this machine as whoever sits at it
    /// may, and a proxy on it that does not pass the name on: no link is made from what it says.
    func isOurs(_ host: String, _ context: WebContext) -> Bool {
        let origin = organisation.origin
        let own = String(origin.split(separator: "/").last ?? "")
        if host == own { return true }
        let host = host.lowercased()
        let port = isSecure ? ":443" : ":80"
        if host == own.lowercased() || host == own.lowercased() + port { return true }
        guard isLoopbackHost(withoutPort(host)) else { return false }
        return isLoopbackHost(withoutPort(own)) || context.peer?.isLoopback ?? true
    }

    private func withoutPort(_ host: String) -> String {
        guard host.hasPrefix("[") else { return String(host.prefix { $0 != ":" }) }
        guard let end = host.firstIndex(of: "]") else { return host }
        return String(host[host.index(after: host.startIndex)..<end])
    }
}
