import Synchronization

/// Work for a thread that is busy with something else, picked up when it has a moment. Once closed, work is
/// done at once by whoever brings it, and told that there is nothing left to do it on.
final class Mailbox<Recipient>: Sendable {
    typealias Command = @Sendable (borrowing Recipient?) -> Void

    private struct State: Sendable {
        var commands: [Command] = []
        var isOpen = true
    }

    private let state = Mutex(State())

    func post(_ command: @escaping Command) {
        let isPosted = state.withLock { state in
            if state.isOpen { state.commands.append(command) }
            return state.isOpen
        }
        if !isPosted { command(nil) }
    }

    func takeAll() -> [Command] {
        state.withLock { state in
            defer { state.commands.removeAll() }
            return state.commands
        }
    }

    func close() {
        let late = state.withLock { state in
            state.isOpen = false
            defer { state.commands.removeAll() }
            return state.commands
        }
        for command in late { command(nil) }
    }
}
