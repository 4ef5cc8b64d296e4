import Drift
import Foundation

/// The files that make a model's folder an MLflow model too: what it takes and gives, the Python that predicts with it,
/// and what that Python needs. They follow from the payload alone, so that they are the same for the same model.
///
/// https://mlflow.org/docs/latest/ml/model/#storage-format
struct MLflowFiles {
    let decision: Decision
    let encoder: FeatureEncoder
    let digest: String

    /// The files' contents by their paths within the folder.
    func contents() throws -> [(path: String, text: [UInt8])] {
        [
            ("MLmodel", Array(try model().utf8)),
            ("code/leeway_model.py", PackageResources.leeway_model_py),
            ("requirements.txt", Array(MLflowFiles.requirements.map { "\($0)\n" }.joined().utf8)),
            ("python_env.yaml", Array(MLflowFiles.pythonEnvironment.utf8)),
            ("conda.yaml", Array(MLflowFiles.condaEnvironment.utf8)),
        ]
    }

    private func model() throws -> String {
        """
        flavors:
          python_function:
            code: code
            env:
              conda: conda.yaml
              virtualenv: python_env.yaml
            loader_module: leeway_model
            python_version: \(MLflowFiles.python)
        metadata:
          leeway_digest: \(yamlQuoted(digest))
        mlflow_version: \(MLflowFiles.mlflow)
        model_uuid: \(yamlQuoted(String(digest.prefix(32))))
        signature:
          inputs: \(yamlQuoted(try json(inputs)))
          outputs: \(yamlQuoted(try json(outputs)))
          params: null

        """
    }

    // MARK: What it takes and gives

    /// A column of MLflow's signature.
    private struct Column: Encodable {
        var name: String
        var required = true
        var type: String
    }

    /// Of any type, because MLflow would take neither whole numbers for `double` nor numbers for `string`, as pandas has
    /// them; `leeway_model.py` checks the values.
    private var inputs: [Column] { encoder.features.map { Column(name: $0.name, type: "any") } }

    private var outputs: [Column] {
        let score = Column(name: "score", type: "double")
        let name = Column(name: "class", type: "string")
        switch decision.task {
        case .regression: return [score]
        case .binary: return [score, name]
        case .multiclass:
            return [score, name] + decision.classes.map { Column(name: "probability.\($0)", type: "double") }
        }
    }

    private func json(_ columns: [Column]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(columns), as: UTF8.self)
    }

    // MARK: What it needs

    /// The MLflow whose format this is, and the Python it was tested with.
    private static let mlflow = "3.17.2"
    private static let python = "3.11.9"

    private static let requirements = ["mlflow>=2.22,<4", "numpy", "pandas", "xgboost>=1.7.4,<4"]

    private static let pythonEnvironment = """
        python: "\(python)"
        build_dependencies:
        - pip
        dependencies:
        - -r requirements.txt

        """

    private static let condaEnvironment = """
        name: mlflow-env
        channels:
        - conda-forge
        dependencies:
        - python=\(python)
        - pip
        - pip:
        \(requirements.map { "  - \($0)\n" }.joined())
        """
}

/// A text as a double-quoted scalar of YAML, in printable ASCII.
func yamlQuoted(_ text: String) -> String {
    let characters = text.unicodeScalars.map { scalar in
        switch scalar {
        case "\"", "\\": "\\\(scalar)"
        case " "..."~": String(scalar)
        default: "\\U" + hexadecimal(scalar.value)
        }
    }
    return "\"\(characters.joined())\""
}

/// Eight digits.
private func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}
