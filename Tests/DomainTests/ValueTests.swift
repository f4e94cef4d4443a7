import Domain
import Testing

struct ValueTests {
    @Test(
        "Days are counted as calendars count them",
        arguments: [
            ("1970-01-01", 0), ("2017-09-22", 17_431), ("2000-02-29", 11_016), ("1969-12-31", -1),
            ("2100-03-01", 47_541),
        ])
    func days(text: String, number: Int) throws {
        let day = try #require(Day(text))
        #expect(day.number == number)
        #expect(day.description == text)
        #expect(Day(seconds: Double(number) * 86_400 + 86_399) == day)
    }

    @Test(
        "Days that do not exist are none",
        arguments: [
            "2017-02-29", "2017-13-01", "2017-9-22", "22.09.2017", "2017-09-22T00:00", "",
            "٢٠١٧-٠٩-٢٢",
        ])
    func noDays(text: String) { #expect(Day(text) == nil) }

    @Test(
        "A date may be as coarse as its source",
        arguments: [
            "2017-09-22", "2017-09", "2017-23", "2017", "0999-09-22", "0999-09", "0999-23", "0999",
        ])
    func partialDates(text: String) { #expect(PartialDate(text)?.description == text) }

    @Test("Other dates are refused", arguments: ["2017-00", "2017-13", "2017-25", "17", "2017-9"])
    func noPartialDates(text: String) { #expect(PartialDate(text) == nil) }

    @Test("Base32 and base64url come back, and only in their one canonical form")
    func encodings() {
        for count in 0..<40 {
            let bytes = randomBytes(count)
            #expect([UInt8](base32: bytes.base32) == bytes)
            #expect([UInt8](base64URL: bytes.base64URL) == bytes)
            #expect([UInt8](hex: bytes.hex) == bytes)
        }
        #expect([UInt8](base64URL: "AB") == nil)
        #expect([UInt8](base64URL: "A=") == nil)
        #expect([UInt8](base32: "AB") == nil)
        #expect(Array("foobar".utf8).base32 == "MZXW6YTBOI")
    }

    @Test("A withdrawal code forgives spaces, hyphens, case and three digits")
    func withdrawalCode() throws {
        let code = try #require(WithdrawalCode(bytes: randomBytes(16)))
        let typed = code.groups.joined(separator: " - ").lowercased()
        #expect(code.groups.map(\.count) == [4, 4, 4, 4, 4, 4, 2])
        #expect(WithdrawalCode(typed: typed) == code)
        #expect(WithdrawalCode(typed: String(typed.dropLast())) == nil)
        let letters = code.bytes.base32
        let misread = letters.replacing("O", with: "0").replacing("I", with: "1")
            .replacing("B", with: "8")
        #expect(WithdrawalCode(typed: misread) == code)
    }

    @Test(
        "A code is its digits, in whatever script and however spaced",
        arguments: [
            ("123456", "123456"), (" 123 456\n", "123456"), ("١٢٣٤٥٦", "123456"),
            ("۱۲۳-۴۵۶", "123456"), ("１２３４５６", "123456"), ("12345\u{301}6", "123456"),
            ("¹²³½Ⅷ", ""), ("code", ""),
        ])
    func digits(typed: String, digits: String) { #expect(typed.digits == digits) }

    @Test("An action moves along its arrows and no others")
    func states() {
        let arrows: Set<[ActionState]> = [
            [.draft, .open], [.open, .paused], [.paused, .open], [.open, .won], [.paused, .won],
            [.open, .closed], [.paused, .closed], [.won, .delivered], [.closed, .delivered],
        ]
        for from in ActionState.allCases {
            for to in ActionState.allCases {
                let toStop = to == .stopped && from != .stopped
                #expect(
                    from.mayBecome(to) == (arrows.contains([from, to]) || toStop), "\(from) \(to)")
            }
        }
    }

    @Test("A confirmation under way is taken for a day after closing, never after a stop")
    func grace() {
        #expect(ActionState.open.takesConfirmation(secondsSinceChange: 1e9))
        #expect(ActionState.closed.takesConfirmation(secondsSinceChange: 86_399))
        #expect(!ActionState.closed.takesConfirmation(secondsSinceChange: 86_401))
        #expect(!ActionState.stopped.takesConfirmation(secondsSinceChange: 0))
    }

    @Test("A ledger entry is 66 bytes, with its number at the right end")
    func entry() {
        let entry = LedgerEntry(
            .withdraw, a: LedgerEntry.number(258), b: [UInt8](repeating: 9, count: 32))
        #expect(entry.bytes.count == LedgerEntry.size)
        #expect(Array(entry.bytes.prefix(2)) == [1, 2])
        #expect(entry.bytes[32] == 1 && entry.bytes[33] == 2)
    }

    @Test("Claims are found in a text, and marks that are none stay text")
    func claims() {
        #expect(
            "a {claim:x-1}{claim:y}. {claim:} {claim:X} {claim".claimPieces == [
                .text("a "), .claim(id: "x-1"), .claim(id: "y"),
                .text(". {claim:} {claim:X} {claim"),
            ])
        #expect("{claim:a}\u{301}{{claim:b}".claimPieces.count == 3)
    }

    @Test("There are 249 countries, each once")
    func countries() {
        #expect(Country.codes.count == 249 && Set(Country.codes).count == 249)
        #expect(Country.isCode("AZ") && !Country.isCode("az") && !Country.isCode("XX"))
    }
}
