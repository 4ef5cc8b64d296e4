/// Rows that travelled together, column by column, each column in the datatype it was sent in.
///
/// A batch is homogeneous: its rows have the same parts and the same model version. A decoder reuses one
/// batch for every message, so that decoding allocates nothing once it is warm.
package struct RowBatch: Sendable {
    /// What the rows carry. A part that is absent is not missing: it may come later under the same id.
    package struct Parts: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let features = Parts(rawValue: 1)
        package static let predictions = Parts(rawValue: 2)
        package static let labels = Parts(rawValue: 4)
    }

    package var parts: Parts = []
    package var count = 0
    /// The registry's version as a decimal string; `nil` is the version `unknown`.
    package var modelVersion: String?
    /// Request ids: none, one for the whole batch, or one a row.
    package var ids = TextColumn()
    /// Event times: none, one for the whole batch, or one a row (`nil`: that row has none).
    package var times: [Timestamp?] = []
    /// The segments that rows belong to: none, one for the whole batch, or one a row (empty: that row has none).
    package var segments = TextColumn()
    /// Whom requests were about (a user, a card): none, one for the whole batch, or one a row (empty: that row is
    /// about its request).
    package var units = TextColumn()
    /// Milliseconds that answers took, 0 or more: none, one for the whole batch, or one a row.
    package var latencies: [Double?] = []
    /// How requests failed: none, one for the whole batch, or one a row (`nil`: that row did not). A batch whose rows
    /// failed and have nothing else is without parts.
    package var errors: [ServingError?] = []
    /// Named columns of `count` rows each, features and predictions and labels alike; told apart by `part`.
    package var columns: [Column] = []

    package init() {}

    package func segment(ofRow row: Int) -> String? { segments.text(ofRow: row) }

    /// As it was stated; `nil` where the request's id stands for it.
    package func unit(ofRow row: Int) -> String? { units.text(ofRow: row) }

    package func latency(ofRow row: Int) -> Double? {
        latencies.isEmpty ? nil : latencies[latencies.count == 1 ? 0 : row]
    }

    package func error(ofRow row: Int) -> ServingError? {
        errors.isEmpty ? nil : errors[errors.count == 1 ? 0 : row]
    }

    package func time(ofRow row: Int) -> Timestamp? {
        times.isEmpty ? nil : times[times.count == 1 ? 0 : row]
    }
}

extension RowBatch {
    /// The rows at `indices`, in that order.
    package func selecting(_ indices: [Int]) -> RowBatch {
        var selection = self
        selection.count = indices.count
        selection.ids = ids.count == count ? ids.selecting(indices) : ids
        selection.segments = segments.count == count ? segments.selecting(indices) : segments
        selection.units = units.count == count ? units.selecting(indices) : units
        selection.latencies = latencies.count == count ? indices.map { latencies[$0] } : latencies
        selection.errors = errors.count == count ? indices.map { errors[$0] } : errors
        selection.times = times.count == count ? indices.map { times[$0] } : times
        selection.columns = columns.map { $0.selecting(indices) }
        return selection
    }

    /// The rows whose time is at or after `from` and before `to`; with either bound given, those with a time.
    package func within(_ from: Timestamp?, _ to: Timestamp?) -> RowBatch {
        guard from != nil || to != nil else { return self }
        return selecting(
            (0..<count).filter { row in
                guard let time = time(ofRow: row) else { return false }
                return (from.map { time >= $0 } ?? true) && (to.map { time < $0 } ?? true)
            })
    }
}

extension Column {
    fileprivate func selecting(_ indices: [Int]) -> Column {
        var selection = self
        selection.missing = missing.isEmpty ? [] : indices.map { missing[$0] }
        selection.values =
            switch values {
            case .real(let values): .real(indices.map { values[$0] })
            case .integer(let values): .integer(indices.map { values[$0] })
            case .text(let texts): .text(texts.selecting(indices))
            }
        return selection
    }
}

extension TextColumn {
    /// Of a column that has one text for all rows, or one a row; `nil` where that is empty.
    fileprivate func text(ofRow row: Int) -> String? {
        guard !isEmpty else { return nil }
        let place = count == 1 ? 0 : row
        return range(place).isEmpty ? nil : self[place]
    }

    package func selecting(_ indices: [Int]) -> TextColumn {
        var selection = TextColumn()
        for index in indices { selection.append(bytes.span.extracting(range(index))) }
        return selection
    }
}

/// One tensor's values down the rows of a batch.
package struct Column: Sendable {
    package var name: String
    package var part: RowBatch.Parts
    package var datatype: Datatype
    package var values: ColumnValues
    /// One flag a row, or empty when no row lacks the value. What stands in `values` there has no meaning.
    package var missing: [Bool] = []

    package init(name: String, part: RowBatch.Parts, datatype: Datatype, values: ColumnValues) {
        (self.name, self.part, self.datatype, self.values) = (name, part, datatype, values)
    }
}

/// Values in the width they are counted in; `Column.datatype` says what was sent.
package enum ColumnValues: Sendable {
    /// FP16, BF16, FP32, FP64, and JSON numbers with a fraction or an exponent.
    case real([Double])
    /// BOOL (0 and 1), INT8–64, UINT8–32; UINT64 by its bit pattern.
    case integer([Int64])
    /// BYTES and JSON strings.
    case text(TextColumn)
}

/// The datatypes of the Open Inference Protocol.
package enum Datatype: String, CaseIterable, Sendable {
    case bool = "BOOL"
    case int8 = "INT8", int16 = "INT16", int32 = "INT32", int64 = "INT64"
    case uint8 = "UINT8", uint16 = "UINT16", uint32 = "UINT32", uint64 = "UINT64"
    case fp16 = "FP16", bf16 = "BF16", fp32 = "FP32", fp64 = "FP64"
    case bytes = "BYTES"

    package var isReal: Bool {
        switch self {
        case .fp16, .bf16, .fp32, .fp64: true
        default: false
        }
    }
}

/// Strings laid end to end: element `i` is `bytes[ends[i − 1] ..< ends[i]]`.
package struct TextColumn: Sendable, Equatable {
    package private(set) var bytes: [UInt8] = []
    package private(set) var ends: [Int] = []

    package init() {}

    package var count: Int { ends.count }
    package var isEmpty: Bool { ends.isEmpty }

    package func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    package subscript(index: Int) -> String { String(decoding: bytes[range(index)], as: UTF8.self) }

    package mutating func append(_ element: Span<UInt8>) {
        unsafe element.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        ends.append(bytes.count)
    }

    package mutating func append(_ element: String) {
        bytes.append(contentsOf: element.utf8)
        ends.append(bytes.count)
    }

    /// Appends all elements at once, as a decoder has them: bytes end to end, and where each element ends.
    package mutating func append(bytes newBytes: Span<UInt8>, ends newEnds: Span<Int>) {
        let base = bytes.count
        unsafe newBytes.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
        for i in newEnds.indices { ends.append(base + newEnds[i]) }
    }

    package mutating func removeLast() {
        ends.removeLast()
        bytes.removeLast(bytes.count - (ends.last ?? 0))
    }

    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }
}
