import Authoring
import Domain
import Foundation
import Testing

/// How an organisation makes the pages its own, and what is refused.
final class OrganisationTests {
    private let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("outcry-organisation-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    private func read() throws -> OrganisationText {
        try OrganisationFolder.read(folder, languages: ["en", "az"])
    }

    private func problems(_ yaml: String, logo: String? = nil) throws -> [String] {
        try write("organisation.yaml", yaml)
        if let logo { try write("logo.svg", logo) }
        do {
            _ = try read()
            return []
        } catch let error as ImportProblems {
            return error.problems.map(\.description)
        }
    }

    @Test func `A name is enough`() throws {
        try write("organisation.yaml", "name: Rights Now\n")
        let text = try read()
        #expect(text.name == "Rights Now" && text.appearance == .standard)
    }

    @Test func `Colours, logo, contact and footer are read, the logo in shapes only`() throws {
        try write(
            "organisation.yaml",
            """
            name: Rights Now
            brand: "#00474f"
            brand-night: "#7fd6df"
            headlines: sans
            contact: mailto:hello@rights.example
            footer: {en: "1 Street, Town", az: "Küçə 1"}
            """)
        try write(
            "logo.svg",
            """
            <?xml version="1.0"?>
            <!-- drawn -->
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 52 26" width="52">
              <g fill="currentColor"><path d="M0 0h10
              v10z"/><circle cx="3" cy="3" r="2"/></g>
            </svg>
            """)
        let look = try read().appearance
        #expect(look.brand.hex == "#00474f" && look.brandNight.hex == "#7fd6df")
        #expect(look.headlines == .sans && look.contact == "mailto:hello@rights.example")
        #expect(look.footer?.in("az") == "Küçə 1")
        let logo = try #require(look.logo)
        #expect(logo.hasPrefix("<svg width=\"52\" height=\"26\" viewBox=\"0.0 0.0 52.0 26.0\""))
        #expect(logo.contains("<circle cx=\"3\" cy=\"3\" r=\"2\"/></g></svg>"))
    }

    @Test
    func `A colour on which nobody could read is refused, with by how much and what would do`()
        throws
    {
        let problems = try problems(
            "name: A\nbrand: \"#e30613\"\nbrand-night: \"#a04040\"\non-brand: \"#ffdddd\"\n")
        #expect(problems.count == 3)
        #expect(
            problems.first?.hasPrefix(
                "organisation.yaml:2: \"brand\" is #e30613: on the white page (#ffffff) its contrast "
                    + "is 4.88 to 1, which misses 7 to 1 by 2.11") == true)
        // On this brand even white cannot be read well: only another brand helps.
        #expect(problems[1].contains("\"brand-night\"") && !problems[2].contains("would do"))
        for problem in problems.prefix(2) {
            let remedy = try #require(problem.components(separatedBy: "; #").last?.prefix(6))
            let colour = try #require(Colour("#" + remedy))
            let ground = try #require(
                problem.components(separatedBy: "(").last?.prefix(7)
            ).description
            #expect(colour.contrast(with: try #require(Colour(ground))) >= 7)
        }
    }

    @Test func `Contrast is that of the standard`() {
        let grey = Colour(red: 0x77, green: 0x77, blue: 0x77)
        #expect(abs(grey.contrast(with: .white) - 4.478) < 0.001)
        let black = Colour(red: 0, green: 0, blue: 0)
        #expect(abs(black.contrast(with: .white) - 21) < 0.000_1)
        #expect(Appearance.standard.brand.contrast(with: .white) >= 7)
    }

    @Test(arguments: [
        "<svg viewBox=\"0 0 1 1\"><script>x</script></svg>",
        "<svg viewBox=\"0 0 1 1\" onload=\"x\"><path d=\"M0\" onclick=\"x\"/></svg>",
        "<svg viewBox=\"0 0 1 1\"><path fill=\"url(#a)\" d=\"M0\"/></svg>",
        "<svg viewBox=\"0 0 1 1\"><path fill=\"#f00\" d=\"M0\"/></svg>",
        "<svg viewBox=\"0 0 1 1\"><image href=\"x\"/></svg>",
        "<svg viewBox=\"0 0 1 1\"><a href=\"javascript:x\"><path d=\"M0\"/></a></svg>",
        "<svg viewBox=\"0 0 1 1\"><path d='M0'/></svg>",
        "<svg viewBox=\"0 0 1 1\"><path d=\"M0\"/>text</svg>",
        "<svg viewBox=\"0 0 1 1\"><g></svg>", "<svg viewBox=\"0 0 1 1\"></svg></div>",
        "<svg viewBox=\"0 0 1e308 1e308\"/>", "<svg viewBox=\"0 0 1\"></svg>",
        "<svg viewBox=\"0 0 nan 1\"></svg>", "<svg",
        "<!DOCTYPE svg><p>", "",
        "<svg viewBox=\"0 0 1 1\"><path d=\"M0&quot;\"/></svg>",
        "<svg viewBox=\"0 0 1 1\"><style>*{}</style></svg>",
    ])
    func `A logo brings shapes in the colour of the text, and nothing else`(logo: String) throws {
        let problems = try problems("name: A\n", logo: logo)
        // Attributes of the root are not taken over, so one of them is no problem.
        #expect(!problems.isEmpty)
        #expect(problems.allSatisfy { $0.hasPrefix("logo.svg:") })
    }

    @Test(arguments: [
        ("brand: \"#00474f\"", "\"brand-night\" is missing"),
        ("on-brand: 00474f", "\"on-brand\" must be a colour"),
        ("colour: red", "is no key"), ("headlines: comic", "must be serif or sans"),
        ("contact: hello", "must be mailto:"), ("contact: \"javascript:x\"", "must be mailto:"),
        ("footer: {az: Küçə}", "\"en\" is missing"),
    ])
    func `What cannot be used is refused with its line`(line: String, saying: String) throws {
        let problems = try problems("name: A\n\(line)\n")
        #expect(problems.count == 1 && problems[0].contains(saying), "\(problems)")
    }

    @Test func `A folder without the file says what it needs`() throws {
        #expect(throws: ImportProblems.self) { try read() }
    }
}
