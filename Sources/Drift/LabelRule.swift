extension AnswerScoring {
    /// A label as the truth about an answer: the text `2.5` as a number where answers are numbers, the text `true` as 1
    /// where classes are 0 and 1.
    ///
    /// - Returns: `nil` for what cannot be the truth about a model of this task.
    package func truth(_ label: Truth) -> Truth? {
        switch (task, label) {
        case (.regression, _): label.number.flatMap { $0.isFinite ? label.asNumber : nil }
        case (.binary, .real), (.multiclass, .real): nil
        case (.multiclass, _): label
        case (.binary, _) where positive == "1": label.asTruthValue
        case (.binary, _): classes.map { $0.contains(label.description) } ?? true ? label : nil
        }
    }

    /// What labels have to be, in words.
    package var labelRule: String {
        switch task {
        case .regression: "labels of a regression are numbers"
        case .multiclass: "labels are the names of classes, or whole numbers"
        case .binary where positive == "1":
            "labels are 0 and 1; where they are names, the schema's prediction.positive says which is the positive class"
        case .binary: "labels are \(classes?.joined(separator: " and ") ?? "the names of classes")"
        }
    }
}

extension Truth {
    /// Text that is a number as that number.
    fileprivate var asNumber: Truth? {
        guard case .category = self else { return self }
        return number.map { value in Int64(exactly: value).map(Truth.integer) ?? .real(value) }
    }

    /// 0 or 1.
    fileprivate var asTruthValue: Truth? {
        guard case .category(let name) = self else {
            return self == .integer(0) || self == .integer(1) ? self : nil
        }
        return switch name.lowercased() {
        case "0", "0.0", "false": .integer(0)
        case "1", "1.0", "true": .integer(1)
        default: nil
        }
    }
}
