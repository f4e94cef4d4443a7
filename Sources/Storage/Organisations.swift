package import Domain

/// Who runs this installation.
package struct Organisation: Hashable, Sendable {
    package let id: OrganisationID
    package let name: String
    /// Scheme, host and port, without a slash at the end.
    package let origin: String
    package let appearance: Appearance
    /// Rises with every change of name or appearance.
    package let revision: Int

    package init(
        id: OrganisationID, name: String, origin: String, appearance: Appearance = .standard,
        revision: Int = 1
    ) {
        self.id = id
        self.name = name
        self.origin = origin
        self.appearance = appearance
        self.revision = revision
    }

    /// The same with another origin: a server may be told one.
    package func at(_ origin: String) -> Organisation {
        Organisation(
            id: id, name: name, origin: origin, appearance: appearance, revision: revision)
    }
}

extension Transaction {
    /// Nil until `outcry init` has run.
    package func organisation() throws -> Organisation? {
        try rows("SELECT id, name, origin, appearance, revision FROM organisation").first.map {
            Organisation(
                id: try $0.identifier("id"), name: try $0.text("name"),
                origin: try $0.text("origin"),
                appearance: try $0.isNull("appearance")
                    ? .standard : Appearance(json: try $0.text("appearance")),
                revision: try $0.integer("revision"))
        }
    }

    /// How its pages look until something else is said.
    package func insert(_ organisation: Organisation) throws {
        try run(
            """
            INSERT INTO organisation (id, name, origin)
            VALUES (\(organisation.id), \(organisation.name), \(organisation.origin))
            """)
    }

    package func setOrganisation(
        _ id: OrganisationID, name: String, appearance: Appearance
    ) throws {
        try run(
            """
            UPDATE organisation SET name = \(name), appearance = \(try appearance.json()),
                revision = revision + 1
            WHERE id = \(id)
            """)
    }

    /// How many keepers must act together to open a record.
    package func keeperCount(of organisation: OrganisationID) throws -> Int {
        try rows(
            "SELECT max(keeper) AS keepers FROM recipient_key WHERE organisation = \(organisation)"
        ).first?.integer("keepers") ?? 1
    }

    /// `keeper` is 1 or 2; `number` is the key's place in the list, from 1.
    package func insertRecipientKey(
        _ publicKey: [UInt8], number: Int, keeper: Int, of organisation: OrganisationID
    ) throws {
        try run(
            """
            INSERT INTO recipient_key (organisation, number, keeper, public_key)
            VALUES (\(organisation), \(number), \(keeper), \(publicKey))
            """)
    }

    /// The public keys with this number, the first keeper's first.
    package func recipientKeys(
        number: Int, of organisation: OrganisationID
    ) throws -> [[UInt8]] {
        try rows(
            """
            SELECT public_key FROM recipient_key
            WHERE organisation = \(organisation) AND number = \(number) ORDER BY keeper
            """
        ).map { try $0.bytes("public_key") }
    }

    /// The lowest key number that no action has; nil when the list is used up.
    package func nextKeyNumber(of organisation: OrganisationID) throws -> Int? {
        try rows(
            """
            SELECT number FROM recipient_key
            WHERE organisation = \(organisation) AND keeper = 1 AND number NOT IN
                (SELECT key_number FROM action
                 WHERE organisation = \(organisation) AND key_number IS NOT NULL)
            ORDER BY number LIMIT 1
            """
        ).first?.integer("number")
    }

    /// How many keys the list has.
    package func keyCount(of organisation: OrganisationID) throws -> Int {
        try rows(
            """
            SELECT count(*) AS keys FROM recipient_key
            WHERE organisation = \(organisation) AND keeper = 1
            """
        ).first?.integer("keys") ?? 0
    }
}

extension Identifier: Bindable { package var value: Value { .bytes(bytes) } }

extension Row {
    package func identifier<Kind>(_ column: String) throws(StorageError) -> Identifier<Kind> {
        guard let identifier = Identifier<Kind>(try bytes(column)) else {
            throw .unexpectedRow(column: column)
        }
        return identifier
    }
}
