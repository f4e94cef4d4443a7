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
    /// "Please do not send", in a frame around the page.
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

    /// One page, tagged; the same bytes for the same letter. The text is printed as large as it
    /// fits, from 11 points down to 9; one that does not fit then is `tooLong`.
    package func pdf() throws(PressProblem) -> [UInt8] {
        try PDFDocument.make(about) { document throws(PressProblem) in
            try LetterPage(document, self).print()
        }
    }

    /// How many lines too many the letter has in the smallest print; 0 if it fits.
    package func excess() throws(PressProblem) -> Int {
        do {
            return try PDFDocument.rehearse(about) { document throws(PressProblem) in
                try LetterPage(document, self).print()
                return 0
            }
        } catch .tooLong(let lines) {
            return lines
        }
    }

    var about: PDFDocument.About {
        PDFDocument.About(
            title: subject, language: language, direction: direction,
            author: sender.first ?? signature)
    }
}
