import CXGBoost

/// Why XGBoost would not do something, in its own words but without its stack trace.
package struct XGBoostError: Error, Equatable, CustomStringConvertible {
    package let message: String

    package var description: String { "XGBoost: \(message)" }
}

extension XGBoostError {
    /// What the last call on this thread that failed has left behind.
    fileprivate static func last() -> XGBoostError {
        let text = unsafe String(cString: XGBGetLastError())
        return XGBoostError(message: plainMessage(text))
    }
}

/// Throws what XGBoost says when a call of its C API has failed.
func check(_ status: Int32) throws(XGBoostError) {
    guard status == 0 else { throw .last() }
}

/// A message without the time before it and the stack trace after it, on one line.
func plainMessage(_ text: String) -> String {
    var lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
    if let trace = lines.firstIndex(where: { $0.hasPrefix("Stack trace") }) { lines.removeSubrange(trace...) }
    if let first = lines.first, first.hasPrefix("["), let end = first.firstIndex(of: "]") {
        lines[0] = first[first.index(after: end)...].drop { $0 == " " }
    }
    return lines.joined(separator: " ")
}
