import Foundation

/// What cairo 1.16 does not write into a PDF's catalog, and a screen reader needs: the language, and
/// that the title is what the window shows (PDF/UA, ISO 14289-1, 7.1 and 7.2). It is appended as an
/// incremental update (ISO 32000-1, 7.5.6): the catalog once more with these entries, and a
/// cross-reference section for it alone.
struct PDFCatalog {
    let language: String
    let isRightToLeft: Bool

    /// The bytes to append; nil for a file that is not of cairo's form.
    func update(_ output: PDFOutput) -> [UInt8]? {
        let length = output.length
        let end = text(output.read(max(0, length - 64)..<length))
        guard let table = end.range(of: "startxref\n").flatMap({ number(end[$0.upperBound...]) })
        else { return nil }
        let tail = text(output.read(table..<length))
        guard let trailer = tail.range(of: "trailer\n"),
            let size = value("/Size ", in: tail[trailer.upperBound...]),
            let root = value("/Root ", in: tail[trailer.upperBound...]),
            let info = value("/Info ", in: tail[trailer.upperBound...]),
            let first = tail.range(of: "xref\n0 \(size)\n")
        else { return nil }
        let row = tail.utf8.index(first.upperBound, offsetBy: 20 * root)
        guard let place = number(tail[row...]) else { return nil }
        let object = text(output.read(place..<min(place + 4_096, table)))
        guard let open = object.range(of: "<<"), let close = object.range(of: "endobj\n") else {
            return nil
        }
        let body = object[open.upperBound..<close.upperBound]
        return Array(
            """
            \(root) 0 obj
            << \(entries)\(body)xref
            \(root) 1
            \(String(format: "%010d", length)) 00000 n\u{20}
            trailer
            << /Size \(size) /Root \(root) 0 R /Info \(info) 0 R /Prev \(table) >>
            startxref
            \(length + "\(root) 0 obj\n<< \(entries)\(body)".utf8.count)
            %%EOF

            """.utf8)
    }

    private var entries: String {
        let safe = language.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        let direction = isRightToLeft ? " /Direction /R2L" : ""
        return "/Lang (\(safe)) /ViewerPreferences << /DisplayDocTitle true\(direction) >>"
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private func number(_ text: Substring) -> Int? {
        Int(text.prefix { $0.isASCII && $0.isNumber })
    }

    private func value(_ key: String, in text: Substring) -> Int? {
        text.range(of: key).flatMap { number(text[$0.upperBound...]) }
    }
}
