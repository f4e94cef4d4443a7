import Domain
import Foundation
import Press
import Testing

/// Writes what is printed into the folder that OUTCRY_PRINTS names, for Tests/System/test_press.py
/// to take apart; does nothing without it.
@Suite("Prints for the system tests")
struct PrintTests {
    private let folder = ProcessInfo.processInfo.environment["OUTCRY_PRINTS"]

    @Test("Letters in every script, paper and window")
    func letters() throws {
        for (language, _, _, _) in Samples.words {
            try write("letter-\(language).pdf", try Samples.letter(language).pdf())
        }
        for language in ["en", "ar"] {
            try write(
                "letter-\(language)-us.pdf",
                try Samples.letter(language, paper: .usLetter, window: .us).pdf())
            try write("letter-\(language)-uk.pdf", try Samples.letter(language, window: .uk).pdf())
            let warning = "This has ended: please do not send this letter."
            try write(
                "letter-\(language)-warning.pdf",
                try Samples.letter(language, warning: warning).pdf())
        }
        let own = String(repeating: "This has moved me for many years now. ", count: 52)
        var long = Samples.letter("en", adding: [own])
        long.recipient = [
            "Chairperson of the Commission for Pardons", "Office of the President of the Republic",
            "Mr Firstname Middlename Lastname-Secondname", "Istiqlaliyyat küçəsi 19, 3rd floor",
            "AZ1066 Baku", "AZERBAIJAN",
        ]
        long.sender =
            [String(repeating: "Maximiliana-", count: 16) + "Zoë"] + long.sender.dropFirst()
        try write("letter-long.pdf", try long.pdf())
        var all = Samples.letter("en")
        all.paragraphs = Samples.words.map { $0.text[1] }
        try write("letter-all-scripts.pdf", try all.pdf())
    }

    @Test("Deliveries")
    func deliveries() throws {
        let many = (0..<600).map { Samples.names[$0 % Samples.names.count] }
        try write("delivery-en.pdf", try Samples.delivery(many).pdf())
        try write("delivery-ar.pdf", try Samples.delivery(many, language: "ar").pdf())
        guard let folder else { return }
        try Samples.delivery(many, paper: .usLetter).write(to: folder + "/delivery-us.pdf")
        let all = (0..<50_000).map { "\(Samples.names[$0 % Samples.names.count]) \($0 % 977)" }
        try Samples.delivery(all).write(to: folder + "/delivery-50000.pdf")
    }

    @Test("A bundle")
    func bundle() throws {
        var bundle = ZipBundle()
        bundle.add("letter.pdf", try Samples.letter().pdf())
        bundle.add("картинки/Əli.txt", Array("Bakı\n".utf8))
        bundle.add("empty", [])
        try write("bundle.zip", try #require(bundle.zip()))
    }

    private func write(_ name: String, _ bytes: [UInt8]) throws {
        guard let folder else { return }
        try Data(bytes).write(to: URL(filePath: folder).appending(path: name))
    }
}
