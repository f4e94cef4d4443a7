package import Domain
package import Sealing

/// Who gets a message: those who asked for it, once for each mailbox, without those whose link has
/// ended it and those whose turn was before.
package struct UpdateList: Sendable {
    package struct Person: Hashable, Sendable {
        package let record: RecordID
        package let address: EmailAddress
        /// The language of the page that was signed.
        package let language: String
    }

    /// In random order.
    package let people: [Person]
    package private(set) var counts = Counts()

    /// How many of the records are which; together they are all.
    package struct Counts: Hashable, Sendable {
        /// Did not ask for updates.
        package var silent = 0
        /// Asked with an address that is none.
        package var unusable = 0
        /// One more record of a mailbox that another stands for.
        package var duplicates = 0
        /// A link of the mailbox was used.
        package var unsubscribed = 0
        /// Were written to before, as far as the journal knows.
        package var done = 0
        package var left = 0

        package init() {}
    }

    /// The records of an export, as they are opened.
    package struct Records: Sendable {
        fileprivate var mailboxes: [String: [Person]] = [:]
        fileprivate var counts = Counts()

        package init() {}

        /// Keeps the address alone.
        package mutating func add(_ record: RecordID, _ pledge: Pledge) {
            guard let email = pledge.email else {
                counts.silent += 1
                return
            }
            guard let address = try? EmailAddress(email) else {
                counts.unusable += 1
                return
            }
            mailboxes[address.mailbox, default: []].append(
                Person(record: record, address: address, language: pledge.lang))
        }
    }

    /// `unsubscribed` are the hashes of used links, `isDone` whether a record had its turn.
    package init(
        _ records: Records, secret: UpdateSecret, unsubscribed: Set<[UInt8]>,
        isDone: (RecordID) -> Bool
    ) {
        var counts = records.counts
        var people: [Person] = []
        for mailbox in records.mailboxes.values {
            // The same stands for a mailbox every time.
            let sorted = mailbox.sorted {
                $0.record.bytes.lexicographicallyPrecedes($1.record.bytes)
            }
            counts.duplicates += sorted.count - 1
            if sorted.contains(where: { unsubscribed.contains(secret.token(for: $0.record).hash) })
            {
                counts.unsubscribed += 1
            } else if sorted.contains(where: { isDone($0.record) }) {
                counts.done += 1
            } else {
                people.append(sorted[0])
            }
        }
        counts.left = people.count
        self.counts = counts
        self.people = people.shuffled()
    }
}
