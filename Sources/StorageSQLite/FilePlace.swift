import Foundation

/// A file as it lay at a path once, to see whether it still does.
struct FilePlace: Sendable {
    private let path: String
    private let file: Identity?

    private struct Identity: Equatable {
        let device: dev_t
        let number: ino_t
    }

    init(_ path: String) {
        self.path = path
        file = FilePlace.file(at: path)
    }

    /// Whether the same file is still there.
    var isKept: Bool { FilePlace.file(at: path) == file }

    private static func file(at path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Identity(device: status.st_dev, number: status.st_ino)
    }
}
