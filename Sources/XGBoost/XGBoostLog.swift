import CXGBoost
import Glibc
import Synchronization

/// What XGBoost would print to standard error, kept for the thread that had it say so.
package enum XGBoostLog {
    private static let messages = Mutex<[pthread_t: [String]]>([:])

    /// XGBoost keeps its listener by thread, so that whoever calls it has to come back here first.
    static func listen() {
        unsafe _ = XGBRegisterLogCallback { text in
            guard let text = unsafe text else { return }
            let message = plainMessage(unsafe String(cString: text))
            XGBoostLog.messages.withLock { $0[pthread_self(), default: []].append(message) }
        }
    }

    /// What was said on this thread since the last call.
    package static func take() -> [String] {
        messages.withLock { $0.removeValue(forKey: pthread_self()) } ?? []
    }

    /// The version of the library, such as `1.7.4`.
    package static var libraryVersion: String {
        var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
        unsafe XGBoostVersion(&major, &minor, &patch)
        return "\(major).\(minor).\(patch)"
    }
}
