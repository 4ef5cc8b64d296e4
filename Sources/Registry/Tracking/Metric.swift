/// One measurement of a run. `value` may be any double.
package struct Metric: Equatable, Sendable {
    package var key: String
    package var value: Double
    /// Milliseconds since 1970.
    package var timestamp: Int64
    package var step: Int64

    package init(key: String, value: Double, timestamp: Int64, step: Int64) {
        (self.key, self.value, self.timestamp, self.step) = (key, value, timestamp, step)
    }
}

/// A measurement of a logged model, on a dataset where one is named.
package struct ModelMetric: Equatable, Sendable {
    package var metric: Metric
    package var run: String
    package var datasetName: String
    package var datasetDigest: String

    package init(metric: Metric, run: String, datasetName: String = "", datasetDigest: String = "") {
        (self.metric, self.run) = (metric, run)
        (self.datasetName, self.datasetDigest) = (datasetName, datasetDigest)
    }
}
