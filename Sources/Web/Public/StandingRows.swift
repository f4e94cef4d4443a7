import Domain
import Languages
import Ledger

/// How an action's ledger stands, as rows of a table with a name and a value each.
struct StandingRows {
    let texts: Texts
    let slug: String
    let standing: Standing
    /// Whoever counts what is on paper.
    let organisation: String

    /// What was signed, and where anyone can look.
    var html: HTML {
        let checkpoint: HTML = """
            <a href="/actions/\(slug)/log/checkpoint">\(texts.moment(standing.asOf))</a>
            """
        let root: HTML =
            "<span class=\"text\" dir=\"ltr\">\(standing.root.base64.prefix(12).description)…</span>"
        let witnesses: HTML? =
            standing.cosigned.isEmpty
            ? nil
            : row(
                "count.witnesses",
                "<bdi>\(standing.cosigned.sorted().joined(separator: texts("mark.comma")))</bdi>")
        return numbers + row("count.checkpoint", checkpoint) + row("count.root", root)
            + (witnesses ?? .none)
    }

    private var numbers: HTML {
        let named = Self.reasons.map { standing.aside[$0] ?? 0 }
        let others = standing.aside.values.reduce(0, +) - named.reduce(0, +)
        let rows: [(key: String, number: Int, isAlways: Bool)] =
            [
                ("count.counted", standing.number, true),
                ("count.withdrawn", standing.withdrawn, true),
                ("count.removed", standing.removed, true),
            ] + zip(Self.reasons, named).map { ("count.aside.\($0)", $1, false) } + [
                ("count.aside.other", others, false)
            ]
        let signed = HTML(
            joining: rows.filter { $0.isAlways || $0.number > 0 }.map {
                row($0.key, HTML(text: texts.number($0.number)))
            })
        return signed + paper + row("count.entries", HTML(text: texts.number(standing.size)))
    }

    /// A number of its own, with what it rests on.
    private var paper: HTML {
        guard standing.paper > 0 else { return .none }
        return row(
            "count.paper",
            """
            \(texts.number(standing.paper)) <small>\(texts("paper.proof", ["organisation": organisation])) \
            <a href="/actions/\(slug)/log/statements.json">\(texts("paper.batches"))</a></small>
            """)
    }

    /// The reasons of setting aside that have a name of their own.
    private static let reasons: [UInt8] = [1, 2]

    private func row(_ key: String, _ value: HTML) -> HTML {
        "<tr><th scope=\"row\">\(texts(key))</th><td>\(value)</td></tr>\n"
    }
}

extension Standing {
    /// Changes whenever the rows may.
    var edition: String { "\(size) \(asOf) \(cosigned.sorted())" }
}

extension Texts {
    /// `24 November 2026, 18:53 UTC`; `seconds` since 1970.
    func moment(_ seconds: Double) -> String {
        let minutes = Int(seconds) % 86_400 / 60
        let digits = [minutes / 60, minutes % 60].map { ($0 < 10 ? "0" : "") + String($0) }
        return self(
            "count.moment",
            ["date": date(Day(seconds: seconds)), "time": digits.joined(separator: ":")])
    }
}
