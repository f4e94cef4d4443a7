import Domain
import Foundation

/// The vectors under Tests/Vectors, as both sides of the check write them.
struct Vectors: Codable {
    var note: String
    var records: [Record]
    var two_keepers: [Record]
    var secrets: [Secrets]

    struct Keeper: Codable {
        var seed: String
        var public_key: String
    }

    struct Record: Codable {
        var seed: String?
        var public_key: String?
        var keepers: [Keeper]?
        var action_id: String
        var record_id: String
        var recipient: UInt8
        var r: String
        var r2: String
        var pledge: String
        var h: String
        var leaf: String
        var plaintext: String
        var sealed: String

        var seeds: [String] { keepers?.map(\.seed) ?? [seed ?? ""] }
        var publicKeys: [String] { keepers?.map(\.public_key) ?? [public_key ?? ""] }
    }

    struct Secrets: Codable {
        var s: String
        var w: String
        var code: String
        var pending_id: String
        var pending_key: String
        var again_key: String
        var withdraw: String
        var lookup: String
        var receipt_key: String
    }

    static func file(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Vectors/\(name)")
    }

    static func read(_ name: String) throws -> Vectors {
        try JSONDecoder().decode(Vectors.self, from: Data(contentsOf: file(name)))
    }

    var all: [Record] { records + two_keepers }
}

func bytes(_ hex: String) -> [UInt8] { [UInt8](hex: hex) ?? [] }
