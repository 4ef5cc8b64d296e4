import ConfigurationFile

/// How a stream is cut into windows.
package struct WindowConfiguration: Equatable, Sendable {
    /// A window and how far the next one lies behind it. A tumbling window steps by its own length; the
    /// step of a sliding one divides its length, so that panes add up to windows.
    package enum Extent: Equatable, Sendable {
        case time(length: Duration, step: Duration)
        case rows(length: Int, step: Int)
    }

    package var extent: Extent
    /// Where windows of time begin, after midnight UTC.
    package var offset: Duration
    /// How late a row may come after a younger one and still be counted.
    package var lateness: Duration
    /// A window of fewer rows is not judged.
    package var minSamples: Int
}

extension WindowConfiguration {
    fileprivate enum Kind: String, CaseIterable { case tumbling, sliding }

    /// Reads a `[stream.window]`.
    init(_ table: ConfigurationTable) {
        offset = table.duration("offset") ?? .zero
        lateness = table.duration("lateness") ?? .seconds(600)
        minSamples = table.integer("min_samples", atLeast: 1) ?? 200
        extent = Extent(table, kind: table.choice("kind", of: Kind.self) ?? .tumbling)
    }
}

extension WindowConfiguration.Extent {
    fileprivate init(_ table: ConfigurationTable, kind: WindowConfiguration.Kind) {
        table.ignore("length", "rows", "step")
        if table.has("rows") {
            if table.has("length") {
                table.report("rows", "a window has a length or a number of rows, not both")
            }
            self = .rows(table, kind: kind)
        } else {
            self = .time(table, kind: kind)
        }
    }

    private static func time(_ table: ConfigurationTable, kind: WindowConfiguration.Kind) -> Self {
        let length = table.duration("length", atLeast: .seconds(1)) ?? .seconds(86_400)
        let step = table.step(kind, of: length) { table.duration($0, atLeast: .seconds(1)) }
        if length.nanoseconds % step.nanoseconds != 0 {
            table.reportStep(step.configurationText, doesNotDivide: length.configurationText)
        }
        return .time(length: length, step: step)
    }

    private static func rows(_ table: ConfigurationTable, kind: WindowConfiguration.Kind) -> Self {
        let length = table.integer("rows", atLeast: 1) ?? 1
        let step = table.step(kind, of: length) { table.integer($0, atLeast: 1) }
        if length % step != 0 { table.reportStep("\(step)", doesNotDivide: "\(length) rows") }
        return .rows(length: length, step: step)
    }
}

extension ConfigurationTable {
    fileprivate func step<Length>(
        _ kind: WindowConfiguration.Kind, of length: Length, _ read: (String) -> Length?
    ) -> Length {
        switch kind {
        case .sliding: return required("step", read) ?? length
        case .tumbling:
            if has("step") { report("step", "only a sliding window has a step; set kind = \"sliding\"") }
            return length
        }
    }

    fileprivate func reportStep(_ step: String, doesNotDivide length: String) {
        report("step", "must divide the window's length, \(length), was \(step)")
    }
}
