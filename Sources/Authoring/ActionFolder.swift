package import Foundation

/// One file of an action's folder, as it lies on disk.
package struct ActionFile: Hashable, Sendable {
    /// The name within the folder: `action.yaml`, `en.md`.
    package var path: String
    package var bytes: [UInt8]

    /// Makes the file as given; nothing is checked.
    package init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }
}

/// The folder of text that is an action.
package enum ActionFolder {
    static let mostFiles = 60
    static let mostBytes = 256 * 1024
    static let mostPictures = 20
    static let mostPictureBytes = 12 * 1024 * 1024

    /// The files of `directory`, sorted by the bytes of their paths; dot-files are left out.
    ///
    /// - Throws: every entry that is no plain file of an allowed name, is too large or is no
    ///   clean UTF-8 text, or the folder itself if it cannot be read or holds too much.
    package static func read(_ directory: URL) throws(ImportProblems) -> [ActionFile] {
        let reading = Reading()
        let names = entries(of: directory, reading).filter { !$0.hasPrefix(".") }
        if names.count > mostFiles {
            let message = "the folder holds \(names.count) files; keep at most \(mostFiles)"
            throw ImportProblems([.init(file: folderName(directory), line: nil, message: message)])
        }
        var files: [ActionFile] = []
        for name in names where name != "pictures" && name != "targets" {
            if let bytes = contents(of: name, in: directory, reading) {
                files.append(ActionFile(path: name, bytes: bytes))
                _ = FileText(path: name, bytes: bytes, reading)
            }
        }
        if names.contains("pictures") { files += pictures(in: directory, reading) }
        files += targets(of: files, in: directory, names.contains("targets"), reading)
        try reading.finish()
        return files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private static func folderName(_ directory: URL) -> String {
        directory.lastPathComponent + "/"
    }

    private static func entries(of directory: URL, _ reading: Reading) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory.path)
        } catch {
            let message = "cannot be read; give the folder that holds action.yaml"
            reading.problem(folderName(directory), nil, message)
            return []
        }
    }

    private static func pictures(in directory: URL, _ reading: Reading) -> [ActionFile] {
        let folder = directory.appendingPathComponent("pictures", isDirectory: true)
        let names = entries(of: folder, reading).filter { !$0.hasPrefix(".") }
        if names.count > mostPictures {
            reading.problem(
                "pictures/", nil, "holds \(names.count) pictures; keep at most \(mostPictures)")
            return []
        }
        return names.compactMap { name in
            let path = "pictures/\(name)"
            guard let bytes = contents(of: path, in: directory, reading) else { return nil }
            if bytes.count > mostPictureBytes {
                reading.problem(path, nil, "is larger than 12 MiB; save it smaller")
            }
            return ActionFile(path: path, bytes: bytes)
        }
    }

    /// Those in the folder, and of those beside it, for several actions, the ones that it uses.
    private static func targets(
        of files: [ActionFile], in directory: URL, _ hasOwn: Bool, _ reading: Reading
    ) -> [ActionFile] {
        let own =
            hasOwn
            ? entries(of: directory.appending(path: "targets"), reading)
                .filter { !$0.hasPrefix(".") } : []
        let action = files.first { $0.path == "action.yaml" }?.bytes ?? []
        let beside = usedTargets(String(decoding: action, as: UTF8.self))
            .filter { !own.contains("\($0).yaml") }
            .filter {
                let file = directory.deletingLastPathComponent().appending(
                    path: "targets/\($0).yaml")
                return FileManager.default.fileExists(atPath: file.path)
            }
        let places =
            own.map { ("targets/\($0)", directory) }
            + beside.map { ("targets/\($0).yaml", directory.deletingLastPathComponent()) }
        return places.compactMap { path, folder in
            contents(of: path, in: folder, reading).map { ActionFile(path: path, bytes: $0) }
        }
    }

    private static func usedTargets(_ yaml: String) -> Set<String> {
        Set(
            yaml.split(separator: "\n").compactMap { line in
                line.range(of: "\\buse: +[a-z0-9-]+ *$", options: .regularExpression)
                    .map { line[$0].dropFirst("use:".count).trimmingCharacters(in: .whitespaces) }
            })
    }

    private static func contents(
        of name: String, in directory: URL, _ reading: Reading
    ) -> [UInt8]? {
        let url = directory.appendingPathComponent(name)
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        let kind = attributes?[.type] as? FileAttributeType
        if let message = problem(name: name, kind: kind) {
            reading.problem(name, nil, message)
            return nil
        }
        guard let handle = try? FileHandle(forReadingFrom: url) else {
            reading.problem(name, nil, "cannot be read; check the file's permissions")
            return nil
        }
        defer { try? handle.close() }
        // One byte more than allowed is enough to refuse the file, however large it is.
        let most = isPicture(name) ? mostPictureBytes : mostBytes
        guard let data = try? handle.read(upToCount: most + 1) ?? Data() else {
            reading.problem(name, nil, "cannot be read to its end; check the disk")
            return nil
        }
        return Array(data)
    }

    private static func problem(name: String, kind: FileAttributeType?) -> String? {
        switch kind {
        case FileAttributeType.typeRegular?: return nameProblem(name)
        case FileAttributeType.typeSymbolicLink?:
            return "is a symbolic link; put the file itself here"
        case FileAttributeType.typeDirectory?:
            return "is a folder; an action has none but pictures and targets: move its files here "
                + "or remove it"
        default: return "is no plain file; remove it"
        }
    }
}

/// What is wrong with the name of a file of the folder; nil for an allowed name.
func nameProblem(_ name: String) -> String? {
    if name == "action.yaml" || isSharedTarget(name) { return nil }
    if name.hasPrefix("targets/") {
        return "is not named as a target; write small letters a-z, digits and hyphens, and .yaml"
    }
    if name.hasPrefix("pictures/") {
        return isPicture(name)
            ? nil
            : "is not named as a picture; write small letters a-z, digits and hyphens, and "
                + ".jpg or .png at the end"
    }
    if name.hasSuffix(".md"), isLanguageTag(name.dropLast(3)) { return nil }
    return "does not belong here; a folder holds action.yaml and one file for each language, "
        + "such as en.md or pt-BR.md: rename or remove it"
}

func isPicture(_ path: String) -> Bool { matches(path, picturePath) }

func isSharedTarget(_ path: String) -> Bool { matches(path, "targets/[a-z0-9-]+\\.yaml") }

let picturePath = "pictures/[a-z0-9]+(-[a-z0-9]+)*\\.(jpg|jpeg|png)"

/// The bytes whose hash names a version of the text.
///
/// For each file, sorted by the bytes of its path: the length of the path in bytes as a 32-bit
/// big-endian number, the path in UTF-8, the length of the content likewise, the content. So no
/// two different sets of files give the same bytes.
package func versionBytes(of files: [ActionFile]) -> [UInt8] {
    var bytes: [UInt8] = []
    for file in files.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
        for part in [Array(file.path.utf8), file.bytes] {
            let length = UInt32(truncatingIfNeeded: part.count).bigEndian
            withUnsafeBytes(of: length) { bytes.append(contentsOf: $0) }
            bytes.append(contentsOf: part)
        }
    }
    return bytes
}
