import Retraining
import Synchronization

@testable import Registry

/// A registry with a model `m` and some versions of it, each with a file.
struct ServingWorld {
    let registry: Registry
    let time = SettableTime(0)

    init(versions: Int, retrainRules: RetrainRules = RetrainRules()) async throws {
        registry = try Registry(folder: temporaryFolder(), retrainRules: retrainRules, clock: time.read)
        _ = try await registry.createRegisteredModel("m", by: .tester)
        for _ in 0..<versions { _ = try await makeVersion() }
    }

    /// Of the files that versions are made from.
    let origin = ModelVersion.Origin(source: "mlflow-artifacts:/0/model")

    func makeVersion() async throws -> ModelVersion {
        try await uploadFiles()
        return try await registry.createModelVersion(of: "m", from: origin, by: .tester)
    }

    func uploadFiles() async throws {
        let path = try ArtifactPath("0/model/weights.bin")
        let upload = try registry.upload(to: path)
        try await upload.write([1, 2, 3])
        _ = try await registry.put(await upload.finish(), at: path, by: .tester)
    }
}

/// A clock that tests turn.
final class SettableTime: Sendable {
    private let milliseconds: Mutex<Int64>

    init(_ milliseconds: Int64) { self.milliseconds = Mutex(milliseconds) }

    func set(_ value: Int64) { milliseconds.withLock { $0 = value } }

    var read: @Sendable () -> Int64 { { self.milliseconds.withLock { $0 } } }
}

extension Actor {
    static let tester = Actor(name: "tester", client: "test")
}
