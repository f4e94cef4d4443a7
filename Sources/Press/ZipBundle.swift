/// Some files in one zip. Not called Bundle, which is Foundation's.
package struct ZipBundle: Sendable {
    private var files: [(path: String, bytes: [UInt8])] = []

    package init() {}

    /// `path` with "/" between its parts, relative; a path that is there is replaced.
    package mutating func add(_ path: String, _ bytes: [UInt8]) {
        files.removeAll { $0.path == path }
        files.append((path, bytes))
    }

    /// The same bytes for the same files: sorted by path, without times and owners; nil if there
    /// is no memory for it.
    package func zip() -> [UInt8]? {
        nil
    }
}
