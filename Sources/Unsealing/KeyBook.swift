import Crypto
import CryptoExtras
import Domain
package import Foundation
package import Sealing

/// A keeper's private keys under a passphrase; it lives on the keeper's computer only.
///
/// A file of JSON. The seeds are sealed with AES-256-GCM under scrypt (RFC 7914) of the
/// passphrase; numbers, key ids and states stand in the clear and are authenticated with them.
package struct KeyBook: Codable, Sendable {
    package let format: String
    package let keys: [Entry]
    let scrypt: ScryptParameters
    /// base64url of `nonce(12) | AES-256-GCM of (number(4) | seed(32)) for each key | tag(16)`.
    let sealed: String

    /// What the first bytes of any key book say; the server looks for it and refuses it.
    package static let format = "outcry-key-book-1"

    package struct Entry: Codable, Hashable, Sendable {
        package let number: Int
        /// 16 hexadecimal digits.
        package let keyID: String
        package var destroyed: Bool
    }

    struct ScryptParameters: Codable, Sendable {
        let n: Int
        let r: Int
        let p: Int
        let salt: String
    }

    /// Makes a book of `count` fresh keys and its public half.
    package static func create(
        count: Int, passphrase: String
    ) throws -> (book: KeyBook, list: KeyList) {
        var keys: [OpenedKeyBook.Key] = []
        for number in 1...count {
            let seed = randomBytes(32)
            keys.append(try OpenedKeyBook.Key(number: number, seed: seed))
        }
        let entries = keys.map {
            Entry(number: $0.number, keyID: $0.id.description, destroyed: false)
        }
        let book = try KeyBook(sealing: keys, entries: entries, passphrase: passphrase)
        let list = KeyList(
            keys: keys.map { .init(number: $0.number, publicKey: $0.publicKey.base64URL) })
        return (book, list)
    }

    init(sealing keys: [OpenedKeyBook.Key], entries: [Entry], passphrase: String) throws {
        format = KeyBook.format
        self.keys = entries
        scrypt = ScryptParameters(n: 1 << 17, r: 8, p: 1, salt: randomBytes(32).hex)
        let plain = keys.flatMap { bigEndian($0.number) + $0.seed }
        let key = try KeyBook.key(passphrase, scrypt)
        let box = try AES.GCM.seal(
            plain, using: key, authenticating: KeyBook.header(entries))
        sealed = (Array(box.nonce) + box.ciphertext + box.tag).base64URL
    }

    /// Takes some 0.3 s and 128 MB, on purpose.
    package func open(passphrase: String) throws -> OpenedKeyBook {
        guard format == KeyBook.format else { throw KeyBookError.notAKeyBook }
        // The parameters come from a file: bound them before they cost memory.
        guard scrypt.n == 1 << 17, scrypt.r == 8, scrypt.p == 1,
            let bytes = [UInt8](base64URL: sealed)
        else { throw KeyBookError.damaged }
        let key = try KeyBook.key(passphrase, scrypt)
        guard let box = try? AES.GCM.SealedBox(combined: bytes),
            let plain = try? Array(
                AES.GCM.open(box, using: key, authenticating: KeyBook.header(keys)))
        else { throw KeyBookError.wrongPassphrase }
        guard plain.count % 36 == 0 else { throw KeyBookError.damaged }
        let opened = try stride(from: 0, to: plain.count, by: 36).map { start in
            let number = plain[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            return try OpenedKeyBook.Key(
                number: number, seed: Array(plain[start + 4..<start + 36]))
        }
        return OpenedKeyBook(keys: opened)
    }

    /// The same book without one key, under another passphrase.
    ///
    /// An old copy of the book with its old passphrase still opens everything: nothing done here
    /// can reach it.
    package func destroying(
        number: Int, passphrase: String, newPassphrase: String
    ) throws -> KeyBook {
        guard let entry = keys.first(where: { $0.number == number }) else {
            throw KeyBookError.noSuchKey(number)
        }
        guard !entry.destroyed else { throw KeyBookError.destroyedBefore(number) }
        let opened = try open(passphrase: passphrase)
        let entries = keys.map {
            Entry(
                number: $0.number, keyID: $0.keyID, destroyed: $0.destroyed || $0.number == number)
        }
        return try KeyBook(
            sealing: opened.keys.filter { $0.number != number }, entries: entries,
            passphrase: newPassphrase)
    }

    /// Throws `KeyBookError.notAKeyBook` for any other file.
    package init(json: Data) throws {
        guard let book = try? JSONDecoder().decode(KeyBook.self, from: json),
            book.format == KeyBook.format
        else { throw KeyBookError.notAKeyBook }
        self = book
    }

    package func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return try encoder.encode(self) + Data("\n".utf8)
    }

    private static func key(
        _ passphrase: String, _ parameters: ScryptParameters
    ) throws -> SymmetricKey {
        guard let salt = [UInt8](hex: parameters.salt) else { throw KeyBookError.damaged }
        return try KDF.Scrypt.deriveKey(
            from: Array(passphrase.trimmed.utf8), salt: salt, outputByteCount: 32,
            rounds: parameters.n, blockSize: parameters.r, parallelism: parameters.p,
            maxMemory: 1 << 28)
    }

    /// `"outcry/key-book/v1" | (number(4) | key id as text | destroyed(1)) for each entry`.
    private static func header(_ entries: [Entry]) -> [UInt8] {
        Array("outcry/key-book/v1".utf8)
            + entries.flatMap {
                bigEndian($0.number) + Array($0.keyID.utf8) + [$0.destroyed ? 1 : 0]
            }
    }
}

/// A key book whose passphrase was given.
package struct OpenedKeyBook: Sendable {
    let keys: [Key]

    struct Key: Sendable {
        let number: Int
        let seed: [UInt8]
        let privateKey: XWingMLKEM768X25519.PrivateKey
        let publicKey: [UInt8]
        let id: KeyID

        init(number: Int, seed: [UInt8]) throws {
            self.number = number
            self.seed = seed
            privateKey = try XWingMLKEM768X25519.PrivateKey(
                seedRepresentation: seed, publicKey: nil)
            publicKey = Array(privateKey.publicKey.rawRepresentation)
            id = KeyID(publicKey: publicKey)
        }
    }

    init(keys: [Key]) { self.keys = keys }

    /// A book made of its seeds, 32 bytes each, numbered from 1; for published vectors.
    package init(seeds: [[UInt8]]) throws {
        keys = try seeds.enumerated().map { try Key(number: $0 + 1, seed: $1) }
    }

    func key(_ id: KeyID) -> Key? { keys.first { $0.id == id } }

    /// Whether this book has the private key.
    package func holds(_ id: KeyID) -> Bool { key(id) != nil }
}

package enum KeyBookError: Error, Hashable, Sendable {
    case notAKeyBook, damaged, wrongPassphrase
    case noSuchKey(Int)
    case destroyedBefore(Int)
}

private func bigEndian(_ number: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
}

/// Seven words of five letters, 112 random bits: proquints (arXiv:0901.4016), which can be read
/// aloud and typed on any keyboard.
package func generatePassphrase() -> String {
    let consonants = Array("bdfghjklmnprstvz")
    let vowels = Array("aiou")
    return (0..<7).map { _ -> String in
        let pair = randomBytes(2)
        let bits = Int(pair[0]) << 8 | Int(pair[1])
        return String([
            consonants[bits >> 12], vowels[bits >> 10 & 3], consonants[bits >> 6 & 15],
            vowels[bits >> 4 & 3], consonants[bits & 15],
        ])
    }.joined(separator: "-")
}
