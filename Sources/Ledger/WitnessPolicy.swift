import Foundation

/// Which logs and witnesses somebody trusts, and how many of the witnesses must have signed a
/// checkpoint (C2SP tlog-policy).
///
/// ```
/// log <vkey> [<url>]
/// witness <name> <vkey> [<url>]
/// group <name> all|any|<k> <name>...
/// quorum <name>|none
/// ```
package struct WitnessPolicy: Sendable {
    package private(set) var logs: [Log] = []
    package private(set) var witnesses: [Witness] = []
    private var groups: [Group] = []
    private var names: [Name: Member] = [:]
    private var quorum: Quorum?

    package struct Log: Hashable, Sendable {
        package let key: NoteKey
        package let url: String?
    }

    package struct Witness: Hashable, Sendable {
        /// What the policy calls it; its key may have another name.
        package let name: String
        package let key: NoteKey
        /// Where checkpoints are handed in, `http` or `https`, without a slash at its end.
        package let url: String?
    }

    /// Opaque octets, as the format asks: texts would compare by their characters.
    fileprivate typealias Name = [UInt8]

    private enum Member {
        case witness(Int)
        case group(Int)
    }

    private enum Quorum {
        case nobody
        case member(Member)
    }

    private struct Group {
        let needed: Int
        let members: [Member]
    }

    /// Whether those who signed are enough; keys that the policy does not name count for nothing.
    package func isQuorum(_ cosigners: Set<NoteKey>) -> Bool {
        guard case .member(let member)? = quorum else { return true }
        var reached: [Bool] = []
        let has: (Member) -> Bool = { member in
            switch member {
            case .witness(let index): cosigners.contains(witnesses[index].key)
            case .group(let index): reached[index]
            }
        }
        // A group has only members that were defined before it.
        for group in groups { reached.append(group.members.count(where: has) >= group.needed) }
        return has(member)
    }

    /// Far more than a policy of 32 logs, witnesses and groups.
    private static let limit = 256 * 1024

    /// Reads the bytes of a policy file.
    package init(_ bytes: [UInt8]) throws(PolicyProblem) {
        guard bytes.count <= Self.limit else { throw PolicyProblem(line: 1, .tooLong) }
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        var listed: Set<Name> = []
        for (index, line) in lines.enumerated() {
            do {
                try read(line, listed: &listed)
            } catch {
                throw PolicyProblem(line: index + 1, error)
            }
        }
        guard quorum != nil else { throw PolicyProblem(line: lines.count, .noQuorum) }
    }

    private mutating func read(
        _ line: ArraySlice<UInt8>, listed: inout Set<Name>
    ) throws(PolicyProblem.Reason) {
        guard line.allSatisfy({ $0 == 0x09 || (0x20...0x7e).contains($0) || $0 >= 0x80 }) else {
            throw .character
        }
        let words = line.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 }).map { Array($0) }
        guard let first = words.first, first[0] != UInt8(ascii: "#") else { return }
        let rest = Array(words.dropFirst())
        switch text(first) {
        case "log": try readLog(rest)
        case "witness": try readWitness(rest)
        case "group": try readGroup(rest, listed: &listed)
        case "quorum": try readQuorum(rest)
        default: throw .word(text(first))
        }
    }

    private mutating func readLog(_ words: [[UInt8]]) throws(PolicyProblem.Reason) {
        guard (1...2).contains(words.count) else { throw .form("log <vkey> [<url>]") }
        let key = try key(words[0], .log)
        guard !logs.contains(where: { $0.key.publicKey == key.publicKey }) else {
            throw .keyTwice
        }
        logs.append(Log(key: key, url: words.count == 2 ? text(words[1]) : nil))
    }

    private mutating func readWitness(_ words: [[UInt8]]) throws(PolicyProblem.Reason) {
        guard (2...3).contains(words.count) else { throw .form("witness <name> <vkey> [<url>]") }
        let key = try key(words[1], .cosigner)
        guard !witnesses.contains(where: { $0.key.publicKey == key.publicKey }) else {
            throw .keyTwice
        }
        try define(words[0], as: .witness(witnesses.count))
        let url = words.count == 3 ? try address(words[2]) : nil
        witnesses.append(Witness(name: text(words[0]), key: key, url: url))
    }

    private mutating func readGroup(
        _ words: [[UInt8]], listed: inout Set<Name>
    ) throws(PolicyProblem.Reason) {
        guard words.count >= 3 else { throw .form("group <name> all|any|<k> <name>...") }
        var members: [Member] = []
        for name in words[2...] {
            members.append(try member(name))
            guard listed.insert(name).inserted else { throw .memberTwice(text(name)) }
        }
        let needed =
            switch text(words[1]) {
            case "all": members.count
            case "any": 1
            case let number: decimal(number) ?? 0
            }
        guard (1...members.count).contains(needed) else { throw .threshold(members.count) }
        try define(words[0], as: .group(groups.count))
        groups.append(Group(needed: needed, members: members))
    }

    private mutating func readQuorum(_ words: [[UInt8]]) throws(PolicyProblem.Reason) {
        guard words.count == 1 else { throw .form("quorum <name>") }
        guard quorum == nil else { throw .quorumTwice }
        quorum = words[0] == noName ? .nobody : .member(try member(words[0]))
    }

    private mutating func define(
        _ name: Name, as member: Member
    ) throws(PolicyProblem.Reason) {
        guard name != noName, names[name] == nil else { throw .taken(text(name)) }
        names[name] = member
    }

    private func member(_ name: Name) throws(PolicyProblem.Reason) -> Member {
        guard let member = names[name] else { throw .undefined(text(name)) }
        return member
    }

    private func key(
        _ word: [UInt8], _ kind: NoteKey.Kind
    ) throws(PolicyProblem.Reason) -> NoteKey {
        guard let key = NoteKey(text(word)), key.kind == kind else { throw .key(kind) }
        return key
    }

    private func address(_ word: [UInt8]) throws(PolicyProblem.Reason) -> String {
        let url = text(word)
        guard ["http://", "https://"].contains(where: { url.hasPrefix($0) && url != $0 }) else {
            throw .address
        }
        return url.hasSuffix("/") ? String(url.dropLast()) : url
    }
}

