import Foundation
import XGBoost

/// What Python's XGBoost predicts with the models it saved: `tools/golden/xgboost_models.py`.
struct Golden: Decodable, Sendable {
    struct Case: Decodable, Sendable {
        let model: String
        let predictions: [Float]
    }

    let columns: [String]
    let rows: [[Float?]]
    let cases: [Case]

    var values: [Float] { rows.flatMap { $0.map { $0 ?? .nan } } }

    static func load(_ release: String) throws -> Golden {
        try JSONDecoder().decode(Golden.self, from: Data(try bytes("predictions-\(release).json")))
    }

    /// A file of the folder.
    static func bytes(_ name: String) throws -> [UInt8] {
        let folder = Bundle.module.resourceURL?.appending(path: "Golden")
        guard let file = folder?.appending(path: name) else { throw CocoaError(.fileNoSuchFile) }
        return Array(try Data(contentsOf: file))
    }
}
