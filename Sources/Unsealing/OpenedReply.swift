package import Domain

/// A reply as the keeper reads it.
package struct OpenedReply: Codable, Hashable, Sendable {
    package let reply: String
    /// The day it was handed in.
    package let day: String
    /// When it came, as it was said.
    package let date: String
    package let from: String
    package let language: String
    package let note: String
    package let text: String
    /// Whether a field was filled in that people do not see.
    package let suspicious: Bool

    package init(id: ReplyID, reply: Reply) {
        self.reply = id.description
        day = reply.day
        date = reply.date?.description ?? ""
        from = reply.from ?? ""
        language = reply.lang
        note = reply.note ?? ""
        text = reply.text
        suspicious = reply.trap != nil
    }

    /// One JSON object on one line, with everything escaped that a terminal would interpret.
    package func json() throws -> String { try terminalJSON(self) }

    /// To read: every line that a stranger wrote stands behind a mark, and no terminal obeys it.
    package var page: String {
        let facts = [
            ("handed in", day), ("came", date), ("from", from), ("language", language),
            ("suspicious", suspicious ? "filled in a field that people do not see" : ""),
        ].filter { !$0.1.isEmpty }.map { "\($0.0): \(visible($0.1.singleLine))" }
        let added = note.isEmpty ? [] : ["added:"] + quoted(note)
        return ((["reply \(reply)"] + facts + added + quoted(text)).joined(separator: "\n"))
            + "\n\n"
    }

    private func quoted(_ text: String) -> [String] {
        visible(text).split(separator: "\n", omittingEmptySubsequences: false).map { "> \($0)" }
    }
}
