import ArgumentParser
import Authoring
import Domain
import Foundation
import Mail
import Press
import Sealing
import Storage
import StorageSQLite
import Unsealing

struct ActionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "action",
        abstract: "Bring actions in and move them; a running server follows.",
        subcommands: [
            Import.self, Export.self, List.self, Open.self, Pause.self, Stop.self, Close.self,
            Deliver.self, PaperCommand.self,
        ])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read an action's folder; again for a new version of its text.")

        @OptionGroup var installation: Installation
        @Argument(help: "The folder; its name is the action's address.") var folder: String
        @Flag(help: "Open the action for signatures at once.") var open = false
        @Flag(help: "Let a server on this machine show the draft to this machine only.")
        var preview = false

        /// One mistake may be on thousands of lines.
        private static let shownProblems = 100
        private static let shownWords = 20

        func run() async throws {
            guard !(open && preview) else {
                throw Refusal("--preview shows a draft, --open makes it public: give one of them.")
            }
            let folder = URL(filePath: folder, directoryHint: .isDirectory).standardizedFileURL
            let new: ActionImport
            do {
                new = try ActionImport(
                    slug: folder.lastPathComponent, files: ActionFolder.read(folder),
                    digest: { digest($0) }, picture: cleanPicture)
            } catch {
                for problem in error.problems.prefix(Self.shownProblems) { say("\(problem)") }
                throw Refusal(
                    "Nothing was imported: \(error.problems.count) to mend, as said above.")
            }
            let (store, _) = try await installation.open()
            let credentials = try? Credentials(installation.settings.credentials)
            let (preview, open) = (preview, open)
            let outcome: ImportOutcome
            do {
                outcome = try await store.write { transaction in
                    let now = moment()
                    let outcome = try transaction.importAction(
                        new, preview: preview, now: now, digest: { digest($0) })
                    if open {
                        _ = try transaction.moveAction(
                            slug: new.slug, to: .open, now: now,
                            hasDedupeKey: { credentials?.dedupeKey($0) != nil },
                            keyIDs: joinedKeyIDs,
                            digest: { digest($0) })
                    }
                    return outcome
                }
            } catch let refusal as ImportRefusal {
                throw Refusal(explain(refusal))
            } catch let refusal as LifecycleRefusal {
                throw Refusal(explain(refusal))
            }
            report(outcome, new)
            warn(of: new.content)
        }

        private func report(_ outcome: ImportOutcome, _ new: ActionImport) {
            let languages = new.content.translations.map(\.language).joined(separator: ", ")
            switch outcome {
            case .created: say("\(new.slug) was imported (\(languages)).")
            case .changed(let version): say("\(new.slug) is now version \(version) (\(languages)).")
            case .unchanged(let version): say("\(new.slug) is unchanged, version \(version).")
            }
            if open {
                say("It is open.")
            } else if preview {
                say("A running server shows it to this machine at /en/actions/\(new.slug)")
            }
        }

        /// Says which words cannot be printed on this machine, before somebody asks for a sheet.
        private func warn(of content: ActionContent) {
            for translation in content.translations {
                let missing = try? DeliveryDocument.unprintable(
                    content.words(of: translation), language: translation.language)
                guard let missing, !missing.isEmpty else { continue }
                let words = missing.prefix(Self.shownWords).map(\.name).joined(separator: ", ")
                say(
                    """
                    Warning: no font on this machine has all letters of these words \
                    (\(translation.language)): \(visible(words)). Sheets and letters with them are \
                    not printed here. Install fonts (apt install fonts-noto), or write the words \
                    otherwise.
                    """)
            }
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give back an action's folder as it was imported.")

        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String
        @Option(help: "The folder to write (default: the action's name).") var out: String?
        @Option(help: "An older version by its number.") var version: Int?

        func run() async throws {
            let (store, _) = try await installation.open()
            let (slug, version) = (slug, version)
            let files = try await store.read { transaction -> [(path: String, content: [UInt8])] in
                let action = try find(slug, transaction)
                return try transaction.files(of: action.id, version: version ?? action.version)
            }
            guard !files.isEmpty else { throw Refusal("\(slug) has no such version.") }
            let folder = URL(filePath: out ?? slug, directoryHint: .isDirectory)
            if let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path),
                !names.isEmpty
            {
                throw Refusal("\(folder.path) is not empty. Choose another with --out.")
            }
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true)
            for file in files {
                let place = folder.appending(path: file.path)
                try FileManager.default.createDirectory(
                    at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(file.content).write(to: place)
            }
            say("\(files.count) files in \(folder.path)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the actions.")

        @OptionGroup var installation: Installation
        @Flag(help: "As JSON.") var json = false

        private struct Line: Encodable {
            let slug: String
            let state: String
            let version: Int
            let number: Int
            let key: Int?
        }

        func run() async throws {
            let (store, _) = try await installation.open()
            let lines = try await store.read { transaction in
                let numbers = Dictionary(
                    uniqueKeysWithValues: try transaction.ledgers().map { ($0.action, $0.number) })
                return try transaction.actions().map {
                    Line(
                        slug: $0.slug, state: $0.state.rawValue, version: $0.version,
                        number: numbers[$0.id] ?? 0, key: $0.keyNumber)
                }
            }
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys]
                print(String(decoding: try encoder.encode(lines), as: UTF8.self))
                return
            }
            for line in lines {
                print("\(line.slug)\t\(line.state)\tversion \(line.version)\t\(line.number) signed")
            }
        }
    }

    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take names, for the first time or again.")
        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String

        func run() async throws { try await installation.move(slug, to: .open) }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take no names for now.")
        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String

        func run() async throws { try await installation.move(slug, to: .paused) }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an action off at once: the family asks, or it became dangerous.")
        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String

        func run() async throws { try await installation.move(slug, to: .stopped) }
    }

    struct Deliver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say that an action that was won or closed has been handed over.")
        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String

        func run() async throws { try await installation.move(slug, to: .delivered) }
    }

    struct Close: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End an action.")
        @OptionGroup var installation: Installation
        @Argument(help: "The action.") var slug: String
        @Option(help: "won: show the outcome that its folder records.") var outcome: Ending?

        enum Ending: String, ExpressibleByArgument { case won }

        func run() async throws {
            try await installation.move(slug, to: outcome == .won ? .won : .closed)
        }
    }
}

