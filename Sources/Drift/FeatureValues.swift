/// A feature's values in all the rows.
enum FeatureValues {
    case numbers([Double])
    case categories([String: UInt64])

    var isEmpty: Bool {
        switch self {
        case .numbers(let values): values.isEmpty
        case .categories(let counts): counts.isEmpty
        }
    }

    private consuming func adding(_ column: Column, count: Int) -> Self {
        let present = (0..<count).filter { column.missing.isEmpty || !column.missing[$0] }
        switch self {
        case .numbers(var values):
            self = .numbers([])
            for row in present {
                if let value = column.number(row), !value.isNaN { values.append(value) }
            }
            return .numbers(values)
        case .categories(var counts):
            self = .categories([:])
            for row in present {
                if let name = column.category(row) { counts[name, default: 0] += 1 }
            }
            return .categories(counts)
        }
    }

    /// The values of every feature, down all the batches.
    static func collect(_ monitored: [MonitoredFeature], from batches: [RowBatch]) -> [FeatureValues] {
        var collected = monitored.map { $0.kind == .numeric ? FeatureValues.numbers([]) : .categories([:]) }
        var layout = ColumnLayout(features: monitored)
        for batch in batches {
            layout.fit(batch)
            for index in monitored.indices {
                guard let column = layout.column(of: index) else { continue }
                collected[index] = collected[index].adding(batch.columns[column], count: batch.count)
            }
        }
        return collected
    }
}

extension Column {
    /// A row's value as a number; `nil` for text.
    package func number(_ row: Int) -> Double? {
        switch values {
        case .real(let values): values[row]
        case .integer(let values):
            datatype == .uint64 ? Double(UInt64(bitPattern: values[row])) : Double(values[row])
        case .text: nil
        }
    }

    /// A row's value as a category; `nil` for NaN.
    package func category(_ row: Int) -> String? {
        switch values {
        case .text(let texts): texts[row]
        case .integer(let values) where datatype == .bool: values[row] == 0 ? "false" : "true"
        case .integer(let values) where datatype == .uint64: String(UInt64(bitPattern: values[row]))
        case .integer(let values): String(values[row])
        case .real(let values): values[row].isNaN ? nil : categoryName(values[row])
        }
    }
}
