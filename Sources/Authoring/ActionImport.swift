package import Domain
package import Storage

/// What an import did.
package enum ImportOutcome: Hashable, Sendable {
    case created
    /// The text became this version.
    case changed(version: Int)
    /// The same bytes as the current version: nothing was done.
    case unchanged(version: Int)
}

/// Why a text that is well-formed is not taken.
package enum ImportRefusal: Error, Hashable, Sendable {
    /// People have signed the demand in these languages: it stays as they read it.
    case demandChanged(languages: [String])
    /// People agreed that their name goes to the first target as they read of it.
    case firstTargetChanged
    /// People may have signed in these languages.
    case languageRemoved(languages: [String])
    /// Records of one action have one size, and messages change it.
    case messageSettingChanged
    /// Only a draft is previewed; this action is public.
    case previewOfPublicAction(ActionState)
    case notInitialised
}

/// A picture with nothing in its file but what is seen on it.
package struct PictureContent: Hashable, Sendable {
    /// `jpeg` or `png`.
    package let kind: String
    package let bytes: [UInt8]
    /// In pixels.
    package let width: Int
    package let height: Int

    package init(kind: String, bytes: [UInt8], width: Int, height: Int) {
        self.kind = kind
        self.bytes = bytes
        self.width = width
        self.height = height
    }
}

package enum PictureRefusal: Error, Hashable, Sendable { case unreadable, tooManyPixels }

/// A folder that was read and found right, on its way into the store.
package struct ActionImport: Sendable {
    package let slug: String
    package let files: [ActionFile]
    package let content: ActionContent
    /// SHA-256 of `versionBytes(of: files)`.
    package let hash: [UInt8]

    /// Throws `ImportProblems` unless the folder is right in every line. What `picture` gives for
    /// the bytes of a picture is kept in their place, and nothing else of them.
    package init(
        slug: String, files: [ActionFile], digest: ([UInt8]) -> [UInt8],
        picture: ([UInt8]) throws(PictureRefusal) -> PictureContent
    ) throws(ImportProblems) {
        self.slug = slug
        var content = try parseAction(slug: slug, files: files)
        var kept: [ActionFile] = []
        var pictures: [PictureFile] = []
        for file in files {
            guard isPicture(file.path) else {
                kept.append(file)
                continue
            }
            do throws(PictureRefusal) {
                let clean = try picture(file.bytes)
                kept.append(ActionFile(path: file.path, bytes: clean.bytes))
                pictures.append(
                    PictureFile(
                        path: file.path, kind: clean.kind,
                        hash: digest(clean.bytes).prefix(16).hex, width: clean.width,
                        height: clean.height))
            } catch {
                throw ImportProblems([.init(file: file.path, line: nil, message: error.message)])
            }
        }
        content.pictures = pictures.isEmpty ? nil : pictures
        self.content = content
        self.files = kept
        hash = digest(versionBytes(of: kept))
    }
}

extension Transaction {
    /// Makes the folder the current version of its action, all of it or nothing.
    ///
    /// Once an action is public, figures may move and every replaced one is kept; the demand is
    /// fixed from the first signature on. Throws `ImportRefusal`.
    package func importAction(
        _ new: ActionImport, preview: Bool, now: (milliseconds: Int, day: Day),
        digest: ([UInt8]) -> [UInt8]
    ) throws -> ImportOutcome {
        guard let organisation = try organisation() else { throw ImportRefusal.notInitialised }
        let files = new.files.map { ($0.path, $0.bytes) }
        guard let row = try action(slug: new.slug) else {
            let id = ActionID.random()
            try insertAction(
                id, slug: new.slug, of: organisation.id, preview: preview,
                nowMilliseconds: now.milliseconds)
            try insertVersion(
                VersionRow(
                    number: 1, hash: new.hash, day: now.day, content: new.content.json()),
                files: files, of: id)
            return .created
        }
        if preview, row.state != .draft {
            throw ImportRefusal.previewOfPublicAction(row.state)
        }
        if preview != row.preview, row.state == .draft { try setPreview(preview, of: row.id) }
        guard let current = try version(row.version, of: row.id) else {
            throw StorageError.unexpectedRow(column: "version")
        }
        if current.hash == new.hash { return .unchanged(version: current.number) }
        let old = try ActionContent(json: current.content)
        try check(new.content, against: old, row)
        let content =
            row.state == .draft ? new.content : new.content.keepingClaims(of: old, until: now.day)
        let number = row.version + 1
        try insertVersion(
            VersionRow(number: number, hash: new.hash, day: now.day, content: content.json()),
            files: files, of: row.id)
        if row.state != .draft {
            let statement = "outcry new version 1\n\(new.slug)\n\(number)\n\(new.hash.hex)\n"
            let entry = LedgerEntry(
                .newVersion, a: digest(Array(statement.utf8)), b: LedgerEntry.number(0))
            try queueStatement(entry, statement: statement, of: row.id)
        }
        return .changed(version: number)
    }

