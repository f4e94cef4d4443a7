import Domain

/// One thing that is wrong with an action's folder, and what to do about it.
package struct ImportProblem: Hashable, Sendable {
    /// The file's name within the folder; the folder's own name and `/` for the folder itself.
    package var file: String
    /// Counted from 1; nil where the whole file is meant.
    package var line: Int?
    /// What is wrong and the remedy, in one line for the author.
    package var message: String

    /// Makes the problem with what stands in it cleaned of all that a terminal would interpret.
    package init(file: String, line: Int?, message: String) {
        self.file = file.singleLine
        self.line = line
        self.message = message.singleLine
    }
}

extension ImportProblem: CustomStringConvertible {
    /// `action.yaml:12: ...`, as compilers write it, so that editors can jump there.
    package var description: String {
        if let line { "\(file):\(line): \(message)" } else { "\(file): \(message)" }
    }
}

/// Why a folder was not imported: every problem that one reading could find.
package struct ImportProblems: Error, Hashable, Sendable {
    /// Without repetitions, by file, line and message; never empty when thrown.
    package let problems: [ImportProblem]

    /// Sorts `problems` and drops repetitions.
    package init(_ problems: some Sequence<ImportProblem>) {
        self.problems = Set(problems).sorted {
            ($0.file, $0.line ?? 0, $0.message) < ($1.file, $1.line ?? 0, $1.message)
        }
    }
}

extension ImportProblems: CustomStringConvertible {
    /// One problem a line.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
