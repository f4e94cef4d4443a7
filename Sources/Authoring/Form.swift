import Domain
import Foundation

/// What a text must look like and what it is read as.
struct Form<Value> {
    /// Completes "must be ..."; the remedy for a text that is not.
    let expected: String
    /// Takes the place of a value with a problem, so that reading goes on to the next problem;
    /// nothing built from it is ever returned.
    let standIn: Value
    let read: (String) -> Value?
}

extension Form<String> {
    static var text: Form { text("a text") }

    static func text(_ expected: String) -> Form {
        Form(expected: expected, standIn: "") { $0 }
    }

    static var id: Form {
        Form(expected: "an id of a-z, 0-9 and -", standIn: "") { isID($0) ? $0 : nil }
    }

    static func id(of thing: String) -> Form {
        Form(expected: "the id of a \(thing) of this file", standIn: "", read: id.read)
    }

    static var country: Form {
        Form(expected: "a country as two capital letters, such as AZ", standIn: "") {
            matches($0, "[A-Z]{2}") ? $0 : nil
        }
    }

    static var language: Form {
        Form(expected: "a language tag such as en or pt-BR", standIn: "") {
            isLanguageTag($0) ? $0 : nil
        }
    }

    static var webAddress: Form {
        Form(expected: "an address that begins with https:// or http://", standIn: "") {
            matches($0, "https?://[^\\s/?#@<>\"\\\\]+([/?#][^\\s<>\"\\\\]*)?") ? $0 : nil
        }
    }

    static var email: Form {
        Form(expected: "an e-mail address", standIn: "") {
            matches($0, "[^\\s@<>,;:\"()?&%\\\\]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+") ? $0 : nil
        }
    }

    /// One of a few words.
    static func word(_ words: [String]) -> Form {
        let expected = words.count == 1 ? words[0] : "one of: " + words.joined(separator: ", ")
        return Form(expected: expected, standIn: words.first ?? "") {
            words.contains($0) ? $0 : nil
        }
    }
}

extension Form<PartialDate> {
    static var date: Form {
        let expected = "a date such as 2017-09-22, 2017-09, 2017-23 (autumn) or 2017"
        return Form(expected: expected, standIn: .year(1)) { PartialDate($0) }
    }
}

extension Form<Int> {
    /// The bounds keep every later sum and product of such a number within an `Int`.
    static func wholeNumber(from least: Int) -> Form {
        let most = 1_000_000_000
        let expected = "a whole number from \(least) to \(most), in digits only"
        return Form(expected: expected, standIn: least) { text in
            guard matches(text, "[0-9]{1,10}"), let number = Int(text) else { return nil }
            return (least...most).contains(number) ? number : nil
        }
    }
}

extension Form<Bool> {
    static var yesOrNo: Form {
        Form(expected: "yes or no", standIn: false) { ["yes": true, "no": false][$0] }
    }
}

func isID(_ text: some StringProtocol) -> Bool { matches(text, "[a-z0-9-]+") }

/// The languages a file can be named after: the usual forms of BCP 47.
func isLanguageTag(_ text: some StringProtocol) -> Bool {
    matches(text, "[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
}

/// Whether the whole of `text` matches.
func matches(_ text: some StringProtocol, _ pattern: String) -> Bool {
    text.range(of: "^(?:\(pattern))\\z", options: .regularExpression) != nil
}
