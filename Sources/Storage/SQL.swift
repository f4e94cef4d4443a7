/// A statement whose interpolated values are bound, never written into its text.
///
/// ```swift
/// try transaction.rows("SELECT slug FROM action WHERE id = \(id)")
/// ```
package struct SQL: ExpressibleByStringInterpolation, Sendable {
    /// With one `?` for each value; a statement holds no other question mark.
    package let text: String
    package let values: [Value]

    package init(stringLiteral text: String) {
        self.text = text
        values = []
    }

    package init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        values = stringInterpolation.values
    }

    package struct StringInterpolation: StringInterpolationProtocol {
        var text = ""
        var values: [Value] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ value: some Bindable) {
            text += "?"
            values.append(value.value)
        }

        package mutating func appendInterpolation(_ value: (some Bindable)?) {
            text += "?"
            values.append(value?.value ?? .null)
        }
    }
}

/// The four kinds of value that both databases have.
package enum Value: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])
}

package protocol Bindable { var value: Value { get } }

extension Int: Bindable { package var value: Value { .integer(Int64(self)) } }
extension Int64: Bindable { package var value: Value { .integer(self) } }
extension String: Bindable { package var value: Value { .text(self) } }
extension [UInt8]: Bindable { package var value: Value { .bytes(self) } }
extension Bool: Bindable { package var value: Value { .integer(self ? 1 : 0) } }

/// One row of an answer; columns are read by name.
package struct Row: Sendable {
    package let columns: [String]
    package let values: [Value]

    package init(columns: [String], values: [Value]) {
        self.columns = columns
        self.values = values
    }

    private func value(_ column: String) throws(StorageError) -> Value {
        guard let index = columns.firstIndex(of: column) else {
            throw .unexpectedRow(column: column)
        }
        return values[index]
    }

    package func integer(_ column: String) throws(StorageError) -> Int {
        guard case .integer(let integer) = try value(column) else {
            throw .unexpectedRow(column: column)
        }
        return Int(integer)
    }

    package func text(_ column: String) throws(StorageError) -> String {
        guard case .text(let text) = try value(column) else {
            throw .unexpectedRow(column: column)
        }
        return text
    }

    package func bytes(_ column: String) throws(StorageError) -> [UInt8] {
        guard case .bytes(let bytes) = try value(column) else {
            throw .unexpectedRow(column: column)
        }
        return bytes
    }

    package func isNull(_ column: String) throws(StorageError) -> Bool {
        try value(column) == .null
    }
}
