/// How a model's windows are judged.
package struct DriftSettings: Equatable, Sendable {
    package var threshold = WindowTest.Threshold.calibrated
    package var budget = FalseAlarmBudget.perPeriod(count: 1, period: .week)
    /// Rank among the blocks, or extrapolate beyond them by Student's t.
    package var extrapolates = false
    /// A window with fewer rows is `insufficient`.
    package var minimumSamples: UInt64 = 200
    package var effects = EffectSizes.standard
    /// The measures that alert on their own when the threshold is `fixed`.
    package var fixedMeasures: [String] = ["ks", "psi", "tv", "missing_rate", "unseen_rate"]
    /// The share of drifted features from which the model as a whole alerts (`fixed` only), in (0, 1].
    package var share = 0.5
    package var alerts = AlertPolicy()

    package init() {}
}

/// Why a reference cannot support the settings.
package enum CalibrationError: Error, Equatable, CustomStringConvertible {
    case noBlocks
    case blockLength(
        reference: WindowLength, referenceOffset: Int64, window: WindowLength, windowOffset: Int64)
    case unknownRate(FalseAlarmBudget)
    case tooFewBlocks(budget: FalseAlarmBudget, level: Double, needed: Int, blocks: Int, attainable: String)

    package var description: String {
        switch self {
        case .noBlocks:
            "threshold \"calibrated\" ranks windows among blocks of the reference, and this one has none; "
                + "build it with a time column, or set threshold = \"iid\" if rows are independent"
        case .blockLength(let reference, let referenceOffset, let window, let windowOffset):
            "the reference has blocks of \(reference) at offset \(WindowLength.nanoseconds(referenceOffset)), "
                + "the window is \(window) at offset \(WindowLength.nanoseconds(windowOffset)); build the "
                + "reference with --window \(window.argument) --offset \(WindowLength.nanoseconds(windowOffset))"
        case .unknownRate(let budget):
            "how many windows of rows there are in the period of \"\(budget)\" is not known, since the "
                + "reference has no times; say \"1 per 1000 windows\" instead"
        case .tooFewBlocks(let budget, let level, let needed, let blocks, let attainable):
            "budget \"\(budget)\" judges each window at \(rounded(level)) and needs at least "
                + "⌈1/\(rounded(level))⌉ − 1 = \(needed) reference windows; this reference has \(blocks). "
                + "The nearest budget it supports is \"\(attainable)\"; tail = \"t\" extrapolates instead"
        }
    }
}

extension WindowLength: CustomStringConvertible {
    /// As it is typed after `--window`.
    fileprivate var argument: String { if case .rows(let rows) = self { "\(rows)" } else { description } }

    package var description: String {
        switch self {
        case .rows(let rows): "\(rows) rows"
        case .nanoseconds(let length):
            [
                ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
                ("s", 1_000_000_000),
            ]
            .first { length.isMultiple(of: $0.1) }.map { "\(length / $0.1)\($0.0)" } ?? "\(length)ns"
        }
    }
}

func rounded(_ value: Double, decimals: Int = 3) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    return categoryName((value * scale).rounded() / scale)
}
