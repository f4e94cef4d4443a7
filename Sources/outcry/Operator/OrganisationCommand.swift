import ArgumentParser
import Authoring
import Domain
import Foundation
import Languages
import Storage
import StorageSQLite

struct OrganisationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "organisation",
        abstract: "Make the pages an organisation's own; a running server follows.",
        subcommands: [Import.self, Show.self])

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read name, colours, logo, contact and footer from a folder.",
            discussion: """
                The folder holds organisation.yaml (name, brand, on-brand, brand-night, headlines, \
                contact, footer) and, if there is one, logo.svg. Colours on which nobody could read \
                are refused, with what would do.
                """)

        @OptionGroup var installation: Installation
        @Argument(help: "The folder.") var folder: String

        func run() async throws {
            let folder = URL(filePath: folder, directoryHint: .isDirectory).standardizedFileURL
            let text: OrganisationText
            do {
                text = try OrganisationFolder.read(folder, languages: Languages().tags)
            } catch let problems as ImportProblems {
                for problem in problems.problems { say("\(problem)") }
                throw Refusal(
                    "Nothing was changed: \(problems.problems.count) to mend, as said above.")
            }
            let (store, organisation) = try await installation.open()
            try await store.write {
                try $0.setOrganisation(
                    organisation.id, name: text.name, appearance: text.appearance)
            }
            say("The pages are now those of \(text.name).")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print what is set, as JSON.")

        @OptionGroup var installation: Installation

        func run() async throws {
            let (_, organisation) = try await installation.open()
            let json = try organisation.appearance.json()
            print("{\"name\":\(try quotedJSON(organisation.name)),\"appearance\":\(json)}")
        }

        private func quotedJSON(_ text: String) throws -> String {
            String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        }
    }
}
