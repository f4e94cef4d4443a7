package import Domain

/// A letter on one page, for a window envelope.
package struct LetterSheet: Hashable, Sendable {
    package var paper: Paper
    package var window: Window
    /// The writer's name and post address, line by line; may be empty.
    package var sender: [String]
    /// As it is to be seen in the window, the country last and in capitals.
    package var recipient: [String]
    /// As it is to be read, with or without the place.
    package var date: String
    package var subject: String
    /// The salutation first, the closing last.
    package var paragraphs: [String]
    /// The name under the closing.
    package var signature: String
    /// BCP 47, of the text.
    package var language: String
    package var direction: Direction
    /// The action's short address, to be read and typed.
    package var address: String
    /// What the QR code opens.
    package var link: String
    /// "Please do not send", in a frame on top of the page.
    package var warning: String?

    package init(
        paper: Paper, window: Window, sender: [String], recipient: [String], date: String,
        subject: String, paragraphs: [String], signature: String, language: String,
        direction: Direction, address: String, link: String, warning: String? = nil
    ) {
        self.paper = paper
        self.window = window
        self.sender = sender
        self.recipient = recipient
        self.date = date
        self.subject = subject
        self.paragraphs = paragraphs
        self.signature = signature
        self.language = language
        self.direction = direction
        self.address = address
        self.link = link
        self.warning = warning
    }

    /// One page, tagged; the same bytes for the same letter. A text that fits at 9 points is
    /// printed as large as it can be, 11 points at most.
    package func pdf() throws(PressProblem) -> [UInt8] {
        throw .noMemory
    }
}
