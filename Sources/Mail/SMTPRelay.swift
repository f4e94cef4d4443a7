import CCurl
import Domain
import Foundation
import Synchronization

/// Hands mails to an SMTP server through libcurl.
///
/// Plain only to this machine; anywhere else STARTTLS or smtps with a checked certificate.
package final class SMTPRelay: MailTransport {
    private let url: String
    private let from: String
    private let name: String
    private let host: String
    private let queue = DispatchQueue(label: "outcry.smtp", attributes: .concurrent)
    private let idle = Mutex<[Connection]>([])

    private static let initialised: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// A connection that is used by one mail at a time and kept for the next.
    private struct Connection: @unchecked Sendable { let handle: UnsafeMutableRawPointer }

    /// `url` is `smtp://` or `smtps://`; `from` is the bare sender address, `name` who stands
    /// before it.
    package init(url: String, from: String, name: String) throws(SMTPSettingsProblem) {
        guard let components = URLComponents(string: url), let host = components.host,
            !host.isEmpty,
            components.scheme == "smtp" || components.scheme == "smtps"
        else { throw .notAnSMTPAddress }
        guard SMTPRelay.initialised else { throw .noLibrary }
        self.url = url
        self.from = from
        self.name = name
        self.host = host
    }

    private var isLoopback: Bool {
        isLoopbackHost(host.trimmingCharacters(in: ["[", "]"]))
    }

    package func send(_ job: MailJob) async -> RelayAnswer {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.sendNow(job)) }
        }
    }

    /// Connects, greets and says nothing more; nil if the relay answers well, else what libcurl
    /// says of it.
    package func problem() -> String? {
        guard let handle = curl_easy_init() else { return "no memory" }
        defer { curl_easy_cleanup(handle) }
        setConnectionOptions(handle)
        outcry_set_text(handle, CURLOPT_CUSTOMREQUEST, "NOOP")
        outcry_set_long(handle, CURLOPT_NOBODY, 1)
        let result = curl_easy_perform(handle)
        return result == CURLE_OK ? nil : String(cString: curl_easy_strerror(result))
    }

    /// Hands over a mail that is ready; the answer says what of it the relay did not like.
    package func handOver(_ mail: OutgoingMail) async -> HandOver {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.handOverNow(mail)) }
        }
    }

    private func sendNow(_ job: MailJob) -> RelayAnswer {
        let bytes = MailMessage(job: job, from: from, name: name, date: Date()).bytes
        return handOverNow(OutgoingMail(sender: from, recipient: job.to, bytes: bytes)).delivery
    }

    private func handOverNow(_ mail: OutgoingMail) -> HandOver {
        guard let connection = takeConnection() else { return .relayDown }
        let handle = connection.handle
        curl_easy_reset(handle)
        let answer = perform(mail, handle)
        if answer == .accepted {
            idle.withLock { $0.append(connection) }
        } else {
            curl_easy_cleanup(handle)
        }
        return answer
    }

    private func perform(_ mail: OutgoingMail, _ handle: UnsafeMutableRawPointer) -> HandOver {
        let recipients = curl_slist_append(nil, "<\(mail.recipient)>")
        defer { curl_slist_free_all(recipients) }
        outcry_set_list(handle, CURLOPT_MAIL_RCPT, recipients)
        setConnectionOptions(handle)
        outcry_set_text(handle, CURLOPT_MAIL_FROM, "<\(mail.sender)>")
        var dialogue = outcry_dialogue()
        let result = mail.bytes.withUnsafeBytes { bytes in
            var upload = outcry_upload(
                data: bytes.baseAddress?.assumingMemoryBound(to: CChar.self), left: bytes.count)
            return withUnsafeMutablePointer(to: &upload) { upload in
                withUnsafeMutablePointer(to: &dialogue) { dialogue in
                    outcry_set_upload(handle, upload)
                    outcry_set_dialogue(handle, dialogue)
                    defer { outcry_end_dialogue(handle) }
                    return curl_easy_perform(handle)
                }
            }
        }
        var code = 0
        outcry_get_response_code(handle, &code)
        let delivery = SMTPRelay.delivery(result, lastCode: code)
        return HandOver(
            delivery, command: text(of: dialogue.command), reply: text(of: dialogue.reply))
    }

    private func setConnectionOptions(_ handle: UnsafeMutableRawPointer) {
        outcry_set_text(handle, CURLOPT_URL, url)
        outcry_set_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        outcry_set_text(handle, CURLOPT_MAIL_FROM, "<\(from)>")
        let encryption = isLoopback ? CURLUSESSL_TRY : CURLUSESSL_ALL
        outcry_set_long(handle, CURLOPT_USE_SSL, Int(encryption.rawValue))
        if isLoopback {
            // A relay on this machine may offer a certificate that nobody signed.
            outcry_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
            outcry_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
        }
        outcry_set_long(handle, CURLOPT_CONNECTTIMEOUT, 20)
        outcry_set_long(handle, CURLOPT_TIMEOUT, 120)
        outcry_set_long(handle, CURLOPT_NOSIGNAL, 1)
    }

    /// What the end of a transfer means for the mail; `lastCode` is the server's last answer.
    ///
    /// libcurl says `CURLE_SEND_ERROR` when sender or recipient was refused: that is about this
    /// mail. What fails before is about the relay.
    static func delivery(_ result: CURLcode, lastCode: Int) -> RelayAnswer {
        if result == CURLE_OK { return .accepted }
        switch (result, lastCode) {
        case (_, 354): return .unknown  // "go ahead" was the last word: the text may have arrived
        case (CURLE_SEND_ERROR, 530): return .later  // the relay wants a login we do not have
        case (CURLE_SEND_ERROR, 500..<600): return .refused
        case (CURLE_SEND_ERROR, 400..<500), (CURLE_OPERATION_TIMEDOUT, 200...): return .later
        case (CURLE_WEIRD_SERVER_REPLY, 550..<560), (CURLE_WEIRD_SERVER_REPLY, 450..<453):
            return lastCode < 500 ? .later : .refused  // said after the text
        default: return .relayDown
        }
    }

    private func takeConnection() -> Connection? {
        if let connection = idle.withLock({ $0.popLast() }) { return connection }
        return curl_easy_init().map(Connection.init)
    }
}

/// What a fixed array of C holds before its zero.
private func text<Array>(of array: Array) -> String {
    withUnsafeBytes(of: array) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
}

package enum SMTPSettingsProblem: Error, Hashable, Sendable { case notAnSMTPAddress, noLibrary }
