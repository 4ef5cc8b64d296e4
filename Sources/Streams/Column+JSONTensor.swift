import Drift

extension Column {
    /// Reads all the values of a tensor from its JSON data, in row-major order.
    mutating func read(_ header: TensorHeader, json data: JSONValue) throws(Rejection) {
        try header.checkNesting(of: data)
        datatype = header.datatype
        missing.removeAll(keepingCapacity: true)
        if datatype == .bytes {
            try readText(header, data.leaves)
        } else if let range = datatype.integers {
            try readIntegers(header, data.leaves, in: range)
        } else {
            try readReals(header, data.leaves)
        }
    }

    private mutating func readReals(_ header: TensorHeader, _ leaves: JSONValue.Leaves) throws(Rejection) {
        var (leaves, found) = (leaves, 0)
        var reals = values.takeReals()
        reals.resize(to: header.count, filler: 0)
        var target = reals.mutableSpan
        while let leaf = leaves.next() {
            guard found < target.count else { throw header.wrongCount(found + 1, orMore: true) }
            switch leaf.content {
            case .real(let number): target[found] = number
            case .integer(let number): target[found] = Double(number)
            case .unsigned(let number): target[found] = Double(number)
            case .null:
                target[found] = 0
                missing.mark(found, of: header.count)
            case .bool, .text, .array, .object: throw header.wrongType(leaf, at: found)
            }
            found += 1
        }
        guard found == header.count else { throw header.wrongCount(found) }
        values = .real(reals)
    }

    private mutating func readIntegers(
        _ header: TensorHeader, _ leaves: JSONValue.Leaves, in range: ClosedRange<Int64>
    ) throws(Rejection) {
        var (leaves, found) = (leaves, 0)
        var integers = values.takeIntegers()
        integers.resize(to: header.count, filler: 0)
        var target = integers.mutableSpan
        while let leaf = leaves.next() {
            guard found < target.count else { throw header.wrongCount(found + 1, orMore: true) }
            if leaf.isNull {
                target[found] = 0
                missing.mark(found, of: header.count)
            } else {
                guard let value = leaf.stored(as: datatype, in: range) else {
                    throw header.wrongType(leaf, at: found)
                }
                target[found] = value
            }
            found += 1
        }
        guard found == header.count else { throw header.wrongCount(found) }
        values = .integer(integers)
    }

    private mutating func readText(_ header: TensorHeader, _ leaves: JSONValue.Leaves) throws(Rejection) {
        var (leaves, found) = (leaves, 0)
        var text = values.takeText()
        text.removeAll()
        while let leaf = leaves.next() {
            guard found < header.count else { throw header.wrongCount(found + 1, orMore: true) }
            switch leaf.content {
            case .text(let element): element.withSpan { text.append($0) }
            case .null:
                text.append("")
                missing.mark(found, of: header.count)
            default: throw header.wrongType(leaf, at: found)
            }
            found += 1
        }
        guard found == header.count else { throw header.wrongCount(found) }
        values = .text(text)
    }
}

extension JSONValue {
    /// The number as `ColumnValues.integer` holds it; `nil` when the datatype has no such number. A fraction of
    /// zero is no fraction: `3.0` is a 3.
    fileprivate func stored(as datatype: Datatype, in range: ClosedRange<Int64>) -> Int64? {
        let number: Int64? =
            switch content {
            case .integer(let number): number
            case .unsigned(let number): datatype == .uint64 ? Int64(bitPattern: number) : nil
            case .real(let number): Int64(exactly: number)
            case .bool(let flag): datatype == .bool ? (flag ? 1 : 0) : nil
            case .null, .text, .array, .object: nil
            }
        if datatype == .uint64, case .unsigned = content { return number }
        return number.flatMap { range.contains($0) ? $0 : nil }
    }
}
