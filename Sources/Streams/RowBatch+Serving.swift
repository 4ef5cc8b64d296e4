import Drift

// How requests were served: whom they were about, how long their answers took, and how they failed.

extension RowBatch {
    mutating func removeServing() {
        units.removeAll()
        latencies.removeAll(keepingCapacity: true)
        errors.removeAll(keepingCapacity: true)
    }

    /// Of the row that is number `count`.
    mutating func append(unit: JSONValue?, latency: JSONValue?, error: JSONValue?) throws(Rejection) {
        if let unit {
            units.pad(to: count)
            units.append(spelling: unit)
        }
        if let latency {
            latencies.resize(to: count, filler: nil)
            latencies.append(try latency.milliseconds)
        }
        if let error {
            errors.resize(to: count, filler: nil)
            errors.append(error.servingError)
        }
    }

    /// Gives every row one, where any row has one.
    mutating func padServing() {
        if !units.isEmpty { units.pad(to: count) }
        if !latencies.isEmpty { latencies.resize(to: count, filler: nil) }
        if !errors.isEmpty { errors.resize(to: count, filler: nil) }
    }

    /// Reads what a body of tensors says: one value for all of its rows, or an array with one (or null) a row.
    mutating func readServing(of body: TensorBody) throws(Rejection) {
        for unit in try body.unit.values("units", rows: count) { units.append(spelling: unit) }
        for latency in try body.latency.values("values of latency_ms", rows: count) {
            latencies.append(latency.isNull ? nil : try latency.milliseconds)
        }
        for error in try body.error.values("errors", rows: count) {
            errors.append(error.isNull ? nil : error.servingError)
        }
    }
}

extension TensorBody {
    var saysHowServed: Bool { unit != nil || latency != nil || error != nil }

    /// How many rows an answer stands for that is an error without outputs: those of an array that has one of
    /// something a row, else the one request.
    var failedRows: Int { [error, unit, latency].lazy.compactMap { $0?.rowCount }.first ?? 1 }
}

extension JSONValue {
    fileprivate var rowCount: Int? { isArray ? elementCount : nil }

    fileprivate var milliseconds: Double {
        get throws(Rejection) {
            let number: Double? =
                switch content {
                case .integer(let number): Double(number)
                case .unsigned(let number): Double(number)
                case .real(let number): number
                case .null, .bool, .text, .array, .object: nil
                }
            guard let number, number.isFinite, number >= 0 else {
                throw Rejection(.badLatency, "latency_ms is \(noun), not a number of milliseconds from 0 on")
            }
            return number
        }
    }

    /// What a service says in words of its own is an exception.
    fileprivate var servingError: ServingError {
        text.flatMap { ServingError(rawValue: $0.string) } ?? .exception
    }
}

extension JSONValue? {
    /// The elements of an array, of which there has to be one a row; of anything else, itself.
    fileprivate func values(_ noun: String, rows: Int) throws(Rejection) -> [JSONValue] {
        guard let value = self else { return [] }
        guard value.isArray else { return [value] }
        guard value.elementCount == rows else {
            throw Rejection(.wrongShape, "there are \(value.elementCount) \(noun) for \(rows) rows")
        }
        return Array(value.elements)
    }
}
