import CCurl
import Foundation
import Synchronization

/// Asks web servers through libcurl: certificates are checked, sizes and times bounded,
/// connections kept for the next question.
final class HTTPClient: Sendable {
    struct Answer: Sendable {
        let status: Int
        /// As it was sent, possibly empty.
        let contentType: String
        let body: [UInt8]
        /// Seconds after which to ask again, if the server said so; else 0.
        let retryAfter: Int
    }

    /// Why there is no whole answer.
    enum Failure: Error, Hashable, CustomStringConvertible {
        case tooLong(limit: Int)
        case timedOut
        case noAnswer(String)

        var description: String {
            switch self {
            case .tooLong(let limit): "the answer has more than \(limit) bytes"
            case .timedOut: "it did not answer in time"
            case .noAnswer(let reason): reason
            }
        }
    }

    /// A connection that has one question at a time and is kept for the next.
    private struct Connection: @unchecked Sendable { let handle: UnsafeMutableRawPointer }

    private static let isInitialised = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    private static let queue = DispatchQueue(label: "outcry.http", attributes: .concurrent)
    private let idle = Mutex<[Connection]>([])

    deinit {
        for connection in idle.withLock({ $0 }) { curl_easy_cleanup(connection.handle) }
    }

    /// Sends `body` with POST, or asks with GET if there is none, on a thread of its own. The time
    /// is for everything, name and connection included. Every status is an answer.
    func ask(
        _ url: String, body: [UInt8]? = nil, atMost limit: Int, within time: Duration
    ) async throws(Failure) -> Answer {
        let result = await withCheckedContinuation { continuation in
            HTTPClient.queue.async {
                continuation.resume(
                    returning: self.askNow(url, body: body, atMost: limit, within: time))
            }
        }
        return try result.get()
    }

    /// The same, on the caller's thread.
    func askNow(
        _ url: String, body: [UInt8]? = nil, atMost limit: Int, within time: Duration
    ) -> Result<Answer, Failure> {
        guard HTTPClient.isInitialised, let connection = takeConnection() else {
            return .failure(.noAnswer("no memory for a connection"))
        }
        let handle = connection.handle
        curl_easy_reset(handle)
        set(url, within: time, handle)
        let result = perform(body, atMost: limit, handle)
        if case .success = result {
            idle.withLock { $0.append(connection) }
        } else {
            curl_easy_cleanup(handle)
        }
        return result
    }

    private func takeConnection() -> Connection? {
        if let connection = idle.withLock({ $0.popLast() }) { return connection }
        return curl_easy_init().map(Connection.init)
    }

    private func set(_ url: String, within time: Duration, _ handle: UnsafeMutableRawPointer) {
        let isEncrypted = url.hasPrefix("https:")
        outcry_set_text(handle, CURLOPT_URL, url)
        outcry_set_text(handle, CURLOPT_PROTOCOLS_STR, isEncrypted ? "https" : "http")
        outcry_set_text(handle, CURLOPT_REDIR_PROTOCOLS_STR, isEncrypted ? "https" : "http,https")
        outcry_set_text(handle, CURLOPT_USERAGENT, "outcry")
        outcry_set_text(handle, CURLOPT_ACCEPT_ENCODING, "gzip, identity")
        let milliseconds =
            time.components.seconds * 1_000
            + time.components.attoseconds / 1_000_000_000_000_000
        outcry_set_long(handle, CURLOPT_TIMEOUT_MS, Int(max(1, milliseconds)))
        outcry_set_long(handle, CURLOPT_NOSIGNAL, 1)
    }

    private func perform(
        _ body: [UInt8]?, atMost limit: Int, _ handle: UnsafeMutableRawPointer
    ) -> Result<Answer, Failure> {
        // One byte more, for malloc of nothing and for a file that is longer than it says.
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: limit + 1)
        defer { buffer.deallocate() }
        var download = outcry_download(data: buffer, length: 0, limit: limit, is_over_limit: 0)
        let code = withUnsafeMutablePointer(to: &download) { download in
            outcry_set_download(handle, download)
            guard let body else {
                outcry_set_long(handle, CURLOPT_FOLLOWLOCATION, 1)
                outcry_set_long(handle, CURLOPT_MAXREDIRS, 3)
                return curl_easy_perform(handle)
            }
            // What is sent goes where it was told to, and nowhere else.
            return body.withUnsafeBytes { bytes in
                outcry_set_long(handle, CURLOPT_POST, 1)
                outcry_set_long(handle, CURLOPT_POSTFIELDSIZE, bytes.count)
                outcry_set_text(
                    handle, CURLOPT_POSTFIELDS,
                    bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
                return curl_easy_perform(handle)
            }
        }
        if download.is_over_limit != 0 { return .failure(.tooLong(limit: limit)) }
        guard code == CURLE_OK else {
            return .failure(
                code == CURLE_OPERATION_TIMEDOUT
                    ? .timedOut : .noAnswer(String(cString: curl_easy_strerror(code))))
        }
        let received = UnsafeRawBufferPointer(start: buffer, count: download.length)
        return .success(answer(Array(received), handle))
    }

    private func answer(_ body: [UInt8], _ handle: UnsafeMutableRawPointer) -> Answer {
        var status = 0
        outcry_get_response_code(handle, &status)
        var type: UnsafeMutablePointer<CChar>?
        outcry_get_content_type(handle, &type)
        var seconds: curl_off_t = 0
        outcry_get_retry_after(handle, &seconds)
        return Answer(
            status: status, contentType: type.map { String(cString: $0) } ?? "", body: body,
            retryAfter: Int(clamping: seconds))
    }
}
