import Domain
import Foundation

private let keys = [
    "id", "name", "office", "title", "salutation", "language", "post", "postCountry", "email",
    "fax", "zone", "lettersPerHour", "noPostFrom", "embassies",
]

/// The targets of an action; `use: id` stands for the file `targets/id.yaml`, which other actions
/// can use too.
func readTargets(_ fields: Fields, shared: [String: FileText]) -> [Target] {
    var ids: Set<String> = []
    var used: Set<String> = []
    let targets = fields.items("targets", "this target", keys: keys + ["use"], atLeast: 1) {
        fields -> Target? in
        let id = fields.has("use") ? fields.required("use", .id) : fields.plain("id") ?? ""
        if !ids.insert(id).inserted, fields.has("use") || used.contains(id) {
            let message = "the id \(quoted(id)) stands twice among the targets; change one"
            fields.file.problem(fields.line, message)
        }
        guard fields.has("use") else { return readTarget(fields) }
        used.insert(id)
        for key in keys where fields.has(key) {
            fields.file.problem(
                fields.line(of: key),
                "\(quoted(key)) stands beside \"use\"; put it into the file that is used")
        }
        guard let file = shared[id] else {
            fields.file.problem(
                fields.line(of: "use"),
                "there is no targets/\(id).yaml in this folder or beside it; add the file")
            return nil
        }
        return readSharedTarget(file, id)
    }.compactMap { $0 }
    for (id, file) in shared where !used.contains(id) {
        file.problem(1, "is used by no target of action.yaml; remove it, or write \"use: \(id)\"")
    }
    return targets
}

private func readSharedTarget(_ file: FileText, _ id: String) -> Target? {
    guard let root = file.yaml(file.lines),
        let fields = Fields(root, "this target", keys: keys, in: file)
    else { return nil }
    let target = readTarget(fields)
    if target.id != id, fields.has("id") {
        file.problem(fields.line(of: "id"), "must be \(id), as the file is called")
    }
    return target
}

private func readTarget(_ fields: Fields) -> Target {
    Target(
        id: fields.required("id", .id),
        name: fields.localText("name"),
        office: fields.localText("office"),
        title: fields.optionalLocalText("title"),
        salutation: fields.optionalLocalText("salutation"),
        language: fields.optional("language", .language),
        post: fields.postalAddress(country: fields.optional("postCountry", .country)),
        emails: fields.emails("email"),
        fax: fields.optional("fax", .fax),
        zone: fields.optional("zone", .zone),
        lettersPerHour: fields.optional("lettersPerHour", .lettersPerHour),
        noPostFrom: fields.list("noPostFrom", of: "countries", count: 0...249, .country),
        embassies: readEmbassies(fields))
}

private func readEmbassies(_ fields: Fields) -> [Embassy] {
    let keys = ["country", "name", "post", "email"]
    var countries: Set<String> = []
    return fields.items("embassies", "this embassy", keys: keys) { fields in
        let country = fields.required("country", .country)
        if !countries.insert(country).inserted {
            fields.file.problem(
                fields.line(of: "country"), "has an embassy above already; keep one a country")
        }
        return Embassy(
            country: country, name: fields.localText("name"),
            post: fields.postalAddress(country: country), emails: fields.emails("email"))
    }
}

/// Who gets a copy; nil for nobody.
func readCopies(_ fields: Fields) -> [CopyRecipient]? {
    let keys = ["name", "post", "postCountry", "email"]
    let copies = fields.items("copies", "this copy", keys: keys) { fields in
        CopyRecipient(
            name: fields.localText("name"),
            post: fields.postalAddress(country: fields.optional("postCountry", .country)),
            emails: fields.emails("email"))
    }
    return copies.isEmpty ? nil : copies
}

/// Where words for the people at risk go; nil if there are none.
func readSolidarity(_ fields: Fields) -> Solidarity? {
    let keys = ["recipient", "post", "postCountry", "safety"]
    guard let value = fields.value("solidarity"),
        let fields = Fields(value, "solidarity", keys: keys, in: fields.file)
    else { return nil }
    let lines = fields.list("post", of: "lines", count: 1...8, .text)
    return Solidarity(
        recipient: fields.localText("recipient"),
        post: PostalAddress(lines: lines, country: fields.optional("postCountry", .country)),
        safety: fields.localText("safety"))
}

/// A letter that goes nowhere, or an address that no letter goes to, is a mistake.
func checkSolidarity(_ fields: Fields, _ translations: [Translation]) {
    for translation in translations
    where (translation.solidarity != nil) != fields.has("solidarity") {
        let name = "\(translation.language).md"
        fields.file.problem(
            fields.has("solidarity") ? fields.line(of: "solidarity") : fields.line,
            fields.has("solidarity")
                ? "\(name) has no letter to the people at risk; add \"# solidarity\" and the letter"
                : "\(name) has a letter to the people at risk, and \"solidarity\", where it goes, "
                    + "is missing; add it with recipient, post and safety")
    }
}

extension Fields {
    fileprivate func postalAddress(country: String?) -> PostalAddress? {
        guard has("post") else { return nil }
        let lines = list("post", of: "lines", count: 1...8, .text)
        for line in lines where line.count > 60 {
            file.problem(
                self.line(of: "post"),
                "has a line of \(line.count) characters; an envelope takes 60: break it in two")
        }
        return lines.isEmpty ? nil : PostalAddress(lines: lines, country: country)
    }

    /// One address or a list of them, the one to use first, first.
    fileprivate func emails(_ key: String) -> [String] {
        if case .list? = value(key)?.content {
            let emails = list(key, of: "addresses", count: 1...10, .email)
            if Set(emails).count < emails.count {
                file.problem(line(of: key), "has an address twice; keep it once")
            }
            return emails
        }
        return optional(key, .email).map { [$0] } ?? []
    }
}

extension Form<String> {
    fileprivate static var fax: Form {
        Form(expected: "a number such as +994 12 000 00 00", standIn: "") {
            matches($0, "\\+?[0-9][0-9 ()/.-]{4,28}[0-9]") ? $0 : nil
        }
    }

    fileprivate static var zone: Form {
        Form(expected: "a time zone such as Asia/Baku", standIn: "UTC") {
            $0.contains("/") && TimeZone(identifier: $0) != nil ? $0 : nil
        }
    }
}

extension Form<Int> {
    fileprivate static var lettersPerHour: Form {
        Form(expected: "a whole number from 1 to 600, in digits only", standIn: 1) { text in
            guard matches(text, "[0-9]{1,3}"), let number = Int(text) else { return nil }
            return (1...600).contains(number) ? number : nil
        }
    }
}
