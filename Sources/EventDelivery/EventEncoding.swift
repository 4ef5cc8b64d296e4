import Foundation

/// Events as JSON.
enum EventEncoding {
    /// The event as one JSON object with sorted keys, on one line.
    static func json(_ event: some Encodable, id: String) throws(EventEncodingError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try encoder.encode(event)
        } catch {
            throw EventEncodingError(error, event: id)
        }
    }
}

/// An event that JSON cannot carry, because a number in it is not finite. Trying again does not help.
package struct EventEncodingError: Error, Equatable, Sendable, CustomStringConvertible {
    package var event: String
    /// The dotted key of the number, `data.contributors.0.value`.
    package var key: String

    package var description: String {
        "event \(event) cannot be written as JSON: \(key) is not a finite number"
    }
}

extension EventEncodingError {
    fileprivate init(_ error: any Error, event: String) {
        self.event = event
        key =
            if case EncodingError.invalidValue(_, let context)? = error as? EncodingError {
                context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(
                    separator: ".")
            } else {
                "a value"
            }
    }
}
