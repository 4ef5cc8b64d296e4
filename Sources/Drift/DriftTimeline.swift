/// A model's newest windows, feature by feature: what a heat map shows, held in memory so that drawing it reads no reports.
///
/// A window of 500 features takes 26 KB.
package struct DriftTimeline: Sendable {
    /// Windows that are held.
    package static let capacity = 200
    /// All that can be asked for, beside `primary` and `score`.
    package static let measures = EffectSizes.measures

    package struct Feature: Hashable, Sendable {
        package var name: String
        package var family: FeatureReport.Family
        package var kind: Drift.Feature.Kind
        /// What `primary` stands for.
        package var measure: String
    }

    package struct Window: Sendable {
        package var summary: WindowSummary
        package var verdict: DriftReport.Verdict
        package var pValue: Double?
        package var reference: String
        fileprivate var criticalScore: Double?
        fileprivate var features: [Feature]
        /// Feature by feature, each measure's value and then the score; NaN where there is none.
        fileprivate var values: [Float]
        fileprivate var levels: [DriftLevel]
    }

    package private(set) var windows: [Window] = []
    package let effects: EffectSizes

    package init(effects: EffectSizes) { self.effects = effects }

    /// Takes in a window's report. One that is judged again, or an earlier one, begins the time anew.
    package mutating func append(_ report: DriftReport) {
        windows.removeAll { $0.summary.end >= report.window.end }
        if windows.count >= DriftTimeline.capacity {
            windows.removeFirst(windows.count - DriftTimeline.capacity + 1)
        }
        append(Window(report, effects))
    }

    /// These windows, and then those of another, which counts where both have one.
    package func followed(by other: DriftTimeline) -> DriftTimeline {
        var all = self
        if let first = other.windows.first { all.windows.removeAll { $0.summary.end >= first.summary.end } }
        for window in other.windows { all.append(window) }
        all.windows.removeFirst(max(0, all.windows.count - DriftTimeline.capacity))
        return all
    }

    private mutating func append(_ window: Window) {
        var window = window
        // Equal lists share their memory.
        if let last = windows.last, last.features == window.features { window.features = last.features }
        windows.append(window)
    }
}

extension DriftTimeline.Window {
    fileprivate init(_ report: DriftReport, _ effects: EffectSizes) {
        (summary, verdict, reference) = (report.window, report.verdict, report.reference)
        (pValue, criticalScore) = (report.test?.pValue, report.test?.criticalScore)
        features = report.features.map {
            DriftTimeline.Feature(name: $0.name, family: $0.family, kind: $0.kind, measure: $0.shownMeasure)
        }
        levels = report.features.map { report.level(of: $0, effects) }
        values = report.features.flatMap { feature in
            DriftTimeline.measures.map { Float(feature.measures[$0]?.value ?? .nan) }
                + [Float(feature.score ?? .nan)]
        }
    }

    /// The value of a feature in a column of ``values``.
    fileprivate func value(_ feature: Int, _ column: Int) -> Float {
        values[feature * (DriftTimeline.measures.count + 1) + column]
    }
}

// MARK: - What is shown

extension DriftTimeline {
    package enum Measure: Equatable, Sendable {
        /// That which decides about the feature.
        case primary
        /// The standardised drift score, where thresholds are calibrated.
        case score
        case named(String)

        package init?(_ name: String) {
            switch name {
            case "primary": self = .primary
            case "score": self = .score
            case _ where DriftTimeline.measures.contains(name): self = .named(name)
            default: return nil
            }
        }
    }

    /// A feature through all windows that are shown.
    package struct Row: Sendable {
        package var feature: Feature
        /// What the values are of.
        package var measure: String
        package var limits: EffectSizes.Limits?
        /// One a window; NaN where there is none.
        package var values: [Float]
        package var levels: [DriftLevel]
    }

    /// The rows of the newest `count` windows: features of the newest first, in the reference's order, then those that are no more.
    package func rows(_ measure: Measure, newest count: Int) -> [Row] {
        let shown = windows.suffix(count)
        var (order, known) = ([Feature](), Set<Feature>())
        for window in shown.reversed() where window.features != order {
            for feature in window.features where known.insert(feature).inserted { order.append(feature) }
        }
        let places = shown.map { $0.places }
        return order.map { feature in
            row(feature, measure, Array(zip(shown, places.map { $0[feature] })))
        }
    }

    private func row(_ feature: Feature, _ measure: Measure, _ cells: [(Window, Int?)]) -> Row {
        let name = measure.name(for: feature)
        let column = DriftTimeline.measures.firstIndex(of: name) ?? DriftTimeline.measures.count
        var row = Row(feature: feature, measure: name, limits: effects.limits[name], values: [], levels: [])
        for (window, place) in cells {
            let value = place.map { window.value($0, column) } ?? .nan
            row.values.append(value)
            row.levels.append(place.map { level(window, $0, value, measure, row.limits) } ?? .none)
        }
        return row
    }

    private func level(
        _ window: Window, _ feature: Int, _ value: Float, _ measure: Measure, _ limits: EffectSizes.Limits?
    ) -> DriftLevel {
        let overall = window.levels[feature]
        if measure == .primary || overall == .alarmed || overall == .insufficient { return overall }
        guard !value.isNaN else { return .none }
        if measure == .score { return Double(value) > window.criticalScore ?? .infinity ? .warning : .normal }
        guard let limits, Double(value) >= limits.warning else { return .normal }
        return Double(value) >= limits.critical ? .critical : .warning
    }
}

extension DriftTimeline.Measure {
    fileprivate func name(for feature: DriftTimeline.Feature) -> String {
        switch self {
        case .primary: feature.measure
        case .score: "score"
        case .named(let name): name
        }
    }
}

extension DriftTimeline.Window {
    fileprivate var places: [DriftTimeline.Feature: Int] {
        Dictionary(features.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
