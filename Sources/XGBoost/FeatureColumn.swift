import CXGBoost

/// A feature as XGBoost knows it.
package struct FeatureColumn: Equatable, Sendable {
    /// How XGBoost splits on a feature: numbers by an order, codes (whole numbers from 0) by a set of them.
    package enum Kind: String, Sendable {
        case number = "float"
        case code = "c"
    }

    package var name: String
    package var kind: Kind

    package init(_ name: String, _ kind: Kind = .number) { (self.name, self.kind) = (name, kind) }
}

/// The two lists that describe features, and what sets or gets one of them on a matrix or a booster.
enum FeatureInfo: String {
    case names = "feature_name"
    case types = "feature_type"
}

extension [FeatureColumn] {
    func texts(_ info: FeatureInfo) -> [String] {
        switch info {
        case .names: map(\.name)
        case .types: map(\.kind.rawValue)
        }
    }
}

/// Lends an array of C strings.
func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Result
) -> Result {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for text in texts {
        starts.append(bytes.count)
        bytes.append(contentsOf: text.utf8.map { CChar(bitPattern: $0) })
        bytes.append(0)
    }
    return unsafe bytes.withUnsafeBufferPointer { bytes in
        var pointers = unsafe starts.map { start in unsafe bytes.baseAddress.map { unsafe $0 + start } }
        return unsafe pointers.withUnsafeMutableBufferPointer { pointers in
            var nothing: UnsafePointer<CChar>?
            guard let base = pointers.baseAddress else { return unsafe body(&nothing) }
            return unsafe body(base)
        }
    }
}
