import Domain
import Foundation
import Languages
import Ledger
import Press
import Sealing
import Unsealing

/// All that is handed over, in one zip: the letters, what proves the number, and what says how to
/// check it with tools that are not ours.
struct DeliveryBundle {
    let count: DeliveryCount
    let what: DeliveryStatement.What
    /// By the names of their files.
    let letters: [(name: String, pdf: [UInt8])]
    /// Those that stand in the letters, and those that no font could print.
    let names: [String]?
    let regions: RegionTable?

    /// The bytes of the zip: the same for the same delivery. Throws `Refusal` if there is no memory.
    func zip() throws -> [UInt8] {
        var files: [(path: String, bytes: [UInt8])] = letters.map { ($0.name, $0.pdf) }
        files += count.log.map { ("log/\($0.key)", $0.value) }
        if let policy = count.policy { files.append(("policy.txt", policy)) }
        if let names {
            files.append(("names.csv", Self.table(["name"], names.map { [$0] })))
        }
        if let regions { files.append(("regions.csv", Self.regions(regions))) }
        files.append(("number.txt", Array(number.utf8)))
        files.append(("README.txt", Array(readme.utf8)))
        let manifest = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
            .map { "\(digest($0.bytes).hex)  \($0.path)\n" }.joined()
        var bundle = ZipBundle()
        for (path, bytes) in files { bundle.add(path, bytes) }
        bundle.add("MANIFEST", Array(manifest.utf8))
        guard let zip = bundle.zip() else {
            throw Refusal("There is not enough memory for the zip.")
        }
        return zip
    }

    static func regions(_ table: RegionTable) -> [UInt8] {
        let english = (try? Languages())?.fallback
        let rows = table.rows.map { code, count in
            let name = code == RegionTable.otherCode ? "regions.other" : ""
            return [
                code, String(count),
                (name.isEmpty ? english?.country(code) : english?(name)) ?? code,
            ]
        }
        return self.table(["code", "signatures", "region"], rows)
    }

    /// With a byte order mark, so that spreadsheets read UTF-8.
    private static func table(_ head: [String], _ rows: [[String]]) -> [UInt8] {
        let lines = [head] + rows
        return Array(
            ("\u{FEFF}" + lines.map { $0.map(csvCell).joined(separator: ",") + "\r\n" }.joined())
                .utf8)
    }

    private var number: String {
        """
        signatures \(count.ledger.counted)
        on paper, counted apart \(count.ledger.paper)
        log \(count.checkpoint.origin)
        entries \(count.checkpoint.size)
        root \(count.checkpoint.root.base64)
        frozen \(count.head.day)
        text \(count.head.version)
        includes \(what.rawValue)

        """
    }

    private var readme: String {
        """
        \(count.head.title)
        Delivered by \(count.head.organisation), \(count.head.origin)

        WHAT IS HERE
          letter-*.pdf        the letter to each addressee
          number.txt          the number, and the checkpoint that it comes from
          log/                the public list that the number is the sum of: a transparency log in the
                              format C2SP tlog-tiles (https://c2sp.org/tlog-tiles). It names nobody
          names.csv           names of people who agreed that the addressee may know them, if included
          regions.csv         signatures by region of the world (UN M49), if included
          policy.txt          whose witnesses had to sign the checkpoint (C2SP tlog-policy), if any
          MANIFEST            SHA-256 of every other file

        HOW TO CHECK IT, WITHOUT ANY NETWORK
        1. That nothing was changed on the way:
             sha256sum --check MANIFEST
        2. That this is the file that was put on record: its own SHA-256
             sha256sum delivery.zip
           stands in the list itself, a few entries later, as a statement that begins with "outcry
           delivery 1". The list of today is at https://\(count.checkpoint.origin)/
        3. That the number is what the list adds up to:
             outcry ledger verify log
           or, with tools of others: any reader of tlog-tiles, such as Go's
           golang.org/x/mod/sumdb/note (signature of log/checkpoint under the key in log/vkey) and
           golang.org/x/mod/sumdb/tlog (hashes: RFC 6962). An entry is 66 bytes: 0x01, type, a (32), b (32).
           Type 1 is a signature; 2 and 10 take the one whose index is in a back, 3 sets it aside,
           4 takes it in again. What is left is the number.
        4. That everybody was shown the same list: compare log/checkpoint with one that somebody else
           has, or check the lines of witnesses below it (C2SP tlog-cosignature).

        What it proves and what not: \(count.head.origin)/en/how-we-count

        """
    }
}
