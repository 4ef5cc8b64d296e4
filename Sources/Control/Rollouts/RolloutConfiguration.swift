import ConfigurationFile
package import Rollouts

/// How rollouts are run: `[rollout]`.
package struct RolloutConfiguration: Equatable, Sendable {
    /// Whether a candidate that has passed the gate is held against the champion without anyone asking for it.
    package var isAutomatic = false
    /// From one tick to the next.
    package var interval = Duration.seconds(10)
    /// While there is such a file, no candidate serves.
    package var killSwitch: String?
    /// Of rollouts that are started without one of their own.
    package var policy = RolloutPolicy()

    package init() {}

    init(_ table: ConfigurationTable) {
        self.init()
        isAutomatic = table.flag("automatic") ?? isAutomatic
        interval = table.duration("tick", atLeast: .milliseconds(100)) ?? interval
        killSwitch = table.path("kill_switch")
        policy = RolloutPolicy(table)
    }
}
