package import Domain
import Storage
import Unsealing

extension Installation {
    /// What the keeper reads, opened with the installation's own books.
    package func pledges(slug: String = "baku-2017") async throws -> [Pledge] {
        let records = try await store.read { transaction -> [RecordRow] in
            guard let action = try transaction.action(slug: slug) else { return [] }
            return try transaction.records(of: action.id, after: nil, limit: 10_000)
        }
        let opener = Opener(books: books)
        return try records.map {
            try opener.open($0.sealed, action: $0.action, record: $0.id, leaf: $0.leaf).pledge
        }
    }
}
