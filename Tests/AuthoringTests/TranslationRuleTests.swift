import Authoring
import Testing

/// What a language's file must be like; each story breaks one rule.
struct TranslationRuleTests {
    private func english(_ old: String, _ new: String) -> Sample {
        Sample().with(in: "en.md", old, new)
    }

    @Test func `A translation without the demand is refused`() {
        expect(
            Sample().with(in: "ar.md", "demand: Let them go.\n", ""),
            refusedAt: "ar.md:2", saying: "\"demand\" is missing in the front matter")
        expect(
            Sample().with(in: "ar.md", "demand: Let them go.", "demand:"),
            refusedAt: "ar.md:4", saying: "no translation may lack it")
    }

    @Test(arguments: ["title: A title\n", "call: Add your name.\n"])
    func `Title and call are required`(line: String) {
        expect(english(line, ""), refusedAt: "en.md:2", saying: "is missing in the front matter")
    }

    @Test func `The summary is required`() {
        expect(
            english("summary: A summary with {claim:taken} people.\n", ""),
            refusedAt: "en.md:2", saying: "\"summary\" is missing")
    }

    @Test(arguments: [("A title", 120, 2), ("Let them go.", 400, 4), ("Add your name.", 200, 5)])
    func `Short texts are held short, counted as readers count`(old: String, most: Int, line: Int) {
        let letter = "e\u{301}"
        let fits = english(old, String(repeating: letter, count: most))
        #expect(fits.problems.isEmpty)
        let long = english(old, String(repeating: letter, count: most + 1))
        expect(long, refusedAt: "en.md:\(line)", saying: "at most \(most)")
    }

    @Test func `A line of the brief is held short, its marks left out`() {
        let old = "    text: They took {claim:taken} people."
        func brief(_ count: Int) -> Sample {
            english(old, "    text: \(String(repeating: "a", count: count)){claim:taken}")
        }
        #expect(brief(200).problems.isEmpty)
        expect(brief(201), refusedAt: "en.md:8", saying: "has 201 characters")
    }

    @Test func `A brief has at most three lines, each with when and text`() {
        let more = "  - {when: Then, text: X}\n"
        let two = english("---\n\n##", "\(more)\(more)---\n\n##")
        #expect(two.problems.isEmpty)
        let three = english("---\n\n##", "\(more)\(more)\(more)---\n\n##")
        expect(three, refusedAt: "en.md:7", saying: "has 4 items; give 0 to 3")
        expect(english("when: Then\n    text", "text"), refusedAt: "en.md:7", saying: "\"when\"")
    }

    @Test func `An unknown key or direction of the front matter is refused`() {
        expect(
            english("call:", "cal: X\ncall:"),
            refusedAt: "en.md:5", saying: "did you mean \"call\"?")
        expect(
            english("call:", "direction: left\ncall:"), refusedAt: "en.md:5", saying: "ltr or rtl")
    }

    @Test func `Front matter must stand between two lines of dashes`() {
        for sample in [english("---\ntitle", "title"), english("---\n\n##", "\n##")] {
            #expect(sample.problems.contains { $0.hasPrefix("en.md:1: must begin with") })
        }
    }

    @Test(arguments: [
        ("A summary with {claim:taken}", 3), ("text: They took {claim:taken}", 8),
        ("\nThey took {claim:taken}", 13), ("let {claim:taken}", 19),
    ])
    func `A claim cited but not defined is refused where it is cited`(text: String, line: Int) {
        let sample = english(text, text.replacing("taken", with: "takne"))
        expect(sample, refusedAt: "en.md:\(line)", saying: "did you mean \"taken\"?")
    }

    @Test(arguments: [
        "{claim:Taken}", "{claim: taken}", "{claim:taken", "{claim:}", "{claim taken}",
        "{Claim:taken}", "{ claim:taken}",
    ])
    func `A broken mark is refused where it stands`(mark: String) {
        expect(
            english("\nThey took {claim:taken}", "\nThey took \(mark)"),
            refusedAt: "en.md:13", saying: "is broken; write {claim:id}")
        expect(
            english("A summary with {claim:taken} people.", ">-\n  A\n  \(mark) b"),
            refusedAt: "en.md:5", saying: "is broken")
    }

    @Test(arguments: ["A title", "Let them go.", "Add your name.", "Then"])
    func `Nothing is cited in title, demand, call or a line's when`(old: String) {
        let problems = english(old, "\(old) {claim:taken}").problems
        #expect(problems.count == 1)
        #expect(problems.first?.contains("cannot be printed here") == true)
    }

    @Test func `Body and letter are required`() {
        let body = "## What happened\n\nThey took {claim:taken} people.\n\n> One sentence.\n"
        expect(english(body, ""), refusedAt: "en.md:9", saying: "no text below the front matter")
        expect(english("# letter\n", ""), refusedAt: "en.md:18", saying: "no model letter")
        expect(
            english("Your Excellency, let {claim:taken} people go.", " "),
            refusedAt: "en.md:17", saying: "empty letter")
        expect(
            english("# letter", "# letter\n\nX\n\n# letter"),
            refusedAt: "en.md:21", saying: "second letter")
    }

