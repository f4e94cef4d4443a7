/// A mail ready for the wire, and where it goes.
package struct OutgoingMail: Hashable, Sendable {
    /// The bare address that failures are reported to (RFC 5321, MAIL FROM).
    package let sender: String
    /// A bare address.
    package let recipient: String
    /// Headers and text, lines ended by CRLF.
    package let bytes: [UInt8]

    package init(sender: String, recipient: String, bytes: [UInt8]) {
        self.sender = sender
        self.recipient = recipient
        self.bytes = bytes
    }
}

/// What became of a hand-over to the relay.
package enum HandOver: Hashable, Sendable {
    case accepted
    /// The relay said "not now"; `reply` is its codes.
    case later(reply: String)
    /// The relay will never take this.
    case refused(Refused, reply: String)
    /// Cut off after the text was handed over: it may have been taken.
    case unknown
    /// No relay answers; nothing was handed over.
    case relayDown

    /// What the relay was told when it refused.
    package enum Refused: Hashable, Sendable { case sender, recipient, text }

    init(_ delivery: RelayAnswer, command: String, reply: String) {
        let codes = HandOver.codes(of: reply)
        self =
            switch delivery {
            case .accepted: .accepted
            case .later: .later(reply: codes)
            case .unknown: .unknown
            case .relayDown: .relayDown
            case .refused:
                switch command.uppercased() {
                case "MAIL": .refused(.sender, reply: codes)
                case "RCPT": .refused(.recipient, reply: codes)
                default: .refused(.text, reply: codes)
                }
            }
    }

    /// The same without its particulars.
    var delivery: RelayAnswer {
        switch self {
        case .accepted: .accepted
        case .later: .later
        case .refused: .refused
        case .unknown: .unknown
        case .relayDown: .relayDown
        }
    }

    /// `550 5.1.1` of a reply: its words may quote what was sent, so they are kept nowhere.
    static func codes(of reply: String) -> String {
        let words = reply.split(whereSeparator: { $0 == " " || $0 == "-" }).prefix(2)
        let codes = words.prefix { word in
            word.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2e }
        }
        return codes.joined(separator: " ")
    }
}
