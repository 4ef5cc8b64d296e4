import Foundation
import Rollouts
import Statistics
import Testing

@Suite struct GateTests {
    @Test func `a candidate that knows more passes`() throws {
        let report = try Gate(.asking(guards: [.auc: 0.01])).judge(Holdout().rows())
        #expect(report.verdict == .pass, "\(report.reasons)")
        #expect(report.checks.allSatisfy { $0.outcome == .holds })
        #expect(report.reasons.count == report.checks.count)
        #expect(report.rows == 1200 && report.clusters == 30)
    }

    @Test func `a candidate that knows less fails and the report says in what`() throws {
        let rows = try Holdout(championNoise: 0.5, candidateNoise: 2).rows()
        let report = try Gate(.asking(guards: [.auc: 0.01])).judge(rows)
        #expect(report.verdict == .fail)
        #expect(report.outcome(.success) == [.broken] && report.outcome(.guard) == [.broken])
        #expect(report.reasons.count == 2)
        #expect(
            report.reasons[0].hasPrefix("log_loss: the candidate does not beat the champion by more than 0"))
        #expect(
            report.reasons[1].hasPrefix("auc: the candidate is worse than the champion by more than 0.01"))
    }

    @Test func `a candidate that knows as much is neither shown to be better nor worse`() throws {
        let rows = try Holdout(championNoise: 1, candidateNoise: 1).rows()
        #expect(try Gate(.asking()).judge(rows).verdict == .inconclusive)
        #expect(try Gate(.asking(.nonInferior, margin: 0.1)).judge(rows).verdict == .pass)
    }

    @Test func `the champion again does not beat itself, and is not worse`() throws {
        var holdout = Holdout()
        holdout.candidate = holdout.champion
        let report = try Gate(.asking()).judge(holdout.rows())
        #expect(report.verdict == .fail)
        #expect(report.measures[.auc]?.difference == IntervalEstimate(0, lower: 0, upper: 0))
        #expect(report.byRow?.delong?.pValue == 1)
        #expect(report.byRow?.mcnemar?.exactPValue == 1)
        #expect(try Gate(.asking(.nonInferior)).judge(holdout.rows()).verdict == .pass)
    }

    @Test func `figures are those of the whole holdout, and differences those of the figures`() throws {
        let holdout = Holdout()
        let report = try Gate(.asking()).judge(holdout.rows())
        var outcomes = BinaryOutcomes()
        for (score, label) in zip(holdout.candidate, holdout.labels) {
            outcomes.append(isPositive: label == 1, score: score, predicted: score >= 0.5)
        }
        let expected = ClassificationPerformance(outcomes).measures
        #expect(Set(report.measures.keys) == Set(expected.keys))
        for (metric, measure) in report.measures {
            let (candidate, champion) = (try #require(measure.candidate), try #require(measure.champion))
            let difference = try #require(measure.difference)
            #expect(abs(candidate.value - (try #require(expected[metric]).value)) < 1e-12, "\(metric)")
            #expect(difference.value == candidate.value - champion.value)
            #expect(try #require(difference.lower) <= difference.value)
            #expect(try #require(difference.upper) >= difference.value)
        }
    }

    @Test(arguments: [(0.6, GateReport.Verdict.pass), (0.99, .fail)])
    func `the first model of a name is held against floors alone`(
        floor: Double, verdict: GateReport.Verdict
    ) throws {
        let report = try Gate(.asking(auc: floor)).judge(Holdout().first())
        #expect(report.verdict == verdict)
        #expect(Set(report.checks.map(\.kind)) == [.size, .floor])
        #expect(report.measures[.auc]?.champion == nil && report.byRow == nil)
        #expect(report.plots?.champion == nil && report.plots?.candidate.roc != nil)
    }

    @Test func `a floor inside the interval leaves the verdict open`() throws {
        let rows = try Holdout().first()
        let value = try #require(Gate(.asking()).judge(rows).measures[.auc]?.candidate?.value)
        #expect(try Gate(.asking(auc: value)).judge(rows).verdict == .inconclusive)
    }

    @Test func `a floor that the champion misses, too, is told`() throws {
        let report = try Gate(.asking(auc: 0.99)).judge(Holdout().rows())
        #expect(report.reasons.count == 1)
        #expect(report.reasons[0].contains("misses the floor 0.99; the champion's"))
    }

    @Test func `of too few rows or clusters nothing follows, not even harm`() throws {
        for holdout in [Holdout(days: 15, candidateNoise: 4), Holdout(rowsADay: 4, candidateNoise: 4)] {
            let report = try Gate(.asking(auc: 0.99)).judge(holdout.rows())
            #expect(report.verdict == .inconclusive)
            #expect(report.outcome(.floor) == [.broken])
            #expect(report.reasons.count == 1)
            #expect(report.reasons[0].contains("choose a longer one"))
        }
    }

    @Test func `a slice that is surely harmed stops a candidate that is better as a whole`() throws {
        var holdout = Holdout(days: 30, rowsADay: 60)
        let harmed = holdout.labels.indices.filter { $0 % 6 == 0 }
        for row in harmed { holdout.candidate[row] = 1 - holdout.candidate[row] }
        let others = holdout.labels.indices.filter { $0 % 6 != 0 }
        let report = try Gate(.asking(.nonInferior, margin: 1)).judge(
            holdout.rows(),
            slices: [
                GateSlice("origin=JFK", rows: harmed), GateSlice("origin=LGA", rows: others),
                GateSlice("origin=none", rows: Array(others.prefix(50))), GateSlice("empty", rows: []),
            ])
        #expect(report.verdict == .fail)
        #expect(report.outcome(.slice) == [.broken, .holds])
        #expect(report.reasons.count == 1 && report.reasons[0].contains("origin=JFK (300 rows)"))
        #expect(report.slices.map(\.isJudged) == [true, true, false, false])
        #expect(report.slices.allSatisfy { abs($0.confidence - 0.975) < 1e-12 })
    }

    @Test func `an advantage that another seed brings as well is retrain noise`() throws {
        let holdout = Holdout()
        let seeds = [0.2, 2, 1].map { ModelScores(Holdout(candidateNoise: $0).candidate) }
        let report = try Gate(.asking()).judge(holdout.rows(), retrains: seeds)
        #expect(report.outcome(.success) == [.holds], "\(report.checks)")
        #expect(report.verdict == .inconclusive)
        #expect(report.reasons.count == 1 && report.reasons[0].hasSuffix("this is retrain noise"))
    }

    @Test func `an advantage beyond what seeds bring passes`() throws {
        let seeds = [0.99, 1, 1.01].map { ModelScores(Holdout(candidateNoise: $0).candidate) }
        var policy = GatePolicy.asking()
        policy.minimumRetrains = 3
        let report = try Gate(policy).judge(Holdout(candidateNoise: 0.2).rows(), retrains: seeds)
        #expect(report.verdict == .pass, "\(report.reasons)")
        #expect(report.outcome(.retrainNoise) == [.holds])
    }

    @Test func `retrainings that the policy asks for and nobody gave leave the verdict open`() throws {
        var policy = GatePolicy.asking()
        policy.minimumRetrains = 5
        let report = try Gate(policy).judge(Holdout().rows())
        #expect(report.verdict == .inconclusive)
        #expect(
            report.reasons == [
                "log_loss: 0 retrainings of the champion's recipe, and the policy asks for 5: train it with other seeds"
            ])
    }

    @Test func `a report survives being written and read`() throws {
        let rows = try Holdout().rows()
        let report = try Gate(.asking()).judge(
            rows, slices: [GateSlice("all", rows: Array(0..<rows.count))],
            retrains: (0..<3).map { ModelScores(Holdout(seed: 1 + $0).candidate) })
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(GateReport.self, from: data) == report)
        let text = String(decoding: data, as: UTF8.self)
        for key in ["\"log_loss\"", "\"by_row\"", "\"retrain_noise\"", "\"p_value\"", "\"higher_is_better\""]
        {
            #expect(text.contains(key))
        }
        #expect(text.range(of: #""[a-z]+[A-Z]\w*":"#, options: .regularExpression) == nil)
    }

    @Test func `plots have at most 100 points a curve`() throws {
        let plots = try #require(try Gate(.asking()).judge(Holdout().rows()).plots)
        for curves in [plots.candidate, try #require(plots.champion)] {
            #expect((50...100).contains(try #require(curves.roc).points.count))
            #expect((2...100).contains(try #require(curves.calibration).bins.count))
        }
    }

    @Test func `the same rows are judged the same again, in whatever order`() throws {
        let holdout = Holdout()
        var turned = holdout
        turned.labels.reverse()
        turned.champion.reverse()
        turned.candidate.reverse()
        turned.days.reverse()
        let gate = try Gate(.asking())
        let (one, other) = try (gate.judge(holdout.rows()), gate.judge(turned.rows()))
        #expect(try gate.judge(holdout.rows()) == one)
        #expect(one.measures[.auc] == other.measures[.auc] && one.reasons == other.reasons)
    }

    @Test func `a regression is judged by its errors`() throws {
        var random = SplitMix64(state: 5)
        let labels = (0..<900).map { _ in 100 * random.normal() }
        let rows = try GateRows(
            .regression, labels: labels, champion: ModelScores(labels.map { $0 + 5 * random.normal() }),
            candidate: ModelScores(labels.map { $0 + 3 * random.normal() }),
            clusterKeys: labels.indices.map { $0 / 30 })
        let policy = GatePolicy(
            floors: [.rmse: 4], success: .init(.rmse, margin: 1), guards: [.mae: 0], replicates: 400)
        let report = try Gate(policy).judge(rows)
        #expect(report.verdict == .pass, "\(report.reasons)")
        #expect(Set(report.measures.keys) == [.rmse, .mae])
        #expect(report.byRow == nil && report.plots == nil)
    }

    @Test func `classes are judged by decisions`() throws {
        var random = SplitMix64(state: 6)
        let labels = (0..<900).map { _ in Double(Int.random(in: 0..<4, using: &random)) }
        func blur(_ share: Double) -> ModelScores {
            ModelScores(labels.map { Double.random(in: 0..<1, using: &random) < share ? 3 - $0 : $0 })
        }
        let rows = try GateRows(
            .multiclass, labels: labels, champion: blur(0.4), candidate: blur(0.2),
            clusterKeys: labels.indices.map { $0 / 30 })
        let policy = GatePolicy(
            floors: [.accuracy: 0.7], success: .init(.macroF1), guards: [.accuracy: 0], replicates: 400)
        let report = try Gate(policy).judge(rows)
        #expect(report.verdict == .pass, "\(report.reasons)")
        let mcnemar = try #require(report.byRow?.mcnemar)
        #expect(mcnemar.onlyCandidateRight > mcnemar.onlyChampionRight && report.byRow?.delong == nil)
    }
}
