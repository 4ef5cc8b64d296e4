import Dispatch
import Foundation
import Glibc

/// A terminal's second page, which is drawn again and again, and leaves the first as it was.
enum LivePage {
    /// Draws until a person has had enough, which Ctrl-C says.
    ///
    /// - Parameters:
    ///   - next: what is to be shown, after what was.
    ///   - text: its lines.
    static func show<Screen: Sendable>(
        every interval: Duration, from first: Screen,
        next: @escaping @Sendable (Screen) async throws -> Screen,
        text: @escaping @Sendable (Screen) -> String
    ) async throws {
        let drawing = Task {
            var screen = first
            while !Task.isCancelled {
                draw(text(screen))
                try? await Task.sleep(for: interval)
                if !Task.isCancelled { screen = try await next(screen) }
            }
        }
        let interruptions = [SIGINT, SIGTERM].map { interruption($0) { drawing.cancel() } }
        write("\u{1B}[?1049h\u{1B}[?25l")
        defer {
            write("\u{1B}[?25h\u{1B}[?1049l")
            for source in interruptions { source.cancel() }
        }
        try await drawing.value
    }

    private static func interruption(
        _ number: Int32, _ handle: @escaping @Sendable () -> Void
    ) -> any DispatchSourceSignal {
        _ = signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler(handler: handle)
        source.resume()
        return source
    }

    /// Over what is there, so that nothing flickers.
    private static func draw(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        write("\u{1B}[H" + lines.joined(separator: "\u{1B}[K\r\n") + "\u{1B}[K\u{1B}[J")
    }

    private static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}
