import Drift

extension Column {
    /// Takes one column out of a row-major table: the elements `start`, `start + stride`, …
    mutating func gather(from table: Column, start: Int, stride: Int, rows: Int) {
        datatype = table.datatype
        gatherMissing(from: table, start: start, stride: stride, rows: rows)
        switch table.values {
        case .real(let source):
            var target = values.takeReals()
            target.resize(to: rows, filler: 0)
            pick(source.span, start, stride, into: target.mutableSpan)
            values = .real(target)
        case .integer(let source):
            var target = values.takeIntegers()
            target.resize(to: rows, filler: 0)
            pick(source.span, start, stride, into: target.mutableSpan)
            values = .integer(target)
        case .text(let source):
            var target = values.takeText()
            target.removeAll()
            for row in 0..<rows {
                target.append(source.bytes.span.extracting(source.range(start + row * stride)))
            }
            values = .text(target)
        }
    }

    private mutating func gatherMissing(from table: Column, start: Int, stride: Int, rows: Int) {
        missing.removeAll(keepingCapacity: true)
        guard !table.missing.isEmpty else { return }
        for row in 0..<rows where table.missing[start + row * stride] { missing.mark(row, of: rows) }
    }
}

private func pick<Value>(
    _ source: Span<Value>, _ start: Int, _ stride: Int, into target: consuming MutableSpan<Value>
) {
    for row in target.indices { target[row] = source[start &+ row &* stride] }
}
