import ConfigurationFile
import Drift
import Retraining

extension RetrainSchedule {
    /// Reads a `[[registry.schedule]]`; `nil` when it lacks what it cannot do without.
    init?(_ table: ConfigurationTable) {
        let model = table.required("model", table.nonEmptyText)
        let every = table.required("every") { table.duration($0, atLeast: .seconds(60)) }
        let offset = table.duration("offset") ?? .zero
        guard let model, let every else { return nil }
        if offset >= every { table.report("offset", "must be less than every") }
        self.init(model: model, period: every.nanoseconds, offset: offset.nanoseconds)
    }

    /// Reads all of `[registry]`; a model has one.
    static func all(in table: ConfigurationTable) -> [RetrainSchedule] {
        var models: Set<String> = []
        return table.tables("schedule") { table in
            let schedule = RetrainSchedule(table)
            if let schedule, !models.insert(schedule.model).inserted {
                table.report("model", "\"\(schedule.model)\" has a [[registry.schedule]] already")
            }
            return schedule
        }
    }
}
