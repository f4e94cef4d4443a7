import Domain
import Foundation
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
package import Web

/// Goes through the router as a browser does, without a socket.
package struct Browser: Sendable {
    private let responder: RouterResponder<WebContext>

    package init(_ router: Router<WebContext>) { responder = router.buildResponder() }

    package struct Answer: Sendable {
        package let status: Int
        package let headers: [String: String]
        package let body: [UInt8]

        package var text: String { String(decoding: body, as: UTF8.self) }
        package var location: String? { headers["location"] }
    }

    package func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers, body: "")
    }

    /// Posts a form as browsers encode it.
    package func post(
        _ path: String, _ fields: KeyValuePairs<String, String>, headers: [String: String] = [:]
    ) async throws -> Answer {
        let body = fields.map { "\(encoded($0.key))=\(encoded($0.value))" }.joined(separator: "&")
        return try await post(path, body: body, headers: headers)
    }

    package func post(
        _ path: String, body: String, headers: [String: String] = [:]
    ) async throws -> Answer {
        var headers = headers
        if headers["Content-Type"] == nil {
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        }
        return try await send("POST", path, headers: headers, body: body)
    }

    package func send(
        _ method: String, _ path: String, headers: [String: String], body: String
    ) async throws -> Answer {
        var fields = HTTPFields()
        for (name, value) in headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields[name] = value
        }
        let head = HTTPRequest(
            method: .init(rawValue: method) ?? .get, scheme: "http", authority: "localhost",
            path: path, headerFields: fields)
        let request = Request(head: head, body: .init(buffer: ByteBuffer(string: body)))
        let context = WebContext(
            source: ApplicationRequestContextSource(
                channel: EmbeddedChannel(), logger: Logger(label: "test")))
        let response = try await responder.respond(to: request, context: context)
        let writer = Collector()
        try await response.body.write(writer)
        var found: [String: String] = [:]
        for field in response.headers { found[field.name.rawName.lowercased()] = field.value }
        return Answer(
            status: response.status.code, headers: found,
            body: Array(writer.buffer.readableBytesView))
    }

    private func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x20: bytes.append(0x2b)
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: bytes.append(byte)
            default: bytes.append(contentsOf: "%\([byte].hex)".utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

private final class Collector: ResponseBodyWriter {
    var buffer = ByteBuffer()

    func write(_ buffer: ByteBuffer) async throws {
        self.buffer.writeImmutableBuffer(buffer)
    }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