    private func check(_ new: ActionContent, against old: ActionContent, _ row: ActionRow) throws {
        if row.keyNumber != nil, new.allowsMessage != old.allowsMessage {
            throw ImportRefusal.messageSettingChanged
        }
        guard try hasBeenSigned(row.id) else { return }
        // People were asked whether their name may go to this one, and to nobody else.
        guard let target = new.targets.first, target.isSameOffice(as: old.targets.first) else {
            throw ImportRefusal.firstTargetChanged
        }
        var changed: [String] = []
        var removed: [String] = []
        for translation in old.translations {
            guard let now = new.translation(translation.language) else {
                removed.append(translation.language)
                continue
            }
            if now.demand != translation.demand { changed.append(translation.language) }
        }
        if !removed.isEmpty { throw ImportRefusal.languageRemoved(languages: removed) }
        if !changed.isEmpty { throw ImportRefusal.demandChanged(languages: changed) }
    }
}

extension ActionContent {
    /// This content with every claim of `old` that it replaces or leaves out, marked as such.
    func keepingClaims(of old: ActionContent, until day: Day) -> ActionContent {
        var content = self
        for claim in old.claims where !content.claims.contains(claim) {
            var former = claim
            if former.corrected == nil {
                let successor = claims.first { $0.id == claim.id }
                guard successor?.says != claim.says else { continue }
                former.id = freeID(for: claim.id, in: content)
                // Left out altogether, it stays, with the day since when it is ours no longer.
                former.supersededBy = successor?.id ?? former.supersededBy
            }
            former.corrected = former.corrected ?? .day(day)
            keepSource(of: &former, from: old, in: &content)
            if !content.figures.contains(where: { $0.id == former.figure }) {
                content.figures += old.figures.filter { $0.id == former.figure }
            }
            content.claims.append(former)
        }
        return content
    }

    private func freeID(for id: String, in content: ActionContent) -> String {
        var number = 1
        while content.claims.contains(where: { $0.id == "\(id)-before-\(number)" }) { number += 1 }
        return "\(id)-before-\(number)"
    }

    /// Keeps the source as it was cited then, under a name of its own if it has changed.
    private func keepSource(
        of claim: inout Claim, from old: ActionContent, in content: inout ActionContent
    ) {
        guard let source = old.source(claim.source) else { return }
        if content.source(source.id) == source { return }
        var kept = source
        while content.source(kept.id) != nil { kept.id += "-before" }
        claim.source = kept.id
        content.sources.append(kept)
    }
}

extension Claim {
    /// What it says, apart from how its words are translated.
    fileprivate var says: [String] {
        [value.map(String.init) ?? "", qualifier.rawValue, asOf.description, source]
    }
}

extension Target {
    /// Whether it is still whom people meant, however they are reached; more languages may say so.
    fileprivate func isSameOffice(as old: Target?) -> Bool {
        guard let old, id == old.id else { return false }
        return [(name, old.name), (office, old.office)].allSatisfy { now, before in
            before.byLanguage.allSatisfy { now.byLanguage[$0] == $1 }
        }
    }
}

extension PictureRefusal {
    fileprivate var message: String {
        switch self {
        case .unreadable: "is no picture that can be read; save it again as JPEG or PNG"
        case .tooManyPixels: "has more than 50 million pixels; save it smaller"
        }
    }
}
