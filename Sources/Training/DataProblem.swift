/// What is wrong with the data, the schema or the parameters that someone gave: what, where, and what to do.
package struct DataProblem: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

/// The first few of them, and how many more there are.
func listed(_ names: some Collection<String>, shown: Int = 8) -> String {
    let rest = names.count > shown ? " and \(names.count - shown) more" : ""
    return names.prefix(shown).map { "'\($0)'" }.joined(separator: ", ") + rest
}
