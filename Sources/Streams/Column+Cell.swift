import Drift

// A column of JSON values has no declared datatype: it is that of its first value, and widens where a later one
// needs it: INT64 to UINT64 to FP64. Nothing but the rows of one message decides, so a message always decodes
// to the same columns.

extension Column {
    static func untyped(_ name: String, _ part: RowBatch.Parts) -> Column {
        Column(name: name, part: part, datatype: .fp64, values: .real([]))
    }

    var count: Int { values.count }

    mutating func removeAllValues() {
        missing.removeAll(keepingCapacity: true)
        switch values {
        case .real: change { (reals: inout [Double]) in reals.removeAll(keepingCapacity: true) }
        case .integer: change { (integers: inout [Int64]) in integers.removeAll(keepingCapacity: true) }
        case .text: change { (text: inout TextColumn) in text.removeAll() }
        }
    }

    /// Appends the cell of a row; the rows before that had none lack the value.
    /// - Parameter isTyped: whether the column has had a value before, and so a datatype.
    mutating func append(_ value: JSONValue, row: Int, isTyped: inout Bool) throws(Rejection) {
        if count < row { pad(to: row) }
        guard count == row else { throw Rejection(.wrongForm, "\(Rejection.quote(name)) is there twice") }
        if !isTyped, let datatype = value.datatype {
            settle(datatype)
            isTyped = true
        }
        switch value.content {
        case .null: return appendMissing()
        case .real(let number): try append(real: number, value)
        case .integer(let number): try append(integer: number, value)
        case .unsigned(let number): try append(unsigned: number, value)
        case .bool(let flag): try append(bool: flag, value)
        case .text(let text): try append(text: text, value)
        case .array, .object: throw Rejection(.wrongType, "\(Rejection.quote(name)) is \(value.noun)")
        }
        if !missing.isEmpty { missing.append(false) }
    }

    mutating func pad(to rows: Int) {
        while count < rows { appendMissing() }
    }

    private mutating func appendMissing() {
        missing.resize(to: count, filler: false)
        missing.append(true)
        switch values {
        case .real: change { (reals: inout [Double]) in reals.append(0) }
        case .integer: change { (integers: inout [Int64]) in integers.append(0) }
        case .text: change { (text: inout TextColumn) in text.append("") }
        }
    }

    /// Makes a column without values one of the datatype.
    mutating func settle(_ datatype: Datatype) {
        self.datatype = datatype
        let rows = count
        if datatype == .bytes {
            guard case .text = values else {
                values = .text(TextColumn(repeating: "", count: rows))
                return
            }
        } else if datatype.integers != nil {
            guard case .integer = values else {
                values = .integer(Array(repeating: 0, count: rows))
                return
            }
        } else {
            guard case .real = values else {
                values = .real(Array(repeating: 0, count: rows))
                return
            }
        }
    }
}

extension JSONValue {
    /// The datatype of a column that begins with this value; none for a null.
    fileprivate var datatype: Datatype? {
        switch content {
        case .real: .fp64
        case .integer: .int64
        case .unsigned: .uint64
        case .bool: .bool
        case .text: .bytes
        case .null, .array, .object: nil
        }
    }
}

// MARK: - One value

extension Column {
    private mutating func append(real number: Double, _ value: JSONValue) throws(Rejection) {
        // A switch, for `==` on an enumeration of strings is a call that compares the strings.
        switch datatype {
        case .fp64: break
        case .int64, .uint64: widenToReals()
        default: throw mixed(value)
        }
        change { (reals: inout [Double]) in reals.append(number) }
    }

    private mutating func append(integer number: Int64, _ value: JSONValue) throws(Rejection) {
        if datatype == .uint64 && number < 0 { widenToReals() }
        switch datatype {
        case .int64, .uint64: change { (integers: inout [Int64]) in integers.append(number) }
        case .fp64: change { (reals: inout [Double]) in reals.append(Double(number)) }
        default: throw mixed(value)
        }
    }

    private mutating func append(unsigned number: UInt64, _ value: JSONValue) throws(Rejection) {
        if datatype == .int64 { widenToUnsigned() }
        switch datatype {
        case .uint64: change { (integers: inout [Int64]) in integers.append(Int64(bitPattern: number)) }
        case .fp64: change { (reals: inout [Double]) in reals.append(Double(number)) }
        default: throw mixed(value)
        }
    }

    private mutating func append(bool flag: Bool, _ value: JSONValue) throws(Rejection) {
        guard datatype == .bool else { throw mixed(value) }
        change { (integers: inout [Int64]) in integers.append(flag ? 1 : 0) }
    }

    private mutating func append(text: JSONText, _ value: JSONValue) throws(Rejection) {
        guard datatype == .bytes else { throw mixed(value) }
        change { (texts: inout TextColumn) in texts.append(text) }
    }

    private func mixed(_ value: JSONValue) -> Rejection {
        Rejection(
            .wrongType,
            "\(Rejection.quote(name)) is \(value.noun), in the rows before it was \(datatype.rawValue)")
    }

    private mutating func widenToReals() {
        let integers = values.takeIntegers()
        let isUnsigned = datatype == .uint64
        values = .real(integers.map { isUnsigned ? Double(UInt64(bitPattern: $0)) : Double($0) })
        datatype = .fp64
    }

    /// Negative numbers have no place in UINT64; a column that has some becomes one of reals.
    private mutating func widenToUnsigned() {
        guard case .integer(let integers) = values, integers.contains(where: { $0 < 0 }) else {
            datatype = .uint64
            return
        }
        widenToReals()
    }
}

// MARK: - Storage in place

extension Column {
    @inline(__always) fileprivate mutating func change(_ body: (inout [Double]) -> Void) {
        var reals = values.takeReals()
        body(&reals)
        values = .real(reals)
    }

    @inline(__always) fileprivate mutating func change(_ body: (inout [Int64]) -> Void) {
        var integers = values.takeIntegers()
        body(&integers)
        values = .integer(integers)
    }

    @inline(__always) fileprivate mutating func change(_ body: (inout TextColumn) -> Void) {
        var text = values.takeText()
        body(&text)
        values = .text(text)
    }
}

extension TextColumn {
    fileprivate init(repeating element: String, count: Int) {
        self.init()
        for _ in 0..<count { append(element) }
    }
}
