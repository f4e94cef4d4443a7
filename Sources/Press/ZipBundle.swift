import CZip
import Foundation

/// Some files in one zip. Not called Bundle, which is Foundation's.
package struct ZipBundle: Sendable {
    private var files: [String: [UInt8]] = [:]

    package init() {}

    /// `path` is relative, with "/" between its parts. A path that is there is replaced.
    package mutating func add(_ path: String, _ bytes: [UInt8]) {
        files[path] = bytes
    }

    /// The same bytes for the same files: sorted by path, deflated, names as UTF-8, all of
    /// 1 January 1980 (the earliest time a zip can name) and mode 644; nil for no files, and without memory.
    package func zip() -> [UInt8]? {
        guard let buffer = zip_source_buffer_create(nil, 0, 0, nil) else { return nil }
        defer { zip_source_free(buffer) }
        guard let archive = zip_open_from_source(buffer, ZIP_TRUNCATE, nil) else { return nil }
        // The archive frees its source; it is read after that.
        zip_source_keep(buffer)
        for (path, bytes) in files.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        ) {
            guard add(bytes, as: path, to: archive) else {
                zip_discard(archive)
                return nil
            }
        }
        guard zip_close(archive) == 0 else {
            zip_discard(archive)
            return nil
        }
        return content(buffer)
    }

    private func add(_ bytes: [UInt8], as path: String, to archive: OpaquePointer) -> Bool {
        // The source frees this copy once the archive is closed.
        let copy = malloc(max(1, bytes.count))
        guard let copy else { return false }
        bytes.withUnsafeBytes {
            copy.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(copy), byteCount: bytes.count)
        }
        guard let source = zip_source_buffer(archive, copy, zip_uint64_t(bytes.count), 1) else {
            free(copy)
            return false
        }
        let index = zip_file_add(archive, path, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(source)
            return false
        }
        let place = zip_uint64_t(index)
        let unix = zip_uint8_t(ZIP_OPSYS_UNIX)
        return zip_file_set_dostime(archive, place, 0, 0x21, 0) == 0
            && zip_set_file_compression(archive, place, ZIP_CM_DEFLATE, 9) == 0
            && zip_file_set_external_attributes(archive, place, 0, unix, 0o100644 << 16) == 0
    }

    private func content(_ buffer: OpaquePointer) -> [UInt8]? {
        guard zip_source_open(buffer) == 0 else { return nil }
        defer { zip_source_close(buffer) }
        var all: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = zip_source_read(buffer, &part, zip_uint64_t(part.count))
            if count < 0 { return nil }
            if count == 0 { return all }
            all += part.prefix(Int(count))
        }
    }
}
