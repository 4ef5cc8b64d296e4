import Drift

/// One feature in one window: all that is known of how its measures came about.
struct CellPage: Encodable {
    var model: String
    var window: WindowSummary
    var verdict: DriftReport.Verdict
    var test: WindowTest?
    var reference: String
    var versions: [String]
    var level: DriftLevel
    var feature: FeatureReport

    init(_ report: DriftReport, _ feature: FeatureReport, _ effects: EffectSizes) {
        (model, window, verdict, test) = (report.model, report.window, report.verdict, report.test)
        (reference, versions) = (report.reference, report.versions)
        (level, self.feature) = (report.level(of: feature, effects), feature)
    }
}