    @Test(arguments: ["# What happened", "# Letter", "#", "  # Indented"])
    func `A heading of the first level is refused`(heading: String) {
        expect(
            english("## What happened", heading), refusedAt: "en.md:11", saying: "first level")
    }

    @Test func `Hashes that are no heading are text`() {
        #expect(english("## What happened", "#what").problems.isEmpty)
        #expect(english("## What happened", "### What").problems.isEmpty)
    }

    @Test(arguments: ["===", "---", "-"])
    func `A line below a text must not make it a heading`(underline: String) {
        expect(
            english("people.\n\n>", "people.\n\(underline)\n\n>"),
            refusedAt: "en.md:14", saying: "makes the line above a heading")
        #expect(english("people.\n\n>", "people.\n\n---\n\n>").problems.isEmpty)
    }

    @Test func `A body has one quotation at most, of as many lines as it likes`() {
        #expect(english("> One sentence.", "> One\n> sentence.").problems.isEmpty)
        expect(
            english("> One sentence.", "> One.\n\n> Two."),
            refusedAt: "en.md:17", saying: "second quotation")
    }

    @Test(arguments: [
        "<b>they</b>", "a </b>", "<!-- hidden -->", "<?php", "<script", "`a` <i>", "``a` <i>``<i>",
        "<javascript:x>", "`\u{301} `<b>` `",
    ])
    func `HTML is refused at its line`(text: String) {
        expect(
            english("\nThey took", "\n\(text) They took"), refusedAt: "en.md:13", saying: "has HTML"
        )
    }

    @Test func `HTML in the letter is refused too`() {
        expect(english("let {", "<b>let {"), refusedAt: "en.md:19", saying: "has HTML")
    }

    @Test(arguments: [
        "`<b>`", "``<b>`<i>``", "1 < 2", "<https://report.example>", "\\<b>", "a <3", "\\` \\`",
    ])
    func `What only looks like HTML is accepted`(text: String) {
        #expect(english("\nThey took", "\n\(text) They took").problems.isEmpty)
    }

    @Test(arguments: ["`", "``a`", "```"])
    func `A code span that goes on over lines could hide HTML, so it is refused`(text: String) {
        expect(
            english("\nThey took", "\n\(text) They took"),
            refusedAt: "en.md:13", saying: "without a second one")
    }

    @Test func `A backtick in an address could hide a picture, so it is refused`() {
        expect(
            english("\nThey took", "\n<http://a`> ![x](y) <http://b`> They took"),
            refusedAt: "en.md:13", saying: "write \"%60\"")
    }

    @Test(arguments: ["[a]: b", "a `b]: c` d", "a]: b", "\\\\]: a"])
    func `An address that links elsewhere repeat is refused: it multiplies`(text: String) {
        expect(
            english("\nThey took", "\n\(text) They took"),
            refusedAt: "en.md:13", saying: "write [words](address)")
    }

    @Test(arguments: ["[a] : b", "a\\]: b", "[a](b): c"])
    func `What only looks like such an address is accepted`(text: String) {
        #expect(english("\nThey took", "\n\(text) They took").problems.isEmpty)
    }

    @Test(arguments: [
        "![A march in Baku](https://x.example/a.png)", "![A march](pictures/a.gif)",
        "![A march](pictures/a.jpg) and text", "![A march](pictures/../a.jpg)",
        "text ![A march](pictures/a.jpg)", "![A march][a]", "![\u{301}A march](pictures/a.gif)",
    ])
    func `A picture that is not in the folder or not alone on its line is refused`(text: String) {
        expect(
            english("\nThey took", "\n\(text)\n\nThey took"),
            refusedAt: "en.md:13", saying: "has a picture that cannot be placed")
    }

    @Test func `A picture that is not there, or that says nothing to the blind, is refused`() {
        expect(
            english("\nThey took", "\n![A march](pictures/a.jpg)\n\nThey took"),
            refusedAt: "en.md:13", saying: "\"pictures/a.jpg\" is not in the folder")
        expect(
            english("\nThey took", "\n![](pictures/a.jpg)\n\nThey took").showing("ar.md")
                .adding("pictures/a.jpg", "bytes"),
            refusedAt: "en.md:13", saying: "does not say what the picture shows")
        expect(
            english("# letter\n", "# letter\n\n![A march](pictures/a.jpg)\n")
                .showing("en.md").showing("ar.md").adding("pictures/a.jpg", "bytes"),
            refusedAt: "en.md:21", saying: "a letter is text only")
    }

    @Test func `A picture is shown by every language or by none`() {
        let sample = Sample().adding("pictures/a.jpg", "bytes")
        #expect(sample.problems == ["pictures/a.jpg: is shown by no text; show it or remove it"])
        let one = sample.showing("en.md")
        #expect(one.problems.count == 1)
        #expect(one.problems.first?.hasPrefix("ar.md: does not show pictures/a.jpg") == true)
        #expect(one.showing("ar.md").problems.isEmpty)
    }
}

extension Sample {
    /// With the picture `pictures/a.jpg` in the body of one text.
    fileprivate func showing(_ file: String) -> Sample {
        with(
            in: file, "\nThey took",
            "\n![A march in Baku](pictures/a.jpg \"Photo: Somebody\")\n\nThey took")
    }
}
