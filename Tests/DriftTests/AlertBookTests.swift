import Drift
import Foundation
import Testing

private func judgement(
    _ findings: (Int, AlertKind, DriftEvent.Severity)..., wavering: Set<AlertKind> = []
) -> WindowJudge.Judgement {
    var judgement = WindowJudge.Judgement(test: WindowTest(threshold: .calibrated, level: 0.1))
    judgement.findings = findings.map {
        WindowJudge.Finding(feature: $0.0, measure: "wasserstein", kind: $0.1, severity: $0.2)
    }
    judgement.wavering = wavering
    return judgement
}

private let features = [("temp", FeatureReport.Family.data), ("pressure", .data), ("score", .prediction)].map
{
    MonitoredFeature(name: $0.0, kind: .numeric, family: $0.1)
}

extension AlertBook {
    fileprivate mutating func observe(_ judgement: WindowJudge.Judgement, hour index: Int64) -> [Change] {
        observe(judgement, features: features, at: at(index * hour))
    }
}

@Suite struct AlertBookTests {
    @Test func `alerts of one kind are one alert, whatever features are to blame`() {
        var book = AlertBook(model: "m", policy: AlertPolicy())
        let fired = book.observe(judgement((1, .data, .warning), (0, .data, .critical)), hour: 1)
        #expect(fired.map(\.kind) == [.data])
        #expect(fired.map(\.transition) == [.fired(since: at(hour), .critical)])
        #expect(book.observe(judgement((0, .data, .critical)), hour: 2).isEmpty)
        #expect(book.statuses.map(\.features) == [["temp"]])
        #expect(book.statuses.map(\.state) == ["firing"])
        #expect(book.statuses.map(\.severity) == [.critical])
        let resolved = book.observe(judgement(), hour: 3)
        #expect(resolved.map(\.transition) == [.resolved(since: at(hour), .critical)])
        #expect(resolved[0].fingerprint == fired[0].fingerprint)
        #expect(book.statuses.map(\.since) == [at(hour)])
    }

    @Test func `kinds live their own lives`() {
        var book = AlertBook(model: "m", policy: AlertPolicy())
        _ = book.observe(judgement((0, .data, .warning), (2, .prediction, .warning)), hour: 1)
        let changes = book.observe(judgement((0, .quality, .warning), wavering: [.data]), hour: 2)
        #expect(changes.map(\.kind) == [.quality, .prediction])
        #expect(
            changes.map(\.transition) == [
                .fired(since: at(2 * hour), .warning), .resolved(since: at(hour), .warning),
            ])
        #expect(
            book.statuses.map { "\($0.kind) \($0.state)" } == [
                "data firing", "prediction resolved", "quality firing",
            ])
    }

    @Test func `fingerprints depend on the model and the identity alone`() {
        func fingerprint(_ model: String, _ kind: AlertKind) -> String? {
            var book = AlertBook(model: model, policy: AlertPolicy())
            return book.observe(judgement((0, kind, .warning)), hour: 1).first?.fingerprint
        }
        // Python: hashlib.sha256(b"flight-delay\0data").hexdigest()[:16]
        #expect(fingerprint("flight-delay", .data) == "59bcf4fe5e6ded4e")
        #expect(
            fingerprint("flight-delay", .measure(feature: "a/b", family: .data, measure: "ks"))
                == "9d68ca936356eab5")
        #expect(fingerprint("other", .data) != fingerprint("flight-delay", .data))
        #expect(fingerprint("flight-delay", .share) != fingerprint("flight-delay", .data))
    }

    @Test func `a window of clear rows says nothing of concept and skew`() {
        var book = AlertBook(model: "m", policy: AlertPolicy())
        let blamed = [AlertBook.Blame(feature: "", family: .prediction, measure: "auc")]
        _ = book.observe(.concept(version: "a/b"), .alarming(.warning), blaming: blamed, at: at(hour))
        _ = book.observe(.skew, .alarming(.critical), blaming: [], at: at(hour))
        #expect(book.observe(judgement(), hour: 2).isEmpty)
        #expect(book.statuses.map { "\($0.kind) \($0.state)" } == ["concept firing", "skew firing"])
        #expect(book.statuses.map(\.version) == ["a/b", nil])
        let resolved = book.observe(.concept(version: "a/b"), .clear, blaming: [], at: at(2 * hour))
        #expect(resolved?.transition == .resolved(since: at(hour), .warning))
        #expect(resolved?.blamed == blamed)
    }

    @Test func `a measure's alert resolves under the name it fired with`() {
        let kind = AlertKind.measure(feature: "a/b", family: .prediction, measure: "ks")
        var book = AlertBook(model: "m", policy: AlertPolicy())
        _ = book.observe(judgement((0, kind, .warning)), hour: 1)
        #expect(book.observe(judgement(), hour: 2).map(\.kind) == [kind])
        #expect(kind.name == "prediction")
        #expect(AlertKind.measure(feature: "x", family: .data, measure: "missing_rate").name == "quality")
    }

    @Test func `a pending alert is seen before it fires and forgotten when it clears`() {
        var book = AlertBook(model: "m", policy: AlertPolicy(windowsToFire: 2))
        #expect(book.observe(judgement((0, .data, .warning)), hour: 1).isEmpty)
        #expect(book.statuses.map(\.state) == ["pending"])
        #expect(book.statuses.map(\.features) == [["temp"]])
        #expect(book.observe(judgement(), hour: 2).isEmpty)
        #expect(book.statuses.map(\.state) == ["ok"])
        #expect(book.statuses.map(\.features) == [[]])
    }

    @Test func `its state survives a restart`() throws {
        let policy = AlertPolicy(windowsToFire: 2, windowsToClear: 2, cooldownNanoseconds: day)
        var book = AlertBook(model: "m", policy: policy)
        var stored = book
        let windows = [
            judgement((0, .data, .warning)), judgement((0, .data, .critical), (1, .quality, .warning)),
            judgement(wavering: [.data]), judgement(), judgement(), judgement((0, .data, .warning)),
            judgement(),
        ]
        for (index, window) in windows.enumerated() {
            var restarted = AlertBook(model: "m", policy: policy)
            try restarted.restore(stored.encoded())
            #expect(restarted == stored)
            stored = restarted
            #expect(stored.observe(window, hour: Int64(index)) == book.observe(window, hour: Int64(index)))
            #expect(stored.statuses == book.statuses)
        }
        #expect(book.statuses[0].since == at(hour))
        #expect(throws: (any Error).self) { try book.restore(Data("damaged".utf8)) }
    }
}
