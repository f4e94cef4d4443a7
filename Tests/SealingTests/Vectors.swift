import Domain
import Foundation

/// The vectors under Tests/Vectors, as both sides of the check write them.
struct Vectors: Codable {
    var note: String
    var records: [Record]
    var twoKeepers: [Record]
    var secrets: [Secrets]

    struct Keeper: Codable {
        var seed: String
        var publicKey: String
    }

    struct Record: Codable {
        var seed: String?
        var publicKey: String?
        var keepers: [Keeper]?
        var actionId: String
        var recordId: String
        var recipient: UInt8
        var r: String
        var r2: String
        var pledge: String
        var h: String
        var leaf: String
        var plaintext: String
        var sealed: String

        var seeds: [String] { keepers?.map(\.seed) ?? [seed ?? ""] }
        var publicKeys: [String] { keepers?.map(\.publicKey) ?? [publicKey ?? ""] }
    }

    struct Secrets: Codable {
        var s: String
        var w: String
        var code: String
        var pendingId: String
        var pendingKey: String
        var againKey: String
        var withdraw: String
        var lookup: String
        var receiptKey: String
    }

    static func file(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Vectors/\(name)")
    }

    static func read(_ name: String) throws -> Vectors {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Vectors.self, from: Data(contentsOf: file(name)))
    }

    var all: [Record] { records + twoKeepers }
}

func bytes(_ hex: String) -> [UInt8] { [UInt8](hex: hex) ?? [] }
