import Glibc

/// Keeps a folder to one process, for as long as it lives: two would overwrite what the other keeps.
package final class FolderLock: Sendable {
    private let descriptor: CInt

    /// - Returns: `nil` when another process has the lock.
    package init?(_ folder: String) {
        descriptor = unsafe open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    deinit { close(descriptor) }
}
