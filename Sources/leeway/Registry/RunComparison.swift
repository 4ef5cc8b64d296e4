import RegistryClient

/// Runs side by side: a row for each parameter and metric, those that differ marked with `*`.
struct RunComparison {
    private let runs: [RunSummary]

    init(_ runs: [RunSummary]) { self.runs = runs }

    var description: String {
        var table = TextTable(
            [("", .left), ("", .left)] + runs.map { (String($0.id.prefix(8)), .right) })
        add("name", runs.map(\.name), to: &table, isMarked: false)
        add("experiment", runs.map(\.experiment), to: &table)
        add("status", runs.map(\.status), to: &table)
        add("params", { run in run.params }, to: &table)
        add("metrics", { run in run.metrics.mapValues { "\($0.value)" } }, to: &table)
        return table.description
    }

    private func add(
        _ section: String, _ values: (RunSummary) -> [String: String], to table: inout TextTable
    ) {
        let all = runs.map(values)
        for key in Set(all.flatMap(\.keys)).sorted() {
            add("\(section).\(key)", all.map { $0[key] ?? "-" }, to: &table)
        }
    }

    private func add(
        _ title: String, _ values: [String], to table: inout TextTable, isMarked: Bool = true
    ) {
        let differs = isMarked && Set(values).count > 1
        table.add(
            [differs ? "*" : "", Terminal.fitted(title, to: 32)] + values.map { Terminal.fitted($0, to: 20) })
    }
}
