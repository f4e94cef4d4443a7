import HTTPTypes

// Header fields that swift-http-types does not name; each is a valid token, so none is nil.
extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
    static let forwarded = HTTPField.Name("Forwarded")!
    static let realIP = HTTPField.Name("X-Real-IP")!
    static let frameOptions = HTTPField.Name("X-Frame-Options")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let openerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!
    static let host = HTTPField.Name("Host")!
    static let embedderPolicy = HTTPField.Name("Cross-Origin-Embedder-Policy")!
    static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
    static let allowOrigin = HTTPField.Name("Access-Control-Allow-Origin")!
    static let robots = HTTPField.Name("X-Robots-Tag")!
}
