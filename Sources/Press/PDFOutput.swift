import CCairo
import Foundation

/// Where the bytes of a document go: into memory, or into a file as they come.
final class PDFOutput {
    private(set) var bytes: [UInt8] = []
    private let file: UnsafeMutablePointer<FILE>?
    private(set) var length = 0
    private var isBroken = false

    init() { file = nil }

    /// A file that nobody else can read; nil if it cannot be made.
    init?(path: String) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        guard let file = fdopen(descriptor, "w+") else {
            close(descriptor)
            return nil
        }
        self.file = file
    }

    deinit {
        if let file { fclose(file) }
    }

    func write(_ more: UnsafeBufferPointer<UInt8>) -> Bool {
        length += more.count
        if let file {
            isBroken = isBroken || fwrite(more.baseAddress, 1, more.count, file) != more.count
        } else {
            bytes += more
        }
        return !isBroken
    }

    /// What was written there; fewer bytes behind the end.
    func read(_ range: Range<Int>) -> [UInt8] {
        guard let file else { return Array(bytes[range.clamped(to: 0..<bytes.count)]) }
        fflush(file)
        var part = [UInt8](repeating: 0, count: range.count)
        let count = pread(fileno(file), &part, range.count, off_t(range.lowerBound))
        return Array(part.prefix(max(0, count)))
    }

    /// Whether all of it is on its way to the disk.
    func finish() -> Bool {
        guard let file else { return true }
        return !isBroken && fflush(file) == 0 && fsync(fileno(file)) == 0
    }

    /// For cairo, which calls it with this output as its closure.
    static let stream: cairo_write_func_t = { closure, data, count in
        guard let closure, let data else { return CAIRO_STATUS_WRITE_ERROR }
        let output = Unmanaged<PDFOutput>.fromOpaque(closure).takeUnretainedValue()
        return output.write(UnsafeBufferPointer(start: data, count: Int(count)))
            ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR
    }
}
