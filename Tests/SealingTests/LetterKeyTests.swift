import Domain
import Sealing
import Testing

@Suite("Letters that wait")
struct LetterKeyTests {
    private let key = LetterKey([UInt8](repeating: 7, count: 32))
    private let action = ActionID.random()

    private func letter(_ text: String, replyTo: String? = nil) -> Letter {
        Letter(
            target: "president", language: "az", subject: "Onları azad edin", text: text,
            name: "Nərgiz Əliyeva", replyTo: replyTo)
    }

    @Test("A letter is opened as it was sealed, and all have one size")
    func roundTrip() throws {
        for letter in [
            letter(""), letter("a\n\nb", replyTo: "n@people.example"),
            letter(String(repeating: "ə\n\"", count: 3_000)),
        ] {
            let sealed = try key.seal(letter, of: action)
            #expect(sealed.count == LetterKey.size)
            #expect(key.open(sealed, of: action) == letter)
        }
    }

    @Test("The longest letter there may be fits; one that does not is refused")
    func limits() throws {
        let longest = String(repeating: "a", count: Letter.limit)
        var whole = letter(longest, replyTo: String(repeating: "b", count: 254))
        whole.name = String(repeating: "c", count: 600)
        #expect(key.open(try key.seal(whole, of: action), of: action) == whole)
        #expect(throws: SealingError.letterTooLong) {
            try key.seal(letter(String(repeating: "a", count: 17_000)), of: action)
        }
        #expect(throws: SealingError.letterTooLong) {
            try key.seal(letter(String(repeating: "a", count: 70_000)), of: action)
        }
    }

    @Test("Another key, action, place or bit opens nothing")
    func bound() throws {
        let sealed = try key.seal(letter("a"), of: action)
        #expect(LetterKey([UInt8](repeating: 8, count: 32)).open(sealed, of: action) == nil)
        #expect(key.open(sealed, of: .random()) == nil)
        let other = try key.seal(letter("a"), of: action)
        #expect(key.open(Array(other[..<16] + sealed[16...]), of: action) == nil)
        #expect(key.open(Array(sealed.dropLast()), of: action) == nil)
        #expect(key.open([], of: action) == nil)
        for index in stride(from: 0, to: sealed.count, by: 997) {
            var changed = sealed
            changed[index] ^= 1
            #expect(key.open(changed, of: action) == nil)
        }
    }
}
