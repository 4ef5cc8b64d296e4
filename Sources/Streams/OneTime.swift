import Synchronization

/// A value that comes once, for those who wait for it and those who ask later.
final class OneTime<Value: Sendable>: Sendable {
    private enum State {
        case awaited([CheckedContinuation<Value, Never>])
        case here(Value)
    }

    private let state = Mutex(State.awaited([]))

    func resolve(_ value: Value) {
        let waiting = state.withLock { state in
            guard case .awaited(let waiting) = state else { return [CheckedContinuation<Value, Never>]() }
            state = .here(value)
            return waiting
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let value: Value? = state.withLock { state in
                    switch state {
                    case .here(let value): return value
                    case .awaited(let waiting):
                        state = .awaited(waiting + [continuation])
                        return nil
                    }
                }
                if let value { continuation.resume(returning: value) }
            }
        }
    }
}
