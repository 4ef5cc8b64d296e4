import Foundation
import Jobs

/// The programs that trainings are made of.
package struct TrainingPrograms: Sendable {
    package var leeway: String
    package var trainer: String
    /// What runs the bundled scorer of MLflow's models.
    package var python: String

    package init(leeway: String, trainer: String, python: String = "python3") {
        (self.leeway, self.trainer, self.python) = (leeway, trainer, python)
    }

    /// This program, and the trainer that lies beside it, or else is found in `PATH`.
    package static func installed(python: String = "python3") -> TrainingPrograms {
        let files = FileManager.default
        let own = (try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "leeway"
        let beside = URL(fileURLWithPath: own).deletingLastPathComponent().path + "/leeway-trainer"
        let trainer = files.isExecutableFile(atPath: beside) ? beside : found("leeway-trainer")
        return TrainingPrograms(leeway: own, trainer: trainer, python: python)
    }

    /// The path of a program in `PATH`; its name where there is none.
    private static func found(_ name: String) -> String {
        (try? JobCommand(name).executable()) ?? name
    }
}
