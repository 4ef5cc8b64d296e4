import Drift
import Statistics
import Testing

/// A report of one measure: realised beside the reference's, both with so wide an interval.
private func report(
    _ metric: PerformanceMetric, _ value: Double, reference: Double, margin: Double = 0.01,
    labelled: UInt64 = 1000
) -> PerformanceReport {
    func figure(_ value: Double) -> PerformanceMeasures {
        [metric: IntervalEstimate(value, lower: value - margin, upper: value + margin)]
    }
    return PerformanceReport(
        model: "m", version: "3", window: WindowSummary(start: at(0), end: at(hour), rows: 2000),
        maturity: .init(sampledRows: 2000, labelledRows: labelled), realised: figure(value),
        reference: ReferencePerformance(rows: 5000, measures: figure(reference)), referenceID: "sha256:1")
}

@Suite struct ConceptPolicyTests {
    private struct Case {
        var metric: PerformanceMetric
        var value: Double
        var reference: Double
        var signal: AlertSignal?
    }

    @Test func `worse, surely and by enough, is an alarm`() {
        let cases = [
            Case(metric: .auc, value: 0.70, reference: 0.75, signal: .alarming(.warning)),
            Case(metric: .auc, value: 0.60, reference: 0.75, signal: .alarming(.critical)),
            Case(metric: .auc, value: 0.80, reference: 0.75, signal: .clear),
            Case(metric: .auc, value: 0.73, reference: 0.75, signal: .clear),
            Case(metric: .logLoss, value: 0.60, reference: 0.50, signal: .alarming(.warning)),
            Case(metric: .logLoss, value: 0.64, reference: 0.50, signal: .alarming(.critical)),
            Case(metric: .logLoss, value: 0.53, reference: 0.50, signal: .clear),
            Case(metric: .logLoss, value: 0.30, reference: 0.50, signal: .clear),
            Case(metric: .calibrationError, value: 0.10, reference: 0.05, signal: .alarming(.warning)),
            Case(metric: .rmse, value: 2, reference: 1, signal: .alarming(.critical)),
            // Recall describes; it is not asked.
            Case(metric: .recall, value: 0.1, reference: 0.9, signal: nil),
        ]
        for example in cases {
            let judgement = ConceptPolicy().judge(
                report(example.metric, example.value, reference: example.reference))
            #expect(judgement.signal == example.signal, "\(example)")
        }
    }

    @Test func `a large difference that chance explains is none`() {
        let judgement = ConceptPolicy().judge(report(.auc, 0.60, reference: 0.75, margin: 0.2))
        #expect(judgement.signal == .clear)
    }

    @Test func `below its limit by less than the clear ratio asks, a measure wavers`() {
        let nearly = report(.auc, 0.722, reference: 0.75)
        #expect(ConceptPolicy().judge(nearly, clearRatio: 0.9).signal == .wavering)
        #expect(ConceptPolicy().judge(nearly, clearRatio: 1).signal == .clear)
    }

    @Test func `few labels, no reference or no interval say nothing`() {
        #expect(ConceptPolicy().judge(report(.auc, 0.5, reference: 0.75, labelled: 199)).signal == nil)
        var alone = report(.auc, 0.5, reference: 0.75)
        alone.measures[.auc]?.difference = nil
        #expect(ConceptPolicy().judge(alone).signal == nil)
        var bare = report(.auc, 0.5, reference: 0.75)
        bare.measures[.auc]?.difference = IntervalEstimate(-0.25)
        #expect(ConceptPolicy().judge(bare).signal == nil)
    }

    @Test func `findings come with the worst first`() {
        var both = report(.auc, 0.70, reference: 0.75)
        both.measures.merge(report(.logLoss, 1.5, reference: 0.5).measures) { a, _ in a }
        let judgement = ConceptPolicy().judge(both)
        #expect(judgement.findings.map(\.metric) == [.logLoss, .auc])
        #expect(judgement.findings.map(\.severity) == [.critical, .warning])
        #expect(judgement.signal == .alarming(.critical))
    }

    @Test func `accuracy decides where there are no scores, and only there`() {
        var classes = report(.accuracy, 0.7, reference: 0.9)
        #expect(ConceptPolicy().judge(classes).signal == .alarming(.critical))
        classes.measures.merge(report(.auc, 0.75, reference: 0.75).measures) { a, _ in a }
        #expect(ConceptPolicy().judge(classes).signal == .clear)
    }

    @Test func `a reference that was perfect leaves no share to be worse by, and any sure loss alarms`() {
        let judgement = ConceptPolicy().judge(report(.rmse, 0.1, reference: 0))
        #expect(judgement.signal == .alarming(.critical))
    }

    @Test func `a change of concept in drawn labels is found, and their sameness is not`() {
        var generator = SplitMix64(state: 7)
        func outcomes(_ rows: Int, swapped: Bool) -> BinaryOutcomes {
            var outcomes = BinaryOutcomes()
            for _ in 0..<rows {
                let score = Double.random(in: 0...1, using: &generator)
                let isPositive = Double.random(in: 0...1, using: &generator) < (swapped ? 1 - score : score)
                outcomes.append(isPositive: isPositive, score: score, predicted: score >= 0.5)
            }
            return outcomes
        }
        let reference = ReferencePerformance(outcomes(5000, swapped: false))
        func alarms(swapped: Bool) -> Int {
            (0..<200).count { _ in
                let window = outcomes(300, swapped: swapped)
                let report = PerformanceReport(
                    model: "m", version: "1", window: WindowSummary(start: at(0), end: at(hour)),
                    maturity: .init(sampledRows: 300, labelledRows: 300),
                    realised: ClassificationPerformance(window).measures, reference: reference)
                return ConceptPolicy().judge(report).findings.isEmpty == false
            }
        }
        #expect(alarms(swapped: true) == 200)
        // One-sided 2.5 % for each of three measures that go together.
        #expect(alarms(swapped: false) <= 15)
    }
}
