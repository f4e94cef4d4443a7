import Domain
import Testing

struct AddressTests {
    @Test(
        "Addresses that mail servers take are taken",
        arguments: [
            "ada@example.org", "ada+petition@example.org", "o'neill@example.photography",
            "a.b-c_d@sub.example-site.co.uk", "ada@bücher.example", "אבג@example.org",
            " ada@example.org ", "1@1.example", "ada@xn--bcher-kva.example", "ada@example.org.",
        ])
    func good(text: String) throws { _ = try EmailAddress(text) }

    @Test(
        "Addresses that could be two, or a header, or nowhere, are refused with the reason",
        arguments: [
            ("", EmailAddress.Problem.missing), ("   ", .missing), ("ada", .noAt),
            ("a@@b.c", .notOneAddress), ("a@b.c,d@e.f", .notOneAddress),
            ("<a@b.c>", .notOneAddress), ("Ada <a@b.c>", .notOneAddress),
            ("\"a b\"@c.d", .notOneAddress), ("a@[127.0.0.1]", .notOneAddress),
            ("a@b.c\r\nBcc: x@y.z", .notOneAddress), ("a\u{0}@b.c", .notOneAddress),
            ("a@b", .badDomain), ("a@b..c", .badDomain), ("a@-b.c", .badDomain),
            ("a@1.2.3.4", .badDomain), (".a@b.c", .badLocal), ("a..b@c.d", .badLocal),
            ("a+\u{25cc}\u{301}@b.c", .badLocal),
            ("ann+\u{301}a@gmail.com", .badLocal), ("a\u{fe0f}@b.c", .badLocal),
            ("\u{301}@b.c", .badLocal),
            ("@b.c", .badLocal),
        ])
    func bad(text: String, problem: EmailAddress.Problem) {
        #expect(throws: problem) { try EmailAddress(text) }
    }

    @Test("An address may have 254 bytes and no more")
    func long() throws {
        let domain = [63, 63, 58].map { String(repeating: "a", count: $0) }.joined(separator: ".")
        let local = String(repeating: "x", count: 64)
        #expect(try EmailAddress("\(local)@\(domain).a").text.utf8.count == 253)
        #expect(throws: EmailAddress.Problem.tooLong) { try EmailAddress("\(local)@\(domain).abc") }
    }

    @Test(
        "One mailbox has one name",
        arguments: [
            ("ADA@Example.ORG", "ada@example.org"), ("ada+x+y@example.org", "ada@example.org"),
            ("a.d.a+x@gmail.com", "ada@gmail.com"), ("ada@googlemail.com", "ada@gmail.com"),
            ("a.da@example.org", "a.da@example.org"), ("+ada@example.org", "+ada@example.org"),
            ("IŞIL@example.org", "işil@example.org"),
        ])
    func mailbox(typed: String, name: String) throws {
        #expect(try EmailAddress(typed).mailbox == name)
    }

    @Test("A capital and its mark are the small letter that has the mark in it, byte for byte")
    func composedOnlyWhenSmall() throws {
        for (capital, small) in [("H\u{331}", "\u{1e96}"), ("J\u{30c}", "\u{1f0}")] {
            let mailboxes = try [capital, small].map {
                try EmailAddress("\($0)a@b.example").mailbox
            }
            #expect(Array(mailboxes[0].utf8) == Array(mailboxes[1].utf8))
        }
    }

    @Test(
        "A provider one edit away is pointed out, and only the whole domain",
        arguments: [
            ("gmial.com", "gmail.com"), ("gmail.co", "gmail.com"), ("gnail.com", "gmail.com"),
            ("hotmai.com", "hotmail.com"), ("yandex.ri", "yandex.ru"),
            ("outlookk.com", "outlook.com"),
        ])
    func typo(typed: String, meant: String) {
        #expect(MailProviders.suggestion(for: typed) == meant)
    }

    @Test(
        "Other domains are left alone",
        arguments: [
            "gmail.com", "ymail.com", "mail.ru", "example.org", "gmailx.org", "mail.gmail.com",
            "box.az", "gmil.co", "university.edu",
        ])
    func noTypo(domain: String) { #expect(MailProviders.suggestion(for: domain) == nil) }
}
