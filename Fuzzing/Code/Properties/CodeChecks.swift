import Domain
import Sealing

/// The codes that people copy by hand, and the text forms of bytes under them.
@Sendable func checkCode(_ bytes: [UInt8]) throws {
    let typed = String(decoding: bytes, as: UTF8.self)
    try checkWithdrawalCode(typed: typed)
    try checkSixDigits(typed: typed, bytes)
    try checkEncodings(typed: typed, bytes)
    if let code = WithdrawalCode(bytes: Array(bytes.prefix(16))) {
        let written = code.groups.joined(separator: " ")
        let confusable = String(
            written.map { ["O": "0", "I": "1", "B": "8"][$0, default: $0] })
        for spelling in [
            written, written.lowercased(), confusable, code.groups.joined(separator: "-"),
            code.groups.joined(), " \(code.groups.joined(separator: "\n"))\u{a0}",
        ] {
            try require(WithdrawalCode(typed: spelling) == code, "a code is read as it is written")
        }
    }
}

private func checkWithdrawalCode(typed: String) throws {
    guard let code = WithdrawalCode(typed: typed) else { return }
    let written = code.groups.joined()
    let signs = typed.unicodeScalars.filter {
        !$0.properties.isWhitespace && !$0.properties.isDash
    }
    try require(signs.count == 26 && signs.allSatisfy(\.isASCII), "a code has 26 signs")
    let isSame = zip(signs, written.unicodeScalars).allSatisfy { sign, digit in
        let meant: Unicode.Scalar? = ["0": "O", "1": "I", "8": "B"][sign]
        return meant == digit || String(sign).uppercased() == String(digit)
    }
    try require(isSame, "every sign of a code means itself: \(typed.debugDescription)")
    try require(code.lookup.count == 32 && code.preimage.count == 32, "a code has its names")
}

private func checkSixDigits(typed: String, _ bytes: [UInt8]) throws {
    let digits = typed.digits
    try require(
        digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            && digits.utf8.count <= typed.unicodeScalars.count, "what is read of a code is digits")
    try requireSameBytes(digits.digits, digits, "reading them twice changes nothing")
    guard let action = ActionID([UInt8](repeating: 5, count: 16)) else { return }
    let code = FormKey([UInt8](repeating: 7, count: 32)).code(action: action, tag: bytes)
    try require(
        code.utf8.count == 6 && code.utf8.allSatisfy { (0x30...0x39).contains($0) },
        "a code is six digits")
    let spaced = code.map(String.init).joined(separator: " ")
    try require(matchesInConstantTime(spaced.digits, code), "spaces in a code are forgiven")
    try require(
        matchesInConstantTime(digits, code) == (digits == code), "only the code is the code")
}

private func checkEncodings(typed: String, _ bytes: [UInt8]) throws {
    try require([UInt8](hex: bytes.hex) == bytes, "hexadecimal digits mean their bytes")
    try require([UInt8](base32: bytes.base32) == bytes, "base32 means its bytes")
    try require([UInt8](base64URL: bytes.base64URL) == bytes, "base64url means its bytes")
    if let read = [UInt8](hex: typed) {
        try requireSameBytes(read.hex, typed.lowercased(), "bytes have one hexadecimal text")
    }
    if let read = [UInt8](base32: typed) {
        try requireSameBytes(read.base32, typed, "bytes have one base32 text")
    }
    if let read = [UInt8](base64URL: typed) {
        try requireSameBytes(read.base64URL, typed, "bytes have one base64url text")
    }
    if let secret = MailSecret(link: typed) {
        try requireSameBytes(secret.link, typed, "a secret has one link")
    }
}
