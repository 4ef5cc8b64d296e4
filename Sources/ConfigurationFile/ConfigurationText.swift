/// A value written as a string in the configuration, such as a duration or an address.
package protocol ConfigurationText {
    /// What is expected, for messages: `a duration such as "10m"`.
    static var form: String { get }

    init(configuration text: String) throws(MalformedText)
}

/// Why a string is not what it should be.
package struct MalformedText: Error, Equatable {
    package var reason: String

    package init(_ reason: String) { self.reason = reason }

    package static func expected(_ form: String, found text: String) -> MalformedText {
        MalformedText("expected \(form), found \"\(text)\"")
    }
}
