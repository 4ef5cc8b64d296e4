import Foundation
import Glibc

/// How threads of XGBoost wait for each other.
///
/// OpenMP's library has them spin, which on a machine that has other work to do burns several times the processor time
/// that training takes, and holds up the thread that is waited for. It reads its environment when it is loaded, before
/// any code here runs, so that the program has to start once more with another one.
enum WaitPolicy {
    private static let variable = "OMP_WAIT_POLICY"

    /// Has threads sleep, unless the environment says how they wait. Where the program cannot be started again, they spin.
    static func sleepRatherThanSpin() {
        guard unsafe getenv(variable) == nil,
            let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        else { return }
        unsafe setenv(variable, "passive", 1)
        unsafe execv(program, CommandLine.unsafeArgv)
    }
}
