import Foundation

/// The write-ahead log as it lies on the disk, judged before SQLite reads it.
///
/// SQLite takes a log up to the first frame whose checksum is wrong, and forgets what follows
/// without a word. That is right for a last commit that was not finished: nobody was told of it.
/// It is wrong where more follows, since every commit waits for the disk before the next begins:
/// then the frame was whole once, and people were told that they are counted.
/// The layout is that of https://sqlite.org/fileformat2.html#walformat.
struct WriteAheadLog {
    private let bytes: [UInt8]
    private let frameSize: Int

    private static let headSize = 32
    private static let frameHeadSize = 24
    private static let magic: UInt32 = 0x377f_0682

    /// The byte at which the log beside this database is damaged so that commits are lost which
    /// were on the disk; nil if there is no log, or none of that was lost.
    static func damage(besideDatabase path: String) -> Int? {
        var earlier: Finding?
        // A program that runs may begin the log anew while it is read here: twice the same is true.
        for _ in 0..<10 {
            guard let log = WriteAheadLog(path: path + "-wal"), let byte = log.damagedByte
            else { return nil }
            let finding = Finding(byte: byte, salts: log.salts(at: 16))
            if finding == earlier { return byte }
            earlier = finding
            usleep(20_000)
        }
        return nil
    }

    private struct Finding: Equatable {
        let byte: Int
        let salts: [UInt8]
    }

    private init?(path: String) {
        guard let data = FileManager.default.contents(atPath: path),
            data.count > WriteAheadLog.headSize + WriteAheadLog.frameHeadSize
        else { return nil }
        bytes = Array(data)
        let pageSize = Int(WriteAheadLog.word(bytes, 8, isBigEndian: true))
        let isSize = (512...65_536).contains(pageSize) && pageSize.nonzeroBitCount == 1
        frameSize = (isSize ? pageSize : 4_096) + WriteAheadLog.frameHeadSize
    }

    /// Where the first frame begins that cannot be read although commits follow it.
    private var damagedByte: Int? {
        let head = WriteAheadLog.headSize
        let order = WriteAheadLog.word(bytes, 0, isBigEndian: true)
        let isBigEndian = order & 1 == 1
        var sum = checksum(of: 0..<24, from: (0, 0), isBigEndian)
        // The head is on the disk before the first frame is written.
        guard order & ~1 == WriteAheadLog.magic, sum == stored(at: 24) else { return 0 }
        for frame in stride(from: head, through: bytes.count - frameSize, by: frameSize) {
            let page = frame + WriteAheadLog.frameHeadSize
            sum = checksum(of: frame..<frame + 8, from: sum, isBigEndian)
            sum = checksum(of: page..<frame + frameSize, from: sum, isBigEndian)
            guard isOfThisRound(frame), sum == stored(at: frame + 16) else {
                return isFollowedByCommits(frame) ? frame : nil
            }
        }
        return nil
    }

    /// Whether anything was written after the commit that this frame belongs to.
    private func isFollowedByCommits(_ broken: Int) -> Bool {
        var hasEnded = false
        for frame in stride(
            from: broken + frameSize, through: bytes.count - frameSize, by: frameSize)
        where isOfThisRound(frame) {
            if hasEnded { return true }
            hasEnded = WriteAheadLog.word(bytes, frame + 4, isBigEndian: true) != 0
        }
        return false
    }

    /// Frames of an earlier round, which the file may still hold, have other salts than its head.
    private func isOfThisRound(_ frame: Int) -> Bool { salts(at: frame + 8) == salts(at: 16) }

    private func salts(at place: Int) -> [UInt8] { Array(bytes[place..<place + 8]) }

    private func stored(at place: Int) -> (UInt32, UInt32) {
        (
            WriteAheadLog.word(bytes, place, isBigEndian: true),
            WriteAheadLog.word(bytes, place + 4, isBigEndian: true)
        )
    }

    private func checksum(
        of range: Range<Int>, from start: (UInt32, UInt32), _ isBigEndian: Bool
    ) -> (UInt32, UInt32) {
        var (first, second) = start
        for place in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
            first &+= WriteAheadLog.word(bytes, place, isBigEndian: isBigEndian) &+ second
            second &+= WriteAheadLog.word(bytes, place + 4, isBigEndian: isBigEndian) &+ first
        }
        return (first, second)
    }

    private static func word(_ bytes: [UInt8], _ place: Int, isBigEndian: Bool) -> UInt32 {
        let word = bytes.withUnsafeBytes {
            $0.loadUnaligned(fromByteOffset: place, as: UInt32.self)
        }
        return isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
    }
}
