import Domain
import Foundation

@testable import Authoring

/// The bytes as `action.yaml` of a folder that is right otherwise.
@Sendable func checkYAML(_ bytes: [UInt8]) throws {
    try checkImport([
        ActionFile(path: "action.yaml", bytes: bytes),
        ActionFile(path: "en.md", bytes: Array(rightTranslation.utf8)),
    ])
}

/// The bytes as `en.md` of a folder that is right otherwise.
@Sendable func checkTranslation(_ bytes: [UInt8]) throws {
    try checkImport([
        ActionFile(path: "action.yaml", bytes: Array(rightAction.utf8)),
        ActionFile(path: "en.md", bytes: bytes),
    ])
}

/// The bytes as a whole folder: each line `=== name` begins a file.
@Sendable func checkFolder(_ bytes: [UInt8]) throws {
    var files: [ActionFile] = []
    for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
        if line.starts(with: "=== ".utf8) {
            let path = String(decoding: line.dropFirst(4), as: UTF8.self)
            files.append(ActionFile(path: path, bytes: []))
        } else if !files.isEmpty {
            files[files.count - 1].bytes += line + [0x0a]
        }
    }
    try checkImport(files)
}

/// A folder is taken as it stands or refused with problems that an author can act on.
func checkImport(_ files: [ActionFile]) throws {
    let new: ActionImport
    do {
        new = try ActionImport(
            slug: "sample-1", files: files, digest: { Array($0.prefix(32)) },
            picture: { bytes throws(PictureRefusal) in
                guard !bytes.isEmpty else { throw .unreadable }
                return PictureContent(kind: "png", bytes: bytes, width: 1, height: 1)
            })
    } catch {
        return try checkProblems(error.problems, files)
    }
    let json = try new.content.json()
    let read: ActionContent
    do {
        read = try ActionContent(json: json)
    } catch {
        throw BrokenProperty(description: "what was imported can be read again: \(error)")
    }
    try requireSameBytes(read.json(), json, "what was imported is read as it was written")
    try require(!new.content.goals.isEmpty, "an action has a goal")
    let claims = Set(new.content.claims.map(\.id))
    for translation in new.content.translations {
        for text in [translation.summary, translation.body, translation.letter] {
            for case .claim(let id) in text.claimPieces {
                try require(claims.contains(id), "every claim that is cited is there")
            }
        }
        try checkTaken(translation.body)
        try checkTaken(translation.letter)
    }
}

private func checkProblems(_ problems: [ImportProblem], _ files: [ActionFile]) throws {
    try require(!problems.isEmpty, "a folder that is refused has a problem")
    let lines = Dictionary(
        files.map { ($0.path, $0.bytes.count { $0 == 0x0a } + 1) }, uniquingKeysWith: max)
    var size = 0
    for problem in problems {
        let text = problem.description
        size += text.utf8.count
        try require(text.isOneCleanLine, "a problem is one clean line: \(text.debugDescription)")
        try require(!problem.message.isEmpty, "a problem says what is wrong")
        guard let line = problem.line else { continue }
        try require(
            (1...(lines[problem.file] ?? 1)).contains(line), "a problem stands in its file: \(text)"
        )
    }
    let given = files.reduce(0) { $0 + $1.path.utf8.count + $1.bytes.count }
    try require(
        size <= 4_096 + 512 * given, "what is said is in proportion: \(size) about \(given) bytes")
}

/// A logo that is taken goes into every page as it is.
@Sendable func checkLogo(_ bytes: [UInt8]) throws {
    let reading = Reading()
    let logo = FileText(path: "logo.svg", bytes: bytes, reading).flatMap(readLogo)
    let problems = accepted { try reading.finish() } == nil
    try require((logo == nil) == problems, "a logo is taken or has a problem")
    guard let logo else { return }
    try require(logo.hasPrefix("<svg "), "a logo is one picture")
    try require(logo.utf8.count <= 8_192 + 512, "a logo is small")
    try checkMarkup(Array(logo.utf8), allowed: .logo)
}

let rightAction = """
    case: UA 1/2017
    kind: urgent-action
    country: AZ
    risk: ordinary
    goals: [10]
    targets:
      - {id: minister, name: The minister, office: Minister}
    sources:
      - {id: report, publisher: A publisher, title: A report, date: 2017-09}
    figures:
      - {id: taken, label: Taken}
    claims:
      - {id: taken, figure: taken, value: 100, who: A witness, asOf: 2017-09-22, source: report}

    """

let rightTranslation = translation(body: "They took {claim:taken} people.")

/// A file of a language that is right if its body is.
func translation(body: String) -> String {
    """
    ---
    title: A title
    summary: A summary.
    demand: Let them go.
    call: Add your name.
    ---

    \(body)

    # letter

    Let them go.

    """
}
