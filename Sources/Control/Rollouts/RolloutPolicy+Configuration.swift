import ConfigurationFile
import Rollouts

extension RolloutPolicy {
    /// Reads what `[rollout]` says of policies.
    init(_ table: ConfigurationTable) {
        self.init()
        let stages = table.tables("stages", Stage.init)
        if table.has("stages") { self.stages = stages }
        isGated = table.flag("gate") ?? isGated
        shadow = table.table("shadow", Shadow.init)
        readErrorRates(table)
        readTimes(table)
        clusters = table.table("clusters", ClusterCounts.init)
        success = table.table("success", Success.init)
        readGuardrails(table)
        floor = table.number("floor", "finite", \.isFinite)
        onInconclusive = table.choice("on_inconclusive", of: OnInconclusive.self) ?? onInconclusive
        approval = table.choices("approval", of: ApprovalStep.self) ?? approval
        holdback = table.number("holdback", "at least 0 and below 1") { (0..<1).contains($0) } ?? holdback
        report(to: table)
    }

    private mutating func readErrorRates(_ table: ConfigurationTable) {
        alpha = table.errorRate("alpha") ?? alpha
        negligible = table.errorRate("negligible") ?? negligible
        sampleRatioAlpha = table.errorRate("sample_ratio_alpha") ?? sampleRatioAlpha
        crossoverLimit =
            table.number("crossover_limit", "at least 0 and below 1") { (0..<1).contains($0) }
            ?? crossoverLimit
        errorBudget = table.table("error_budget") { table in
            let standard = ErrorBudget()
            return ErrorBudget(
                alpha: table.errorRate("alpha") ?? standard.alpha,
                period: table.seconds("period") ?? standard.period)
        }
    }

    private mutating func readTimes(_ table: ConfigurationTable) {
        cluster = table.seconds("cluster", atLeast: 1) ?? cluster
        labelDelay = table.seconds("label_delay") ?? labelDelay
        minimumDuration = table.seconds("minimum_duration") ?? minimumDuration
        maximumDuration = table.seconds("maximum_duration", atLeast: 1) ?? maximumDuration
        silence = table.seconds("silence", atLeast: 1) ?? silence
        baking = table.seconds("baking") ?? baking
        holdbackDuration = table.seconds("holdback_for")
    }

    private mutating func readGuardrails(_ table: ConfigurationTable) {
        func margins(_ name: String) -> [RolloutMetric: Double]? {
            let margins = table.measures(name, of: RolloutMetric.self, "at least 0") { $0 >= 0 }
            return table.has(name) ? margins : nil
        }
        hard = margins("hard") ?? hard
        soft = margins("soft") ?? soft
        latencyLimit = table.number("latency_limit_ms", "above 0") { $0 > 0 && $0.isFinite }
    }

    /// What only the policy as a whole knows; how many candidates there are is not known yet.
    private func report(to table: ConfigurationTable) {
        do { try validate(candidates: 1) } catch { table.report(error.key, error.rule) }
    }
}

extension RolloutPolicy.Stage {
    fileprivate init?(_ table: ConfigurationTable) {
        let share = table.required("share") { name in
            table.number(name, "inside (0, 1)") { $0 > 0 && $0 < 1 }
        }
        guard let share else { return nil }
        self.init(share: share)
        minimumUnits = table.integer("minimum_units", atLeast: 1) ?? minimumUnits
        minimumDuration = table.seconds("minimum_duration") ?? minimumDuration
    }
}

extension RolloutPolicy.Shadow {
    fileprivate init(_ table: ConfigurationTable) {
        self.init()
        isOn = table.flag("on") ?? isOn
        minimumRows = table.integer("minimum_rows", atLeast: 1) ?? minimumRows
        interval = table.seconds("interval", atLeast: 1) ?? interval
    }
}

extension RolloutPolicy.ClusterCounts {
    fileprivate init(_ table: ConfigurationTable) {
        self.init()
        favourable = table.integer("favourable", atLeast: 2) ?? favourable
        harm = table.integer("harm", atLeast: 2) ?? harm
        tightest = table.integer("tightest", atLeast: 1) ?? tightest
    }
}

extension RolloutPolicy.Success {
    fileprivate init(_ table: ConfigurationTable) {
        self.init(.logLoss)
        metric = table.choice("metric", of: RolloutMetric.self) ?? metric
        goal = table.choice("goal", of: GatePolicy.Success.Goal.self) ?? goal
        margin = table.number("margin", "at least 0") { $0 >= 0 && $0.isFinite } ?? margin
    }
}

extension ConfigurationTable {
    fileprivate func errorRate(_ name: String) -> Double? {
        number(name, "above 0 and at most 0.5") { $0 > 0 && $0 <= 0.5 }
    }

    /// A duration of whole seconds.
    fileprivate func seconds(_ name: String, atLeast minimum: Int64 = 0) -> Int64? {
        duration(name, atLeast: .seconds(minimum)).map(\.components.seconds)
    }
}
