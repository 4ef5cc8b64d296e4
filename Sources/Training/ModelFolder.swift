import Drift
import Foundation
import Glibc
package import XGBoost

/// A model on disk: the payload, the manifest beside it, and what MLflow needs to predict with it.
package struct ModelFolder: Equatable, Sendable {
    package let path: String

    package init(_ path: String) {
        let end = path.lastIndex { $0 != "/" }
        self.path = end.map { String(path[...$0]) } ?? path
    }

    // MARK: Writing

    /// Throws when something is there that would be overwritten.
    package func checkIsFree() throws(DataProblem) {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
        let names = try? FileManager.default.contentsOfDirectory(atPath: path)
        guard isFolder.boolValue, names?.isEmpty ?? false else {
            throw DataProblem("\(path): is there already: name a folder that is not, or an empty one")
        }
    }

    /// Writes the folder, which is there in full or not at all.
    func write(_ payload: Payload, _ manifest: Manifest, _ mlflow: MLflowFiles) throws {
        let partial = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
        let files = FileManager.default
        defer { try? files.removeItem(atPath: partial) }
        for file in Payload.File.allCases {
            try write(payload[file], to: "\(partial)/\(file.rawValue)")
        }
        try write(canonicalJSON(manifest), to: "\(partial)/\(Manifest.fileName)")
        for file in try mlflow.contents() { try write(file.text, to: "\(partial)/\(file.path)") }
        guard unsafe rename(partial, path) == 0 else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    // MARK: Reading

    /// Reads a model and checks that its files belong together.
    package func load() throws -> StoredModel {
        let manifest = try decode(Manifest.self, Manifest.fileName)
        guard manifest.version == Manifest.knownVersion else {
            throw DataProblem(
                "\(path)/\(Manifest.fileName): its version is \(manifest.version), this program reads 1")
        }
        let payload = try Payload(
            model: read(.model), encoder: read(.encoder), schema: read(.schema), threshold: read(.threshold))
        try check(payload, manifest)
        return try StoredModel(
            payload: payload, encoder: decode(FeatureEncoder.self, Payload.File.encoder.rawValue),
            decision: decode(Decision.self, Payload.File.threshold.rawValue),
            schema: decode(ModelSchema.self, Payload.File.schema.rawValue), path: path)
    }

    private func read(_ file: Payload.File) throws(DataProblem) -> [UInt8] {
        try contents("\(path)/\(file.rawValue)")
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        let json = Data(try contents("\(path)/\(name)"))
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            return try decoder.decode(type, from: json)
        } catch let error as DecodingError {
            throw DataProblem("\(path)/\(name): cannot be read: \(error.plainDescription)")
        }
    }

    private func check(_ payload: Payload, _ manifest: Manifest) throws(DataProblem) {
        for file in Payload.File.allCases {
            let recorded = manifest.files.first { $0.name == file.rawValue }?.sha256
            guard recorded == payload.digest(of: file) else {
                throw DataProblem(
                    "\(path)/\(file.rawValue): is not the file the manifest records (SHA-256 \(recorded ?? "unknown")): "
                        + "fetch the model again")
            }
        }
    }
}

/// A model that was read: its trees, and what its numbers mean.
package struct StoredModel: Sendable {
    package let payload: Payload
    package let encoder: FeatureEncoder
    package let decision: Decision
    package let trees: SavedModel

    fileprivate init(
        payload: Payload, encoder: FeatureEncoder, decision: Decision, schema: ModelSchema, path: String
    ) throws {
        guard encoder.version == FeatureEncoder.knownVersion, decision.version == Decision.knownVersion else {
            throw DataProblem("\(path): its encoder or threshold is of a version this program does not read")
        }
        guard encoder.features.map(\.name) == schema.features.map(\.name) else {
            throw DataProblem(
                "\(path): encoder.json and schema.json have different features: they are of two models")
        }
        do {
            trees = try SavedModel(payload[.model])
        } catch {
            throw DataProblem("\(path)/\(Payload.File.model.rawValue): \(error)")
        }
        (self.payload, self.encoder, self.decision) = (payload, encoder, decision)
        try checkTrees(path)
    }

    private func checkTrees(_ path: String) throws {
        let booster = try booster(threads: 1)
        guard try booster.columns().map(\.name) == encoder.features.map(\.name) else {
            throw DataProblem(
                "\(path): model.ubj and encoder.json have different features: they are of two models")
        }
        let outputs = try booster.predict(
            Array(repeating: .nan, count: encoder.features.count), columns: encoder.features.count)
        guard outputs.count == decision.outputs else {
            throw DataProblem(
                "\(path): model.ubj answers with \(outputs.count) numbers, threshold.json has \(decision.outputs)"
            )
        }
    }

    func booster(threads: Int) throws(XGBoostError) -> Booster { try Booster.load(trees, threads: threads) }
}
