import ConfigurationFile

extension ConfigurationTable {
    /// Numbers by the metric that they are about.
    func measures<Metric>(
        _ name: String, of metrics: Metric.Type, _ rule: String, _ keeps: @escaping (Double) -> Bool
    ) -> [Metric: Double]
    where Metric: RawRepresentable & CaseIterable & Hashable, Metric.RawValue == String {
        table(name) { table in
            let pairs = metrics.allCases.compactMap { metric in
                table.number(metric.rawValue, rule) { $0.isFinite && keeps($0) }.map { (metric, $0) }
            }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
    }
}
