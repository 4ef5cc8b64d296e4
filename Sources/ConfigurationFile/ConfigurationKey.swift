/// Where a value stands in a configuration, such as the window's length of the second stream.
struct ConfigurationKey: Hashable {
    enum Step: Hashable {
        case name(String)
        case element(Int)
    }

    private(set) var steps: [Step] = []

    func appending(_ name: String) -> ConfigurationKey { appending(.name(name)) }

    func appending(element index: Int) -> ConfigurationKey { appending(.element(index)) }

    private func appending(_ step: Step) -> ConfigurationKey {
        var longer = self
        longer.steps.append(step)
        return longer
    }

    /// The table or array around the value; `nil` for the document itself.
    var parent: ConfigurationKey? {
        guard !steps.isEmpty else { return nil }
        var shorter = self
        shorter.steps.removeLast()
        return shorter
    }
}

extension ConfigurationKey: CustomStringConvertible {
    /// The names, dotted. Elements have none: their line tells them apart.
    var description: String {
        steps.compactMap { step in
            if case .name(let name) = step { name } else { nil }
        }.joined(separator: ".")
    }
}
