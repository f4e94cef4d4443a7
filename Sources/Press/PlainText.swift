import Domain

/// Text from outside as it may be printed: line feeds are kept, a tab becomes a space, and what is
/// no writing is dropped: control characters, soft hyphens, byte order marks, and the embeddings
/// and overrides that would turn the text after them around (Unicode UAX #9, section 2.7). Marks
/// and isolates are kept.
func plain(_ text: String) -> String {
    if text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value < 0x7f }) { return text }
    var scalars = String.UnicodeScalarView()
    var last: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x09: scalars.append(" ")
        case 0x0a where last == "\r": break
        case 0x0a, 0x0b, 0x0c, 0x0d, 0x85, 0x2028, 0x2029: scalars.append("\n")
        case 0x00...0x1f, 0x7f...0x9f, 0xad, 0x202a...0x202e, 0x206a...0x206f, 0xfeff,
            0xfff9...0xfffb, 0xfffe, 0xffff:
            break
        default: scalars.append(scalar)
        }
        last = scalar
    }
    return String(scalars)
}

/// A name as it stands in a sentence of either direction: it keeps its own, and changes nothing
/// around it (UAX #9, first strong isolate).
package func isolated(_ name: String) -> String {
    let isolates: ClosedRange<UInt32> = 0x2066...0x2069
    let bare = plain(name).unicodeScalars.filter { !isolates.contains($0.value) }
    return "\u{2068}\(String(String.UnicodeScalarView(bare)))\u{2069}"
}

/// The direction of the first letter that has one (UAX #9, P2, by the blocks of the scripts that are
/// written from the right); nil if none has.
func firstDirection(of text: String) -> Direction? {
    for scalar in text.unicodeScalars {
        switch scalar.value {
        case 0x590...0x8ff, 0xfb1d...0xfdff, 0xfe70...0xfefc, 0x10800...0x10fff, 0x1e800...0x1efff:
            return .rtl
        default:
            if scalar.properties.isAlphabetic { return .ltr }
        }
    }
    return nil
}
