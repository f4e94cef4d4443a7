import Authoring
import Domain
import Foundation
import Testing

/// A small folder in two languages, right in every rule; the stories change one thing in it.
struct Sample {
    var texts = ["action.yaml": action, "en.md": translation, "ar.md": translation]

    private static let action = """
        case: UA 1/2017
        kind: urgent-action
        country: AZ
        risk: ordinary
        goals: [10, 20]
        targets:
          - id: president
            name: Ilham Aliyev
            office: {en: President, ar: الرئيس}
        sources:
          - id: report
            publisher: A publisher
            title: A report
            date: 2017-09
            url: https://report.example/1
        figures:
          - id: taken
            label: Taken
        claims:
          - id: taken
            figure: taken
            value: 100
            qualifier: more than
            who: Amnesty International
            asOf: 2017-09-22
            source: report
          - id: fewer
            figure: taken
            value: 83
            who: The ministry
            asOf: 2017-10-02
            source: report
        events:
          - date: 2017-09-22
            text: The raids. {claim:taken} people were taken.
            source: report
        outcome:
          date: 2017-10-02
          text: All are free.
          source: report

        """

    private static let translation = """
        ---
        title: A title
        summary: A summary with {claim:taken} people.
        demand: Let them go.
        call: Add your name.
        brief:
          - when: Then
            text: They took {claim:taken} people.
        ---

        ## What happened

        They took {claim:taken} people.

        > One sentence.

        # letter

        Your Excellency, let {claim:taken} people go.

        """

    var files: [ActionFile] {
        texts.map { ActionFile(path: $0.key, bytes: Array($0.value.utf8)) }
    }

    /// Every place of `old` in action.yaml becomes `new`; there must be one.
    func with(
        _ old: String, _ new: String, at location: SourceLocation = #_sourceLocation
    ) -> Sample {
        with(in: "action.yaml", old, new, at: location)
    }

    func with(
        in file: String, _ old: String, _ new: String,
        at location: SourceLocation = #_sourceLocation
    ) -> Sample {
        let text = texts[file] ?? ""
        if !text.contains(old) {
            Issue.record("the sample has no \"\(old)\" in \(file)", sourceLocation: location)
        }
        var sample = self
        sample.texts[file] = text.replacingOccurrences(of: old, with: new)
        return sample
    }

    func without(_ file: String) -> Sample {
        var sample = self
        sample.texts[file] = nil
        return sample
    }

    func adding(_ file: String, _ text: String) -> Sample {
        var sample = self
        sample.texts[file] = text
        return sample
    }

    func parsed() throws -> ActionContent {
        try parseAction(slug: "sample-1", files: files)
    }

    /// The problems as an author sees them.
    var problems: [String] { problems(slug: "sample-1") }

    func problems(slug: String) -> [String] {
        do {
            _ = try parseAction(slug: slug, files: files)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }
}

/// That there is exactly one problem, which begins with `start` and says `part`.
func expect(
    _ sample: Sample, refusedAt start: String, saying part: String,
    at location: SourceLocation = #_sourceLocation
) {
    let problems = sample.problems
    #expect(problems.count == 1, "\(problems)", sourceLocation: location)
    let first = problems.first ?? ""
    #expect(first.hasPrefix(start + ": "), "\(problems)", sourceLocation: location)
    #expect(first.contains(part), "\(problems)", sourceLocation: location)
}
