import Foundation

/// Removes a folder that a program has filled, however deep it is; nothing is fine too.
package func removeTree(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    do {
        try FileManager.default.removeItem(atPath: path)
    } catch {
        // Foundation names each file by its whole path, which the kernel bounds; rm does not.
        let removal = try Process.run(URL(fileURLWithPath: "/bin/rm"), arguments: ["-rf", "--", path])
        removal.waitUntilExit()
        guard removal.terminationStatus == 0 else { throw error }
    }
}
