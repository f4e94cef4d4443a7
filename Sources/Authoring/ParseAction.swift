package import Domain

/// What the files of an action's folder say; `slug` is the folder's name.
///
/// Reads strictly and does nothing else: no file, no clock, the same answer every time.
///
/// - Throws: every problem that could be found, each with file, line and remedy. Nothing of a
///   folder with a problem is returned.
package func parseAction(
    slug: String, files: [ActionFile]
) throws(ImportProblems) -> ActionContent {
    let reading = Reading(languages: languages(of: files))
    checkSlug(slug, reading)
    let texts = readTexts(files, reading)
    if reading.languages.isEmpty {
        reading.problem(slug + "/", nil, "holds no text; add a file such as en.md")
    }
    let translations = reading.languages.compactMap { language in
        texts["\(language).md"].flatMap { readTranslation($0, language) }
    }
    var action: ActionContent?
    if let file = texts["action.yaml"] {
        action = readAction(
            file, slug: slug, translations, shared: sharedTargets(texts))
    } else if !files.contains(where: { $0.path == "action.yaml" }) {
        reading.problem(slug + "/", nil, "holds no action.yaml; add it")
    }
    checkPictures(reading, files: files.map(\.path).filter(isPicture))
    try reading.finish()
    guard let action else {
        // Only if a reader gave up without saying why, which would be our own mistake.
        let message = "cannot be read; please report this folder as a fault of Outcry"
        throw ImportProblems([.init(file: "action.yaml", line: nil, message: message)])
    }
    return action
}

/// English first, since texts fall back to it, then by name.
private func languages(of files: [ActionFile]) -> [String] {
    let names = files.map(\.path).filter { $0.hasSuffix(".md") && nameProblem($0) == nil }
    return Set(names.map { String($0.dropLast(3)) })
        .sorted { ($0 == "en" ? 0 : 1, $0) < ($1 == "en" ? 0 : 1, $1) }
}

private func sharedTargets(_ texts: [String: FileText]) -> [String: FileText] {
    let files = texts.filter { isSharedTarget($0.key) }
    return Dictionary(
        uniqueKeysWithValues: files.map {
            (String($0.key.dropFirst("targets/".count).dropLast(".yaml".count)), $0.value)
        })
}

private func checkSlug(_ slug: String, _ reading: Reading) {
    if slug.utf8.count > 64 || !matches(slug, "[a-z0-9]+(-[a-z0-9]+)*") {
        let message =
            "the folder's name becomes the address of the page: rename it to 1 to 64 letters a-z "
            + "and digits, with single hyphens between"
        reading.problem(slug + "/", nil, message)
    }
}

private func readTexts(_ files: [ActionFile], _ reading: Reading) -> [String: FileText] {
    var texts: [String: FileText] = [:]
    var seen: Set<String> = []
    for file in files {
        if let message = nameProblem(file.path) {
            reading.problem(file.path, nil, message)
        } else if !seen.insert(file.path).inserted {
            reading.problem(file.path, nil, "is there twice; keep one")
        } else if !isPicture(file.path) {
            texts[file.path] = FileText(path: file.path, bytes: file.bytes, reading)
        }
    }
    return texts
}
