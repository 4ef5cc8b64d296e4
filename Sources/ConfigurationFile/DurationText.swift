extension Duration: ConfigurationText {
    package static var form: String { "a duration such as \"10m\" or \"1h30m\"" }

    /// Numbers with their units, added up: `w`, `d`, `h`, `m`, `s`, `ms`, `us`, `ns`. At most a century.
    package init(configuration text: String) throws(MalformedText) {
        guard let nanoseconds = sum(of: text) else {
            throw .expected(Duration.form, found: text)
        }
        self = .nanoseconds(nanoseconds)
    }

    /// The whole number of nanoseconds; every duration of a configuration is one.
    package var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }

    /// As it is written in a configuration: `1h30m`.
    package var configurationText: String {
        var rest = nanoseconds
        var text = ""
        for (unit, length) in units where rest >= length {
            text += "\(rest / length)\(unit)"
            rest %= length
        }
        return text.isEmpty ? "0s" : text
    }
}

private let units: [(name: String, nanoseconds: Int64)] = [
    ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
    ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000), ("ns", 1),
]

private let century: Int64 = 36_525 * 86_400_000_000_000

/// In nanoseconds.
private func sum(of text: String) -> Int64? {
    var rest = text[...]
    var total: Int64 = 0
    repeat {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        let unit = rest[digits.endIndex...].prefix { $0.isLetter }
        guard let count = Int64(digits), let length = units.first(where: { $0.name == unit })?.nanoseconds,
            count <= (century - total) / length
        else { return nil }
        total += count * length
        rest = rest[unit.endIndex...]
    } while !rest.isEmpty
    return total
}
