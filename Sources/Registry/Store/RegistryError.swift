/// Why the registry did not do what was asked: for the caller to put right, in words for a person.
package struct RegistryError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// What was asked for breaks a rule: a name, a length, a state, a filter.
        case invalid
        case notFound
        case alreadyExists
        /// The world moved on: what the caller expected is no longer so.
        case conflict
        /// It is against a promise that the registry keeps.
        case forbidden
        /// There is no room for it.
        case exhausted
    }

    package var kind: Kind
    package var description: String

    package init(_ kind: Kind, _ description: String) {
        (self.kind, self.description) = (kind, description)
    }

    static func invalid(_ reason: String) -> RegistryError { RegistryError(.invalid, reason) }
    static func notFound(_ reason: String) -> RegistryError { RegistryError(.notFound, reason) }
    static func alreadyExists(_ reason: String) -> RegistryError { RegistryError(.alreadyExists, reason) }
    static func conflict(_ reason: String) -> RegistryError { RegistryError(.conflict, reason) }
    static func forbidden(_ reason: String) -> RegistryError { RegistryError(.forbidden, reason) }
}
