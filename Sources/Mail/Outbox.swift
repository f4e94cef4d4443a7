import Synchronization

/// Where mails go in a demonstration: a list in memory that a page shows.
package final class Outbox: MailTransport {
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

    package func send(_ job: MailJob) async -> Delivery {
        mails.withLock { mails in
            mails.append(Mail(to: job.to, subject: job.subject, text: job.text))
            if mails.count > Outbox.limit { mails.removeFirst() }
        }
        return .accepted
    }
}
