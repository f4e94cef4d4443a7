import Domain

/// The fields of an `application/x-www-form-urlencoded` body or query, the first of each name.
struct FormFields: Sendable {
    private(set) var values: [String: String] = [:]
    private(set) var all: [(name: String, value: String)] = []

    /// How many fields are read; more is no form of ours.
    private static let limit = 64

    /// No fields.
    init() {}

    /// Throws for bytes that are no UTF-8, for broken percent signs, for NUL and for too many
    /// fields.
    init(_ bytes: some Sequence<UInt8>) throws(FormDecodingError) {
        var name: [UInt8] = []
        var value: [UInt8] = []
        var isValue = false
        var iterator = bytes.makeIterator()
        func finish() throws(FormDecodingError) {
            defer { (name, value, isValue) = ([], [], false) }
            guard isValue || !name.isEmpty else { return }
            guard all.count < FormFields.limit else { throw .tooManyFields }
            guard let name = String(validating: name, as: UTF8.self),
                let value = String(validating: value, as: UTF8.self)
            else { throw .notUTF8 }
            all.append((name, value))
            if values[name] == nil { values[name] = value }
        }
        while let byte = iterator.next() {
            var decoded = byte
            switch byte {
            case UInt8(ascii: "&"):
                try finish()
                continue
            case UInt8(ascii: "=") where !isValue:
                isValue = true
                continue
            case UInt8(ascii: "+"):
                decoded = 0x20
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(hexValue),
                    let low = iterator.next().flatMap(hexValue)
                else { throw .brokenEscape }
                decoded = high << 4 | low
            default: break
            }
            guard decoded != 0 else { throw .nul }
            if isValue { value.append(decoded) } else { name.append(decoded) }
        }
        try finish()
    }

    /// Empty for a field that is not there.
    subscript(_ name: String) -> String { values[name] ?? "" }

    /// Every value of a name that may stand more than once.
    func every(_ name: String) -> [String] { all.filter { $0.name == name }.map(\.value) }
}

enum FormDecodingError: Error, Hashable, Sendable {
    case notUTF8, brokenEscape, nul, tooManyFields
}

extension FormFields {
    /// The address, and the one that its writer was asked about: a suggestion that was taken takes
    /// the place of both, and an address that was kept is not asked about again.
    var chosenEmail: (email: String, asked: String) {
        let suggested = self["email_suggested"]
        guard suggested.isEmpty else { return (suggested, suggested) }
        let email = self["email"]
        return (email, self["email_kept"].isEmpty ? self["asked"] : email)
    }
}
