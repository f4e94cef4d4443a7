import Foundation

/// Domains that give mailboxes for one use: a signature from there counts like any other and
/// carries a flag, by which it can be set aside later.
enum DisposableDomains {
    /// Whether the domain, in lower-case A-labels, or one above it is on the list.
    static func contains(_ domain: String) -> Bool {
        var rest = Substring(domain)
        while true {
            if list.contains(String(rest)) { return true }
            guard let dot = rest.firstIndex(of: ".") else { return false }
            rest = rest[rest.index(after: dot)...]
        }
    }

    /// Where the list comes from stands in its first line.
    private static let list: Set<String> = {
        let file = Bundle.module.resourceURL?.appending(path: "Assets/disposable-domains.txt")
        let text = file.flatMap { try? String(contentsOf: $0, encoding: .utf8) } ?? ""
        return Set(text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init))
    }()
}
