import Languages
import Press

/// Plain links that carry the address of an action elsewhere, and the address itself.
struct ShareLinks {
    let texts: Texts
    let slug: String
    let title: String
    let origin: String

    var address: String { "\(origin)/\(texts.language)/actions/\(slug)" }

    func html(quiet: Bool) -> HTML {
        let words = "\(title) \(address)".percentEncoded
        let style = quiet ? "button quiet" : "button"
        return """
            <ul class="row" role="list">
              <li><a class="\(style)" href="https://wa.me/?text=\(words)" rel="noreferrer">WhatsApp</a></li>
              <li><a class="\(style)" href="https://t.me/share/url?url=\(address.percentEncoded)&amp;text=\(title.percentEncoded)" rel="noreferrer">Telegram</a></li>
              <li><a class="\(style)" href="mailto:?subject=\(title.percentEncoded)&amp;body=\(address.percentEncoded)">\(texts("share.mail"))</a></li>
              <li><a class="\(style)" href="/\(texts.language)/actions/\(slug)/fediverse">\(texts("share.fediverse"))</a></li>
            </ul>
            <p class="text"\(texts.copying)>\(address)</p>
            """
    }

    /// The address for the camera of another phone.
    var code: HTML? {
        guard let code = QRCode(address) else { return nil }
        let (start, side) = (-QRCode.quietZone, code.size + 2 * QRCode.quietZone)
        return """
            <svg class="qr" viewBox="\(start) \(start) \(side) \(side)" role="img" \
            aria-label="\(texts("counted.scan.label", ["address": address]))">\
            <path fill="#fff" d="M\(start) \(start)h\(side)v\(side)h-\(side)z"/>\
            <path stroke="#000" d="\(code.path)"/></svg>
            """
    }
}

extension Texts {
    /// Marks a text that script may offer to copy, with what its button says before and after.
    var copying: HTML {
        " data-copy=\"\(self("copy.button"))\" data-copied=\"\(self("copy.done"))\""
    }
}
