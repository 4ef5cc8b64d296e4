import Drift
import Foundation

/// What XGBoost is told: its own parameters by their own names, but for those that the schema and the command line
/// decide.
package struct BoostingParameters: Equatable, Sendable {
    /// Values as XGBoost reads them; `eval_metric` may have several.
    package var given: [String: [String]]

    package init(_ given: [String: [String]] = [:]) { self.given = given }

    /// What is decided elsewhere, and where.
    private static let reserved = [
        "seed": "--seed", "random_state": "--seed", "nthread": "--threads", "n_jobs": "--threads",
        "num_class": "the labels", "num_boost_round": "--rounds", "n_estimators": "--rounds",
        "early_stopping_rounds": "--early-stopping",
    ]

    /// Reads a JSON object of numbers, texts and truth values.
    package static func load(_ path: String) throws -> BoostingParameters {
        let json = Data(try contents(path))
        do {
            let values = try JSONDecoder().decode([String: ParameterValue].self, from: json)
            for name in values.keys.sorted() {
                guard let place = reserved[name] else { continue }
                throw DataProblem("\(path): '\(name)' is decided by \(place), not by the parameters")
            }
            return BoostingParameters(values.mapValues(\.texts))
        } catch let error as DecodingError {
            throw DataProblem(
                "\(path): not an object of numbers, texts and lists of texts: \(error.plainDescription)")
        }
    }

    private var defaults: [String: [String]] { ["tree_method": ["hist"], "booster": ["gbtree"]] }

    /// Everything, sorted by name, so that the same file is the same run.
    ///
    /// - Parameter path: what messages call the parameters.
    func complete(
        _ decision: Decision, seed: UInt32, threads: Int, path: String
    ) throws(DataProblem) -> [(name: String, value: String)] {
        var all = defaults.merging(given) { _, given in given }
        try check(all["booster"] ?? [], ["gbtree", "dart"], "booster", path)
        all["objective"] = [try objective(decision.task, path)]
        all["eval_metric"] = given["eval_metric"] ?? [BoostingParameters.metric(of: decision.task)]
        if decision.task == .multiclass { all["num_class"] = [String(decision.classes.count)] }
        (all["seed"], all["nthread"]) = ([String(seed)], [String(threads)])
        all["validate_parameters"] = ["true"]
        return all.sorted { $0.key < $1.key }.flatMap { name, values in values.map { (name, $0) } }
    }

    private func objective(_ task: ModelSchema.Task, _ path: String) throws(DataProblem) -> String {
        let known =
            switch task {
            case .binary: ["binary:logistic"]
            case .multiclass: ["multi:softprob"]
            case .regression:
                [
                    "reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:squaredlogerror",
                    "reg:gamma", "reg:tweedie", "count:poisson",
                ]
            }
        try check(given["objective"] ?? [], known, "objective", path)
        return given["objective"]?.first ?? known[0]
    }

    private func check(
        _ values: [String], _ known: [String], _ name: String, _ path: String
    ) throws(DataProblem) {
        for value in values where !known.contains(value) {
            throw DataProblem("\(path): '\(name)' is '\(value)'; here it can be \(listed(known))")
        }
    }

    /// What early stopping goes by unless the parameters name another.
    private static func metric(of task: ModelSchema.Task) -> String {
        switch task {
        case .binary: "logloss"
        case .multiclass: "mlogloss"
        case .regression: "rmse"
        }
    }
}

private struct ParameterValue: Decodable {
    let texts: [String]

    init(from decoder: any Decoder) throws {
        if var list = try? decoder.unkeyedContainer() {
            var texts: [String] = []
            while !list.isAtEnd { texts.append(try list.decode(ParameterScalar.self).text) }
            self.texts = texts
        } else {
            texts = [try ParameterScalar(from: decoder).text]
        }
    }
}

private struct ParameterScalar: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let truth = try? container.decode(Bool.self) {
            text = truth ? "true" : "false"
        } else if let whole = try? container.decode(Int.self) {
            text = String(whole)
        } else if let real = try? container.decode(Double.self) {
            text = String(real)
        } else {
            text = try container.decode(String.self)
        }
    }
}
