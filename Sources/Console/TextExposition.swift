import Drift

/// Metrics in Prometheus's text format 0.0.4.
enum TextExposition {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// Families without samples are left out: to Prometheus they are absent either way.
    static func text(_ families: [MetricFamily]) -> String {
        families.filter { !$0.samples.isEmpty }.map(text).joined()
    }

    private static func text(_ family: MetricFamily) -> String {
        assert(
            family.name.hasSuffix("_total") == (family.kind == .counter),
            "a counter's name ends in _total, a gauge's does not: \(family.name)")
        let header = """
            # HELP \(family.name) \(escaped(help: family.help))
            # TYPE \(family.name) \(family.kind.rawValue)

            """
        return family.samples.reduce(into: header) { text, sample in
            text += "\(family.name)\(labels(sample)) \(number(sample.value))\n"
        }
    }

    private static func labels(_ sample: MetricFamily.Sample) -> String {
        guard !sample.labels.isEmpty else { return "" }
        let pairs = sample.labels.map { "\($0.name)=\"\(escaped(label: $0.value))\"" }
        return "{\(pairs.joined(separator: ","))}"
    }

    /// The shortest text that reads back as the same double; whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map(String.init) ?? "\(value)"
    }

    private static func escaped(help: String) -> String {
        help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    private static func escaped(label: String) -> String {
        escaped(help: label).replacing("\"", with: "\\\"")
    }
}
