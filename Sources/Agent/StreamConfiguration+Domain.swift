import ConfigurationFile
import Drift

extension StreamConfiguration {
    /// How the stream is cut into windows.
    var plan: WindowPlan {
        let (length, step): (WindowLength, WindowLength) =
            switch window.extent {
            case .time(let length, let step):
                (.nanoseconds(length.nanoseconds), .nanoseconds(step.nanoseconds))
            case .rows(let length, let step): (.rows(length), .rows(step))
            }
        return WindowPlan(
            length: length, step: step, offsetNanoseconds: window.offset.nanoseconds,
            latenessNanoseconds: window.lateness.nanoseconds, idleNanoseconds: idleTimeout?.nanoseconds,
            maximumFutureNanoseconds: maxFuture?.nanoseconds ?? .max,
            clock: clock == .event ? .event : .arrival)
    }

    /// How its windows are judged.
    var settings: DriftSettings {
        var settings = DriftSettings()
        (settings.threshold, settings.budget) = (alerts.threshold, alerts.falseAlarms)
        settings.extrapolates = alerts.tail == .t
        settings.minimumSamples = UInt64(window.minSamples)
        settings.effects = alerts.effects
        settings.fixedMeasures = alerts.fixedMeasures
        settings.share = alerts.share
        settings.alerts = AlertPolicy(
            windowsToFire: alerts.fireAfter, windowsToClear: alerts.clearAfter, clearRatio: alerts.clearRatio,
            cooldownNanoseconds: alerts.cooldown.nanoseconds)
        return settings
    }
}