/// Decodes and encodes a picture anew, so that nothing comes in but what is seen on it.
func cleanPicture(_ bytes: [UInt8]) throws(PictureRefusal) -> PictureContent {
    do throws(Picture.Problem) {
        let picture = try Picture(cleaning: bytes)
        return PictureContent(
            kind: picture.kind.rawValue, bytes: picture.bytes, width: picture.width,
            height: picture.height)
    } catch {
        throw error == .tooManyPixels ? .tooManyPixels : .unreadable
    }
}

func find(_ slug: String, _ transaction: any Transaction) throws -> ActionRow {
    guard let action = try transaction.action(slug: slug) else {
        let known = try transaction.actions().map(\.slug)
        throw Refusal(explain(LifecycleRefusal.noSuchAction(slug: slug, known: known)))
    }
    return action
}

extension Installation {
    /// Moves an action and says so; a running server follows within seconds.
    func move(_ slug: String, to state: ActionState) async throws {
        let (store, _) = try await open()
        let credentials = try? Credentials(settings.credentials)
        do {
            let before = try await store.write {
                try $0.moveAction(
                    slug: slug, to: state, now: moment(),
                    hasDedupeKey: { credentials?.dedupeKey($0) != nil }, keyIDs: joinedKeyIDs,
                    digest: { digest($0) })
            }
            guard let before else { return say("\(slug) is \(state.rawValue) already.") }
            say("\(slug): \(before.state.rawValue) -> \(state.rawValue)")
        } catch let refusal as LifecycleRefusal {
            throw Refusal(explain(refusal))
        }
    }
}

func explain(_ refusal: LifecycleRefusal) -> String {
    switch refusal {
    case .noSuchAction(let slug, let known):
        known.isEmpty
            ? "There is no action \(slug), nor any other. Bring one in with outcry action import."
            : "There is no action \(slug). There are: \(known.joined(separator: ", "))."
    case .notAllowed(let from, let to):
        "An action that is \(from.rawValue) cannot become \(to.rawValue). Nothing was changed."
    case .noKeyLeft(let keys):
        """
        All \(keys) keys of the list are in use, and no action is opened without a key of its own. \
        Make a new key book with a higher --count.
        """
    case .noDedupeKey(let number):
        """
        The key dedupe-\(number), which keeps the action at one signature a mailbox, is not in the \
        credentials folder. Put the folder back, or set OUTCRY_CREDENTIALS. Nothing was changed.
        """
    case .stopped:
        "This action was stopped. Only a second person may take it up again; nothing was changed."
    case .noOutcome:
        "The action's folder records no outcome. Add it to action.yaml, import again, then close."
    }
}

private func explain(_ refusal: ImportRefusal) -> String {
    switch refusal {
    case .demandChanged(let languages):
        """
        The demand was changed (\(languages.joined(separator: ", "))), and people have signed it. Put \
        it back as it was, or make a new action. Nothing was imported.
        """
    case .firstTargetChanged:
        """
        The first target is another one, or has another name or office, and people have agreed that \
        their name goes to that one. Put it back in its place; how it is reached may change. Nothing \
        was imported.
        """
    case .languageRemoved(let languages):
        """
        People may have signed in \(languages.joined(separator: ", ")), which is no longer there. Put \
        the file back. Nothing was imported.
        """
    case .messageSettingChanged:
        "\"message\" cannot change once an action was open. Put it back. Nothing was imported."
    case .previewOfPublicAction(let state):
        "The action is \(state.rawValue), not a draft: there is nothing to preview."
    case .notInitialised:
        "The data folder was not initialised. Run outcry init first."
    }
}

extension ActionContent {
    /// Every word that is printed in this language, each once.
    fileprivate func words(of translation: Translation) -> [String] {
        let language = translation.language
        var texts = [
            translation.title, translation.summary, translation.demand, translation.body,
            translation.letter, translation.solidarity ?? "",
        ]
        texts += sources.flatMap { [$0.publisher, $0.title] }
        texts += events.map { $0.text.in(language) }
        texts += targets.flatMap {
            [$0.name.in(language), $0.office.in(language)] + ($0.post?.lines ?? [])
        }
        return Set(texts.flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) })
            .sorted()
    }
}
