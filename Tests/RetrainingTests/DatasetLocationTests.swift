import Drift
import Retraining
import Testing

@Suite struct DatasetLocationTests {
    private static let id = String(repeating: "0a", count: 32)

    @Test func `a training set is named by its digits, a file by its absolute path`() {
        #expect(DatasetLocation(uri: "datasets:/" + Self.id.uppercased()) == .kept(id: Self.id))
        #expect(DatasetLocation(uri: "/data/rows.csv") == .file(path: "/data/rows.csv"))
        #expect(DatasetLocation.kept(id: Self.id).uri == "datasets:/" + Self.id)
    }

    @Test(arguments: [
        "", "rows.csv", "datasets:/0a", "datasets:/" + DatasetLocationTests.id + "0", "s3://bucket/rows.csv",
        "http://host/rows.csv", "/data/\u{0}", "/" + String(repeating: "a", count: 2000),
    ])
    func `nothing else is a place`(uri: String) {
        #expect(DatasetLocation(uri: uri) == nil)
        let request = RetrainRequest(
            model: "m", cause: RetrainCause(trigger: .manual, reason: "why"), dataset: .init(uri: uri))
        let error = #expect(throws: RetrainRequestError.self) { try request.check() }
        #expect(error?.field == "dataset.uri")
    }

    @Test func `the digest is that of the training set`() throws {
        var request = RetrainRequest(
            model: "m", cause: RetrainCause(trigger: .manual, reason: "why"), dataset: .init(keptAs: Self.id))
        try request.check()
        request.dataset?.sha256 = String(repeating: "1", count: 64)
        let error = #expect(throws: RetrainRequestError.self) { try request.check() }
        #expect(error?.field == "dataset.sha256")
    }
}
