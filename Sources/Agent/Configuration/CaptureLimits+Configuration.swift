import Capture
import ConfigurationFile

extension CaptureLimits {
    /// Reads a `[stream.capture]`.
    init(_ table: ConfigurationTable) {
        self.init()
        if let rate = table.number("sample", "above 0 and at most 1", { $0 > 0 && $0 <= 1 }) {
            sample = .share(rate)
        }
        if let bytes = table.parsed("max_bytes", as: ByteSize.self)?.bytes {
            if bytes < 1 << 20 { table.report("max_bytes", "must be at least \"1MiB\"") }
            maxBytes = Int64(bytes)
        }
        maxRows = table.integer("max_rows", atLeast: 1).map(Int64.init)
        maxAge = table.duration("max_age", atLeast: .seconds(60))?.nanoseconds ?? maxAge
        labelHorizon = table.duration("label_horizon", atLeast: .seconds(1))?.nanoseconds ?? labelHorizon
    }
}
