import ConfigurationFile
import Registry

extension TrainingSetLimits {
    /// Reads `[registry.datasets]`, but for the limits of inspection.
    init(_ table: ConfigurationTable) {
        let standard = TrainingSetLimits()
        self.init(
            largest: table.parsed("largest", as: ByteSize.self).map { Int64($0.bytes) } ?? standard.largest,
            uploadPatience: table.duration("upload_patience", atLeast: .seconds(60))
                ?? standard.uploadPatience)
    }
}

extension InspectionLimits {
    /// Reads the rest of it.
    init(_ table: ConfigurationTable) {
        let standard = InspectionLimits()
        self.init(
            time: table.duration("inspection_time", atLeast: .seconds(1)) ?? standard.time,
            memory: table.parsed("inspection_memory", as: ByteSize.self)?.bytes ?? standard.memory)
    }
}
