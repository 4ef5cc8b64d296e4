import Drift
import Foundation

extension TableComparison {
    /// As a person reads it: a table of all measures, and a sentence.
    var text: String {
        let drifted = features.filter(\.drifted).map(\.name)
        let summary =
            drifted.isEmpty
            ? "No feature has drifted."
            : "\(drifted.count) of \(features.count) features drifted: \(drifted.joined(separator: ", "))"
                .alarming
        let unknown =
            unknownFeatures.isEmpty
            ? "" : " Not in the reference: \(unknownFeatures.joined(separator: ", "))."
        return "\(measures.description)\n\n\(reference.rows) reference rows, "
            + "\(current.rows) current rows. \(summary)\(unknown)"
    }

    private var measures: TextTable {
        var table = TextTable([
            ("FEATURE", .left), ("KIND", .left), ("MEASURE", .left), ("VALUE", .right), ("P", .right),
            ("Q", .right), ("ERROR", .right), ("VERDICT", .left),
        ])
        for feature in features {
            for (index, name) in feature.orderedMeasures.enumerated() {
                guard let measure = feature.measures[name] else { continue }
                let verdict = index > 0 ? "" : feature.drifted ? "drifted" : "ok"
                table.add([
                    index == 0 ? feature.name : "", index == 0 ? feature.kind.rawValue : "", name,
                    brief(measure.value), measure.pValue.map(brief) ?? "", measure.qValue.map(brief) ?? "",
                    measure.errorBound.map(brief) ?? "", verdict,
                ])
            }
        }
        return table
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension FeatureReport {
    /// The primary measure first, then the others as they are usually read.
    fileprivate var orderedMeasures: [String] {
        let order = [
            primary, "wasserstein", "psi", "js", "hellinger", "tv", "linf", "cramers_v", "missing_rate",
            "out_of_range_rate", "unseen_rate",
        ]
        return order.filter { measures[$0] != nil }
    }
}
