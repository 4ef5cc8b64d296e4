import Glibc

/// Keeps a folder to one process, for as long as it lives: two agents would overwrite each other's checkpoints.
final class FolderLock: Sendable {
    private let descriptor: CInt

    /// - Returns: `nil` when another process has the lock.
    init?(_ folder: String) {
        descriptor = unsafe open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    deinit { close(descriptor) }
}
