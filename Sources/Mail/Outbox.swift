import Domain
import Synchronization

/// Where mails go in a demonstration: a list in memory that a page shows.
package final class Outbox: MailTransport, LetterTransport {
    private let mails = Mutex<[Mail]>([])

    private static let limit = 1_000

    package struct Mail: Codable, Hashable, Sendable {
        package let to: String
        package let subject: String
        package let text: String
    }

    package init() {}

    /// Newest last, at most 1,000.
    package var all: [Mail] { mails.withLock { $0 } }

    package func send(_ job: MailJob) async -> RelayAnswer {
        keep(Mail(to: job.to, subject: job.subject, text: job.text))
        return .accepted
    }

    package func send(_ mail: LetterMail) async -> HandOver {
        keep(Mail(to: mail.to, subject: mail.letter.subject, text: mail.text))
        return .accepted
    }

    private func keep(_ mail: Mail) {
        mails.withLock { mails in
            mails.append(mail)
            if mails.count > Outbox.limit { mails.removeFirst() }
        }
    }
}
