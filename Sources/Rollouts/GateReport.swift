package import Statistics

/// What the gate found: the verdict, why, and every number it rests on.
package struct GateReport: Codable, Equatable, Sendable {
    package enum Verdict: String, Codable, Sendable {
        /// Everything that the policy asks for is shown.
        case pass
        /// Something that the policy asks for is shown not to hold.
        case fail
        /// The rows at hand show neither.
        case inconclusive
    }

    /// One figure of both models on the same rows.
    package struct Measure: Codable, Equatable, Sendable {
        package var candidate: IntervalEstimate?
        package var champion: IntervalEstimate?
        /// Candidate less champion, paired: of the same draws.
        package var difference: IntervalEstimate?
        package var higherIsBetter: Bool

        package enum CodingKeys: String, CodingKey {
            case candidate, champion, difference
            case higherIsBetter = "higher_is_better"
        }
    }

    /// One thing that the policy asks for.
    package struct Check: Codable, Equatable, Sendable {
        package enum Kind: String, Codable, Sendable {
            /// Enough rows and clusters.
            case size
            /// An absolute value.
            case floor
            /// Better than the champion, or not worse.
            case success
            /// More than another seed would have brought.
            case retrainNoise = "retrain_noise"
            /// Not worse than the champion.
            case `guard`
            /// No harm in a part of the rows.
            case slice
        }

        package enum Outcome: String, Codable, Sendable {
            case holds, broken, undecided
        }

        package var kind: Kind
        package var metric: PerformanceMetric?
        package var slice: String?
        package var outcome: Outcome
        /// A sentence.
        package var reason: String
    }

    package struct Slice: Codable, Equatable, Sendable {
        package var name: String
        package var rows: Int
        package var clusters: Int
        /// False where there are too few rows or clusters, or a class has none.
        package var isJudged: Bool
        /// Of the success metric, at `confidence`.
        package var measure: Measure?
        /// The policy's, shared among the slices that are judged (Bonferroni).
        package var confidence: Double

        package enum CodingKeys: String, CodingKey {
            case name, rows, clusters, measure, confidence
            case isJudged = "is_judged"
        }
    }

    /// Tests that take rows for independent of one another: shown beside, and no part of the verdict.
    package struct ByRow: Codable, Equatable, Sendable {
        package struct DeLong: Codable, Equatable, Sendable {
            /// Of the areas under the ROC curve, candidate less champion.
            package var difference: IntervalEstimate
            package var z: Double?
            package var pValue: Double?

            package enum CodingKeys: String, CodingKey {
                case difference, z
                case pValue = "p_value"
            }
        }

        package struct McNemar: Codable, Equatable, Sendable {
            package var onlyChampionRight: Int
            package var onlyCandidateRight: Int
            package var exactPValue: Double
            package var midPValue: Double
            package var chiSquared: Double
            package var chiSquaredPValue: Double

            package enum CodingKeys: String, CodingKey {
                case onlyChampionRight = "only_champion_right"
                case onlyCandidateRight = "only_candidate_right"
                case exactPValue = "exact_p_value"
                case midPValue = "mid_p_value"
                case chiSquared = "chi_squared"
                case chiSquaredPValue = "chi_squared_p_value"
            }
        }

        package var delong: DeLong?
        package var mcnemar: McNemar?
    }

    /// At most 100 points a curve.
    package struct Plots: Codable, Equatable, Sendable {
        package struct Curves: Codable, Equatable, Sendable {
            package var roc: ROCCurve?
            /// `nil` where scores are no probabilities.
            package var calibration: CalibrationCurve?
        }

        package var candidate: Curves
        package var champion: Curves?
    }

    /// How often rows have judged candidates of the model already: with each time a candidate that passes is more likely
    /// to be one that was lucky on just these rows. C. Dwork et al., "The reusable holdout", Science 349, 2015.
    package struct HoldoutReuse: Codable, Equatable, Sendable {
        /// Before this one, on these very rows.
        package var before: Int
        /// Before this one, on others of the same time, at least in part.
        package var overlapping: Int

        package init(before: Int, overlapping: Int) {
            (self.before, self.overlapping) = (before, overlapping)
        }
    }

    package var verdict: Verdict
    /// Sentences: of what is broken, else of what is undecided, else of all that holds.
    package var reasons: [String]
    package var task: GateTask
    package var rows: Int
    package var clusters: Int
    package var policy: GatePolicy
    package var measures: [PerformanceMetric: Measure]
    package var checks: [Check]
    package var slices: [Slice]
    package var retrainNoise: RetrainNoise?
    package var byRow: ByRow?
    /// Binary models only.
    package var plots: Plots?
    /// `nil` where nobody has counted.
    package var holdout: HoldoutReuse?

    package enum CodingKeys: String, CodingKey {
        case verdict, reasons, task, rows, clusters, policy, measures, checks, slices, plots, holdout
        case retrainNoise = "retrain_noise"
        case byRow = "by_row"
    }
}
