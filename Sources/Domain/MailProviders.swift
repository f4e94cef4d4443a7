/// What is known about large mail providers: the only domains about which anything is guessed.
package enum MailProviders {
    /// Providers that deliver `a.b@` and `ab@` to one mailbox.
    static let dotless: Set<String> = ["gmail.com"]

    /// Domains that are another name of the same mailboxes.
    static let alias: [String: String] = ["googlemail.com": "gmail.com"]

    /// Domains that are often typed, and so often mistyped.
    static let listed: [String] = [
        "gmail.com", "googlemail.com", "yahoo.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de",
        "ymail.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "outlook.com", "outlook.fr",
        "outlook.de", "live.com", "live.fr", "live.co.uk", "msn.com", "icloud.com", "me.com",
        "mac.com", "aol.com", "mail.com", "email.com", "proton.me", "protonmail.com", "pm.me",
        "tutanota.com", "tuta.com", "tuta.io", "riseup.net", "fastmail.com", "zoho.com",
        "gmx.com", "gmx.net", "gmx.de", "gmx.at", "gmx.ch", "web.de", "t-online.de",
        "freenet.de", "posteo.de", "mailbox.org", "orange.fr", "wanadoo.fr", "free.fr",
        "laposte.net", "sfr.fr", "libero.it", "bluewin.ch", "mail.ru", "bk.ru", "inbox.ru",
        "list.ru", "internet.ru", "yandex.ru", "yandex.com", "ya.ru", "rambler.ru", "ukr.net",
        "i.ua", "box.az", "mail.az", "day.az", "btinternet.com", "sky.com", "comcast.net",
        "verizon.net", "att.net", "qq.com", "163.com", "126.com", "naver.com", "seznam.cz",
        "wp.pl", "o2.pl", "interia.pl", "onet.pl", "abv.bg", "mynet.com",
    ]

    private static let listedSet = Set(listed)
    private static let listedBytes = listed.map { Array($0.utf8) }

    /// The listed domain that the whole of `domain` is one edit away from: one letter put in,
    /// left out or changed, or two neighbours swapped. Nil for a listed domain, and for any other.
    package static func suggestion(for domain: String) -> String? {
        guard !listedSet.contains(domain) else { return nil }
        let typed = Array(domain.utf8)
        return listedBytes.firstIndex { isOneEdit(typed, $0) }.map { listed[$0] }
    }

    /// Whether one edit (Damerau's four) turns one word into the other; false for equal words.
    package static func isOneEdit(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard abs(left.count - right.count) <= 1, left != right else { return false }
        let start = zip(left, right).prefix { $0 == $1 }.count
        let rest = (left[start...], right[start...])
        if left.count < right.count { return rest.0.elementsEqual(rest.1.dropFirst()) }
        if left.count > right.count { return rest.0.dropFirst().elementsEqual(rest.1) }
        if rest.0.dropFirst().elementsEqual(rest.1.dropFirst()) { return true }
        return rest.0.count >= 2 && rest.0[start] == rest.1[start + 1]
            && rest.0[start + 1] == rest.1[start]
            && rest.0.dropFirst(2).elementsEqual(rest.1.dropFirst(2))
    }
}
