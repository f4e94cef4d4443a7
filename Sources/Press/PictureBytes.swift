// What the bytes of a picture file hold besides the picture, seen without decoding them.

let pngSignature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/// Width and height from the file's head; nil if there is none.
func dimensions(of bytes: [UInt8]) -> (width: Int, height: Int)? {
    if bytes.starts(with: pngSignature) {
        guard bytes.count >= 24 else { return nil }
        return (number(bytes, at: 16, bytes: 4), number(bytes, at: 20, bytes: 4))
    }
    for segment in jpegSegments(bytes).list where isFrame(segment.marker) {
        let start = segment.content.lowerBound
        guard segment.content.count >= 5 else { return nil }
        return (number(bytes, at: start + 3, bytes: 2), number(bytes, at: start + 1, bytes: 2))
    }
    return nil
}

/// Whether a PNG holds nothing but its picture: no text, time, place or colour profile.
func isPlainPNG(_ bytes: [UInt8]) -> Bool {
    let plain: Set<[UInt8]> = Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"].map { Array($0.utf8) })
    var place = pngSignature.count
    while place + 12 <= bytes.count {
        let length = number(bytes, at: place, bytes: 4)
        let name = Array(bytes[(place + 4)..<(place + 8)])
        guard plain.contains(name) else { return false }
        place += 12 + length
        if name == Array("IEND".utf8) { return place == bytes.count }
    }
    return false
}

/// Whether a JPEG holds nothing but its picture: of the application segments only the one that
/// names the format, without a thumbnail, no comment, and nothing behind the end.
func isPlainJPEG(_ bytes: [UInt8]) -> Bool {
    let segments = jpegSegments(bytes)
    let plain: Set<UInt8> = [0xc4, 0xda, 0xdb, 0xdd]
    return segments.endWithFile
        && segments.list.allSatisfy { segment in
            if segment.marker == 0xe0 {
                return segment.content.count == 14
                    && Array(bytes[segment.content].prefix(5)) == Array("JFIF\0".utf8)
            }
            return plain.contains(segment.marker) || isFrame(segment.marker)
        }
}

private func isFrame(_ marker: UInt8) -> Bool { marker == 0xc0 || marker == 0xc1 || marker == 0xc2 }

/// The segments between start and end of a JPEG, without their length, as far as they can be read
/// (ITU-T T.81, annex B); and whether the file ends with the picture.
private func jpegSegments(
    _ bytes: [UInt8]
) -> (list: [(marker: UInt8, content: Range<Int>)], endWithFile: Bool) {
    var segments: [(marker: UInt8, content: Range<Int>)] = []
    guard bytes.starts(with: [0xff, 0xd8]) else { return (segments, false) }
    var place = 2
    while place + 1 < bytes.count, bytes[place] == 0xff {
        let marker = bytes[place + 1]
        if marker == 0xd9 { return (segments, place + 2 == bytes.count) }
        if marker == 0xff {
            place += 1
            continue
        }
        guard place + 4 <= bytes.count else { break }
        let length = number(bytes, at: place + 2, bytes: 2)
        guard length >= 2, place + 2 + length <= bytes.count else { break }
        segments.append((marker, (place + 4)..<(place + 2 + length)))
        place += 2 + length
        if marker == 0xda { place = endOfScan(bytes, from: place) }
    }
    return (segments, false)
}

/// Where the next marker stands after the packed data of a scan.
private func endOfScan(_ bytes: [UInt8], from start: Int) -> Int {
    var place = start
    while place + 1 < bytes.count {
        let next = bytes[place + 1]
        if bytes[place] == 0xff, next != 0x00, !(0xd0...0xd7).contains(next) { return place }
        place += 1
    }
    return bytes.count
}

private func number(_ bytes: [UInt8], at place: Int, bytes count: Int) -> Int {
    bytes[place..<(place + count)].reduce(0) { $0 << 8 | Int($1) }
}
