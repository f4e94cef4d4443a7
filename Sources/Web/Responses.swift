import Domain
import HTTPTypes
package import Hummingbird
import Languages
import NIOCore

/// A page that was printed once and is served many times, in both codings, with all its headers.
struct StoredPage: Sendable {
    private let plain: Coding
    private let gzip: Coding?

    private struct Coding: Sendable {
        let body: ByteBuffer
        let tag: String
        let headers: HTTPFields
    }

    /// Kept by everybody for half a minute, then asked about again.
    static let caching = "public, max-age=30, must-revalidate"

    /// `hash` names the content; `caching` is the `Cache-Control`; `forOthers` lets other sites
    /// show it; `special` are headers in place of what every answer has, or besides.
    init(
        _ bytes: [UInt8], contentType: String, hash: String, caching: String = StoredPage.caching,
        forOthers: Bool = false, special: HTTPFields = [:]
    ) {
        func coding(_ bytes: [UInt8], _ tag: String, _ coding: String?) -> Coding {
            var headers = FrontDoor.always
            headers[.contentType] = contentType
            headers[.eTag] = tag
            headers[.cacheControl] = caching
            headers[.vary] = "Accept-Encoding"
            headers[.contentEncoding] = coding
            if forOthers { headers[.resourcePolicy] = "cross-origin" }
            for field in special { headers[field.name] = field.value }
            return Coding(body: ByteBuffer(bytes: bytes), tag: tag, headers: headers)
        }
        plain = coding(bytes, "\"\(hash)\"", nil)
        // What is packed already, such as pictures, would only cost memory twice.
        gzip = gzipped(bytes).flatMap {
            $0.count < bytes.count / 10 * 9 ? coding($0, "\"\(hash)-gzip\"", "gzip") : nil
        }
    }

    /// 200 in the coding that the client takes, or 304 if it has this one already.
    func response(to request: Request) -> Response {
        let takesGzip = request.headers[.acceptEncoding]?.contains("gzip") == true
        let coding = takesGzip ? gzip ?? plain : plain
        let known = request.headers[.ifNoneMatch] ?? ""
        if !known.isEmpty, known.split(separator: ",").contains(where: { $0.trimmed == coding.tag })
        {
            var headers = coding.headers
            headers[.contentEncoding] = nil
            return Response(status: .notModified, headers: headers)
        }
        return Response(
            status: .ok, headers: coding.headers, body: .init(byteBuffer: coding.body))
    }
}

extension Response {
    /// A page for one person, kept by nobody.
    static func page(_ html: HTML, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: privateHeaders,
            body: .init(byteBuffer: ByteBuffer(bytes: html.bytes)))
    }

    private static let privateHeaders: HTTPFields = {
        var headers = FrontDoor.always
        headers[.contentType] = "text/html; charset=utf-8"
        headers[.cacheControl] = "no-store"
        headers[.robots] = "noindex, noarchive, nosnippet"
        return headers
    }()

    static func seeOther(_ address: String) -> Response {
        Response(status: .seeOther, headers: [.location: address, .cacheControl: "no-store"])
    }

    func with(retryAfterSeconds seconds: Int) -> Response {
        var response = self
        response.headers[.retryAfter] = String(seconds)
        return response
    }
}

/// An error that a person sees as a page.
struct PageError: Error, Hashable {
    let status: HTTPResponse.Status
    /// Names its texts: `error.<name>.title` and `error.<name>.text`.
    let name: String
    var retryAfterSeconds: Int?
    /// The methods that the address does take.
    var allow: String?

    init(
        _ status: HTTPResponse.Status, _ name: String, retryAfterSeconds: Int? = nil,
        allow: String? = nil
    ) {
        self.status = status
        self.name = name
        self.retryAfterSeconds = retryAfterSeconds
        self.allow = allow
    }

    static let notFound = PageError(.notFound, "notfound")
    static let badForm = PageError(.badRequest, "badform")
    static let tooLarge = PageError(.contentTooLarge, "toolarge")
    static let crossSite = PageError(.forbidden, "crosssite")
    static let linkNotValid = PageError(.notFound, "link")
    static let removalNotValid = PageError(.notFound, "removal")
    static let updateLinkNotValid = PageError(.notFound, "updatelink")
    static let noReplies = PageError(.conflict, "noreplies")
    static let ended = PageError(.conflict, "ended")
    static let demandChanged = PageError(.conflict, "changed")
    static let unprintable = PageError(.serviceUnavailable, "unprintable")
    static let busy = PageError(.serviceUnavailable, "busy", retryAfterSeconds: 120)
}

/// One request, with the address of who is at the other end of the wire.
package struct WebContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let peer: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress
    }

    /// 16 KiB: only the form for replies is larger.
    package var maxUploadSize: Int { Self.formLimit }

    static let formLimit = 16 * 1024
}

extension Request {
    /// The form of a POST; throws `PageError` for another site's form and for what is no form.
    mutating func form(limit: Int = WebContext.formLimit) async throws -> FormFields {
        guard headers[.secFetchSite] != "cross-site" else { throw PageError.crossSite }
        let type = headers[.contentType] ?? ""
        let kind = type.prefix { $0 != ";" }.trimmed.lowercased()
        guard kind == "application/x-www-form-urlencoded", headers[.contentEncoding] == nil else {
            throw PageError(.unsupportedMediaType, "badform")
        }
        let body = try await body(limit: limit)
        do {
            return try FormFields(body.readableBytesView)
        } catch {
            throw PageError.badForm
        }
    }

    /// What was sent, whatever it is; throws `PageError.tooLarge` beyond `limit` bytes.
    mutating func body(limit: Int) async throws -> ByteBuffer {
        // What is too large by its own word is not waited for.
        guard Int(headers[.contentLength] ?? "0") ?? .max <= limit else {
            throw PageError.tooLarge
        }
        do {
            return try await collectBody(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw PageError.tooLarge
        } catch let error as HTTPError where error.status == .contentTooLarge {
            throw PageError.tooLarge
        } catch {
            throw PageError.badForm
        }
    }

    /// The query's fields; none if it cannot be read.
    var query: FormFields {
        (try? FormFields((uri.query ?? "").utf8)) ?? FormFields.none
    }
}

extension FormFields {
    fileprivate static let none = FormFields()
}
