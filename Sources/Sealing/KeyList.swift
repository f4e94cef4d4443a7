import Domain
package import Foundation

/// The public half of a key book: what the server gets. A file of JSON.
package struct KeyList: Codable, Hashable, Sendable {
    package let format: String
    package let keys: [Entry]

    package static let format = "outcry-key-list-1"

    package struct Entry: Codable, Hashable, Sendable {
        /// From 1, without gaps.
        package let number: Int
        /// base64url of 1,216 bytes.
        package let publicKey: String

        package init(number: Int, publicKey: String) {
            self.number = number
            self.publicKey = publicKey
        }
    }

    package init(keys: [Entry]) {
        format = KeyList.format
        self.keys = keys
    }

    /// Reads and checks a list: its numbers run from 1, and no key stands in it twice.
    ///
    /// Throws `KeyListError.privateKey` for a key book: it must never come to the server.
    package static func read(_ json: Data) throws(KeyListError) -> [RecipientKey] {
        if json.range(of: Data("outcry-key-book".utf8)) != nil
            || json.range(of: Data("PRIVATE KEY".utf8)) != nil
        {
            throw .privateKey
        }
        guard let list = try? JSONDecoder().decode(KeyList.self, from: json),
            list.format == KeyList.format, !list.keys.isEmpty
        else { throw .notAKeyList }
        guard list.keys.map(\.number) == Array(1...list.keys.count) else { throw .badNumbers }
        var keys: [RecipientKey] = []
        for entry in list.keys {
            guard let bytes = [UInt8](base64URL: entry.publicKey),
                let key = try? RecipientKey(bytes)
            else { throw .badKey(number: entry.number) }
            guard !keys.contains(where: { $0.bytes == bytes }) else {
                throw .repeatedKey(number: entry.number)
            }
            keys.append(key)
        }
        return keys
    }

    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}

package enum KeyListError: Error, Hashable, Sendable {
    /// This file holds private keys.
    case privateKey
    case notAKeyList, badNumbers
    case badKey(number: Int)
    case repeatedKey(number: Int)
}
