import Capture
import Synchronization

/// Rows whose label has met them, until the detectors take them.
final class LabelInbox: Sendable {
    private let rows = Mutex<[LabelledRow]>([])

    func add(_ labelled: [LabelledRow]) { rows.withLock { $0 += labelled } }

    func take() -> [LabelledRow] {
        rows.withLock { rows in
            defer { rows = [] }
            return rows
        }
    }
}
