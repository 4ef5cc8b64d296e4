/// Rows of single-precision numbers laid end to end, as XGBoost's C API is told of them: NumPy's array interface,
/// version 3, in JSON. https://numpy.org/doc/stable/reference/arrays.interface.html
struct ArrayInterface {
    let rows: Int
    let columns: Int

    /// - Precondition: the values are `rows` times as many as the columns.
    init(_ values: [Float], columns: Int) {
        precondition(columns > 0 && values.count % columns == 0, "rows must be whole")
        self.columns = columns
        rows = values.count / columns
    }

    func json(at address: UnsafeRawPointer?) -> String {
        let place = UInt(bitPattern: address)
        return #"{"data":[\#(place),true],"shape":[\#(rows),\#(columns)],"typestr":"<f4","version":3}"#
    }
}
