/// How well a regression did on the rows whose truth is known.
package struct RegressionPerformance: Equatable, Sendable {
    package var rows: Int
    /// Rows whose error is no number, which the measures leave out.
    package var unusable: Int
    package var measures: PerformanceMeasures

    /// - Parameter errors: prediction less truth, a row each.
    ///
    /// RMSE's interval is the mean squared error's, normal, with both ends rooted.
    package init(errors: [Double], confidence: Double = 0.95) {
        let z = standardErrors(confidence: confidence)
        let usable = errors.filter(\.isFinite)
        (rows, unusable) = (errors.count, errors.count - usable.count)
        let range = 0...Double.greatestFiniteMagnitude
        measures = PerformanceMeasures(defined: [
            .rmse: IntervalEstimate(meanOf: usable.map { $0 * $0 }, z: z, within: range)?.map {
                $0.squareRoot()
            },
            .mae: IntervalEstimate(meanOf: usable.map(\.magnitude), z: z, within: range),
        ])
    }
}
