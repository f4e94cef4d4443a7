import Authoring
import Domain
import Foundation
import Testing

/// Who is asked, how they are reached, and whose files say so.
struct TargetTests {
    private static let name = "name: Ilham Aliyev"

    private func target(_ lines: String) -> Sample {
        Sample().with(Self.name, Self.name + "\n    " + lines.replacing("\n", with: "\n    "))
    }

    @Test func `A target has everything that an envelope and a letter need`() throws {
        let target = try #require(
            target(
                """
                title: His Excellency
                language: az
                post: [First line, Second line]
                postCountry: AZ
                email: [one@office.example, two@office.example]
                fax: "+994 12 000 00 00"
                zone: Asia/Baku
                lettersPerHour: 12
                noPostFrom: [AM, US]
                embassies:
                  - country: DE
                    name: The embassy
                    post: [Sample street 1]
                    email: berlin@embassy.example
                """
            ).parsed().targets.first)
        #expect(target.post == PostalAddress(lines: ["First line", "Second line"], country: "AZ"))
        #expect(target.emails == ["one@office.example", "two@office.example"])
        #expect(target.zone == "Asia/Baku" && target.lettersPerHour == 12)
        #expect(target.embassy(in: "DE")?.post?.country == "DE" && target.embassy(in: "FR") == nil)
        #expect(target.takesPost(from: "DE") && target.takesPost(from: nil))
        #expect(!target.takesPost(from: "AM"))
    }

    @Test func `One mailbox may be written without a list`() throws {
        let target = try target("email: one@office.example").parsed().targets.first
        #expect(target?.emails == ["one@office.example"] && target?.post == nil)
        #expect(target?.takesPost(from: nil) == false)
    }

    @Test(arguments: [
        ("fax: call us", 9, "a number such as"),
        ("zone: Baku", 9, "a time zone such as Asia/Baku"),
        ("zone: Asia/Nowhere", 9, "a time zone such as Asia/Baku"),
        ("lettersPerHour: 0", 9, "from 1 to 600"),
        ("noPostFrom: [Armenia]", 9, "two capital letters"),
        ("email: [a@b.example, a@b.example]", 9, "has an address twice"),
        ("embassies: [{country: DE, name: A}, {country: DE, name: B}]", 9, "keep one a country"),
        ("post: [\(String(repeating: "long ", count: 13))]", 9, "an envelope takes 60"),
    ])
    func `What would not arrive is refused at its line`(
        lines: String, line: Int, message: String
    ) {
        expect(target(lines), refusedAt: "action.yaml:\(line)", saying: message)
    }

    // MARK: A file for several actions

    private static let own = """
          - id: president
            name: Ilham Aliyev
            office: {en: President, ar: الرئيس}
        """

    private var shared: Sample {
        Sample().with(Self.own, "  - use: president")
            .adding("targets/president.yaml", "id: president\nname: X\noffice: President\n")
    }

    @Test func `A target that several actions use is read from its file`() throws {
        let target = try #require(shared.parsed().targets.first)
        #expect(target.id == "president" && target.name.in("ar") == "X")
    }

    @Test func `A file of a target has the name that is used, and is used`() {
        expect(
            shared.without("targets/president.yaml"), refusedAt: "action.yaml:7",
            saying: "there is no targets/president.yaml in this folder or beside it")
        expect(
            shared.with(in: "targets/president.yaml", "id: president", "id: minister"),
            refusedAt: "targets/president.yaml:1", saying: "must be president")
        expect(
            Sample().adding("targets/other.yaml", "id: other\nname: X\noffice: Y\n"),
            refusedAt: "targets/other.yaml:1", saying: "is used by no target")
        expect(
            shared.with("- use: president", "- use: president\n    name: Y"),
            refusedAt: "action.yaml:8", saying: "stands beside \"use\"")
        expect(
            shared.with("- use: president", "- use: president\n  - use: president"),
            refusedAt: "action.yaml:8", saying: "stands twice")
        expect(
            shared.adding("targets/Other Name.yaml", ""), refusedAt: "targets/Other Name.yaml",
            saying: "is not named as a target")
    }

    @Test func `A folder brings along the targets that lie beside it`() throws {
        let place = FileManager.default.temporaryDirectory
            .appending(path: "outcry-targets-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        for (path, text) in shared.texts.merging(
            ["../targets/unused.yaml": "x"], uniquingKeysWith: { $1 })
        {
            let path = path.replacing("targets/president", with: "../targets/president")
            let file = place.appending(path: "sample-1/\(path)").standardizedFileURL
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let files = try ActionFolder.read(place.appending(path: "sample-1"))
        #expect(files.map(\.path) == ["action.yaml", "ar.md", "en.md", "targets/president.yaml"])
        #expect(try parseAction(slug: "sample-1", files: files).targets.first?.id == "president")
    }

    // MARK: Words for the people at risk

    private static let solidarity = """
        solidarity:
          recipient: The people
          post: [Us, Sample square 5]
          postCountry: BE
          safety: Write no address.

        """
    private static let letter = "\n# solidarity\n\nYou are not alone.\n"

    private var kind: Sample {
        let sample = Sample().with("sources:", Self.solidarity + "sources:")
        return ["en.md", "ar.md"].reduce(sample) { sample, file in
            sample.adding(file, (sample.texts[file] ?? "") + Self.letter)
        }
    }

    @Test func `A letter to the people at risk is a second letter`() throws {
        let action = try kind.parsed()
        #expect(action.solidarity?.recipient.in("en") == "The people")
        let english = action.translation("en")
        #expect(english?.solidarity == "You are not alone.")
        #expect(english?.letter == "Your Excellency, let {claim:taken} people go.")
    }

    @Test func `It has an address and a letter in every language, or neither`() {
        expect(
            kind.adding("ar.md", Sample().texts["ar.md"] ?? ""), refusedAt: "action.yaml:11",
            saying: "ar.md has no letter to the people at risk")
        expect(
            Sample().adding("ar.md", (Sample().texts["ar.md"] ?? "") + Self.letter),
            refusedAt: "action.yaml:1", saying: "where it goes")
        expect(
            kind.with("post: [Us, Sample square 5]", "post: []"), refusedAt: "action.yaml:12",
            saying: "give 1 to 8")
    }

    @Test func `What an earlier release stored is read`() throws {
        var json = try Sample().parsed().json()
        json = json.replacing(
            #""emails":[],"#, with: #""email":"x@office.example","post":["A","B"],"#)
        json = json.replacing(#","noPostFrom":[]"#, with: "").replacing(
            #""embassies":[],"#, with: "")
        let target = try #require(ActionContent(json: json).targets.first)
        #expect(target.emails == ["x@office.example"])
        #expect(target.post == PostalAddress(lines: ["A", "B"], country: nil))
        #expect(target.noPostFrom == [] && target.embassies == [])
    }
}
