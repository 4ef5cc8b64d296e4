import CXGBoost

/// Rows to learn from or to be measured on, copied into the form XGBoost keeps them in.
@safe package final class TrainingMatrix {
    let handle: DMatrixHandle
    package let rows: Int

    /// - Parameters:
    ///   - values: row by row, NaN where there is none.
    ///   - labels: one a row: 0 or 1, the number of a class, or a quantity.
    ///   - threads: at most so many copy; at least 1.
    package init(
        _ values: [Float], columns: [FeatureColumn], labels: [Float], threads: Int
    ) throws(XGBoostError) {
        let array = ArrayInterface(values, columns: columns.count)
        precondition(labels.count == array.rows, "a label a row")
        unsafe handle = try TrainingMatrix.create(values, array, threads: threads)
        rows = array.rows
        try set(columns, .names)
        try set(columns, .types)
        try set(labels)
    }

    deinit { unsafe XGDMatrixFree(handle) }

    private static func create(
        _ values: [Float], _ array: ArrayInterface, threads: Int
    ) throws(XGBoostError) -> DMatrixHandle {
        var created: DMatrixHandle?
        try check(
            unsafe values.withUnsafeBytes { bytes in
                let json = unsafe array.json(at: bytes.baseAddress)
                return unsafe XGDMatrixCreateFromDense(
                    json, #"{"missing":NaN,"nthread":\#(threads)}"#, &created)
            })
        guard let created = unsafe created else { throw XGBoostError(message: "it made no matrix") }
        return unsafe created
    }

    private func set(_ columns: [FeatureColumn], _ info: FeatureInfo) throws(XGBoostError) {
        let status = unsafe withCStrings(columns.texts(info)) {
            unsafe XGDMatrixSetStrFeatureInfo(handle, info.rawValue, $0, bst_ulong(columns.count))
        }
        try check(status)
    }

    private func set(_ labels: [Float]) throws(XGBoostError) {
        try check(
            unsafe labels.withUnsafeBufferPointer {
                unsafe XGDMatrixSetFloatInfo(handle, "label", $0.baseAddress, bst_ulong($0.count))
            })
    }
}