private let noName = Array("none".utf8)

private func text(_ word: [UInt8]) -> String { String(decoding: word, as: UTF8.self) }

/// A line of a policy file that cannot be read, and what to do about it.
package struct PolicyProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    package let line: Int
    package let reason: Reason

    package init(line: Int, _ reason: Reason) {
        self.line = line
        self.reason = reason
    }

    package enum Reason: Error, Hashable, Sendable {
        case tooLong
        case character
        case word(String)
        case form(String)
        case key(NoteKey.Kind)
        case keyTwice
        case address
        case taken(String)
        case undefined(String)
        case memberTwice(String)
        case threshold(Int)
        case quorumTwice
        case noQuorum
    }

    package var description: String { "line \(line): \(sentence)" }

    private var sentence: String {
        switch reason {
        case .tooLong: "the file is longer than any policy. Give a policy file."
        case .character:
            "a control character. Save the file as plain text with Unix line ends."
        case .word(let word):
            "\(word) is no word of a policy. Begin with log, witness, group, quorum or #."
        case .form(let form): "this line is not whole, or too long. Write \(form)."
        case .key(.log): "no key of a log. Write its vkey, an Ed25519 key of type 1, as served."
        case .key(.cosigner):
            "no key of a witness. Write its vkey, an Ed25519 key of type 4, as its operator gave it."
        case .keyTwice: "this key stands there already. Remove one of the lines."
        case .address: "no web address. Write the witness's prefix, https://..."
        case .taken(let name): "the name \(name) is taken. Choose another."
        case .undefined(let name):
            "no witness or group \(name) stands above. Define it on a line before this one."
        case .memberTwice(let name):
            "\(name) is a member of a group already. Let each be a member once."
        case .threshold(let most): "no such share. Write all, any or a number from 1 to \(most)."
        case .quorumTwice: "a second quorum. Keep one."
        case .noQuorum: "no quorum. End with quorum <name>, or quorum none."
        }
    }
}
