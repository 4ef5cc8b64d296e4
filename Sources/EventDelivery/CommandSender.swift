import Crypto
import Foundation
import Subprocess

/// Runs a command for each event, which it reads as JSON on its standard input. Exit 0 has taken the event; anything else,
/// or no end in time, is tried again: a command that is cut off before it ends may see an event twice.
package struct CommandSender: EventCarrier {
    private let words: [String]
    private let timeout: Duration

    /// - Parameters:
    ///   - words: the program, by its path or a name to be found on `PATH`, and what it is given; at least one.
    ///   - timeout: so long a command may run; then it, and what it started, is ended.
    package init(_ words: [String], timeout: Duration) {
        precondition(!words.isEmpty, "a command has a program")
        (self.words, self.timeout) = (words, timeout)
    }

    /// Tells commands apart, also those of one program.
    package var name: String {
        "command:\(words[0])#"
            + SHA256.hash(data: Array(words.joined(separator: "\u{0}").utf8)).prefix(4).hexadecimal
    }

    package func carry(_ event: OutgoingEvent) async throws {
        let status = try await withThrowingTaskGroup(of: TerminationStatus?.self) { race in
            race.addTask { try await run(for: event) }
            race.addTask { [timeout] in
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { race.cancelAll() }
            return try await race.next() ?? nil
        }
        switch status {
        case .exited(0): return
        case .exited(let code): throw DeliveryFailure.unavailable("\(words[0]) ended with exit code \(code)")
        case .signaled(let signal): throw DeliveryFailure.unavailable("\(words[0]) ended by signal \(signal)")
        case nil: throw DeliveryFailure.unavailable("\(words[0]) had not ended after \(timeout)")
        }
    }

    private func run(for event: OutgoingEvent) async throws -> TerminationStatus {
        do {
            return try await Subprocess.run(
                configuration(for: event), input: .inputWriter, output: .discarded,
                error: .currentStandardError
            ) { command in
                // A command need not read what it is told.
                _ = try? await command.standardInputWriter.write(Array(event.line))
                try? await command.standardInputWriter.finish()
            }.terminationStatus
        } catch let error as SubprocessError {
            throw DeliveryFailure.unavailable("\(words[0]) cannot be run: \(error)")
        }
    }

    private func configuration(for event: OutgoingEvent) -> Configuration {
        var options = PlatformOptions()
        // What the command started ends with it.
        options.processGroupID = 0
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .seconds(5))
        ]
        let attributes = event.attributes
        return Configuration(
            executable: words[0].contains("/") ? .path(.init(words[0])) : .name(words[0]),
            arguments: Arguments(Array(words.dropFirst())),
            environment: .inherit.updating([
                "LEEWAY_EVENT_ID": event.id, "LEEWAY_EVENT_TYPE": attributes?.type,
                "LEEWAY_EVENT_SUBJECT": attributes?.subject,
            ]), platformOptions: options)
    }
}
