import Dispatch
import Foundation
import Glibc

/// A terminal's second page, which is drawn again and again, and leaves the first as it was.
final class LivePage {
    private let interruptions: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (interruptions, continuation) = AsyncStream.makeStream(of: Void.self)
        self.interruptions = interruptions
        sources = [SIGINT, SIGTERM].map { number in
            _ = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        write("\u{1B}[?1049h\u{1B}[?25l")
    }

    /// Draws over what is there, so that nothing flickers.
    func show(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        write("\u{1B}[H" + lines.joined(separator: "\u{1B}[K\r\n") + "\u{1B}[K\u{1B}[J")
    }

    /// Whether a person has had enough, told at once.
    func isInterrupted(within duration: Duration) async -> Bool {
        await withTaskGroup(of: Bool.self) { race in
            race.addTask { [interruptions] in
                for await _ in interruptions { return true }
                return false
            }
            race.addTask {
                try? await Task.sleep(for: duration)
                return false
            }
            defer { race.cancelAll() }
            return await race.next() ?? false
        }
    }

    func close() {
        write("\u{1B}[?25h\u{1B}[?1049l")
        for source in sources { source.cancel() }
    }

    private func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}
