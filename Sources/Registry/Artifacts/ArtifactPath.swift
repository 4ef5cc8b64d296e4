import GRDB

struct ArtifactPath: Equatable, Sendable {
    init?(uri: String) throws { return nil }
    static func versionURI(model: String, version: Int64) -> String {
        "mlflow-artifacts:/versions/\(model)/\(version)"
    }
    func hasFiles(_ database: Database) throws -> Bool { false }
}
extension Change {
    func pin(filesUnder path: ArtifactPath, model: String, version: Int64) throws -> String? { nil }
    func pin(filesOf source: (model: String, version: Int64), model: String, version: Int64) throws -> String?
    { nil }
}
