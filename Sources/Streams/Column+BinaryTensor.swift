import Drift

extension Column {
    /// Reads all the values of a tensor from its bytes: little-endian, row-major, unaligned.
    mutating func read(_ header: TensorHeader, binary bytes: RawSpan) throws(Rejection) {
        datatype = header.datatype
        missing.removeAll(keepingCapacity: true)
        guard let size = datatype.byteCount else { return try readText(header, bytes) }
        guard bytes.byteCount == header.count * size else { throw header.wrongByteCount(bytes.byteCount) }
        switch datatype {
        case .fp64: fillReals(header.count, bytes) { (bits: UInt64) in Double(bitPattern: bits) }
        case .fp32: fillReals(header.count, bytes) { (bits: UInt32) in Double(Float(bitPattern: bits)) }
        case .fp16: fillReals(header.count, bytes) { (bits: UInt16) in Double(Float16(bitPattern: bits)) }
        case .bf16:
            fillReals(header.count, bytes) { (bits: UInt16) in Double(Float(bitPattern: UInt32(bits) << 16)) }
        case .bool: fillIntegers(header.count, bytes) { (byte: UInt8) in byte == 0 ? 0 : 1 }
        case .int8: fillIntegers(header.count, bytes) { (value: Int8) in Int64(value) }
        case .int16: fillIntegers(header.count, bytes) { (value: Int16) in Int64(value) }
        case .int32: fillIntegers(header.count, bytes) { (value: Int32) in Int64(value) }
        case .int64: fillIntegers(header.count, bytes) { (value: Int64) in value }
        case .uint8: fillIntegers(header.count, bytes) { (value: UInt8) in Int64(value) }
        case .uint16: fillIntegers(header.count, bytes) { (value: UInt16) in Int64(value) }
        case .uint32: fillIntegers(header.count, bytes) { (value: UInt32) in Int64(value) }
        case .uint64: fillIntegers(header.count, bytes) { (value: UInt64) in Int64(bitPattern: value) }
        case .bytes: break
        }
    }

    @inline(__always)
    private mutating func fillReals<Stored: FixedWidthInteger & BitwiseCopyable>(
        _ count: Int, _ bytes: RawSpan, _ widen: (Stored) -> Double
    ) {
        var reals = values.takeReals()
        reals.resize(to: count, filler: 0)
        var target = reals.mutableSpan
        for i in 0..<count { unsafe target[unchecked: i] = widen(bytes.element(i)) }
        values = .real(reals)
    }

    @inline(__always)
    private mutating func fillIntegers<Stored: FixedWidthInteger & BitwiseCopyable>(
        _ count: Int, _ bytes: RawSpan, _ widen: (Stored) -> Int64
    ) {
        var integers = values.takeIntegers()
        integers.resize(to: count, filler: 0)
        var target = integers.mutableSpan
        for i in 0..<count { unsafe target[unchecked: i] = widen(bytes.element(i)) }
        values = .integer(integers)
    }

    /// Each element is its length, a UInt32, and its bytes.
    private mutating func readText(_ header: TensorHeader, _ bytes: RawSpan) throws(Rejection) {
        var text = values.takeText()
        text.removeAll()
        var offset = 0
        for element in 0..<header.count {
            guard bytes.byteCount - offset >= 4 else { throw header.endsEarly(at: element) }
            let length = Int(
                UInt32(
                    littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            offset += 4
            guard bytes.byteCount - offset >= length else { throw header.endsEarly(at: element) }
            bytes.extracting(offset..<offset + length).withUInt8Span { text.append($0) }
            offset += length
        }
        guard offset == bytes.byteCount else { throw header.tooLong(by: bytes.byteCount - offset) }
        values = .text(text)
    }
}

extension RawSpan {
    @inline(__always)
    fileprivate func element<Stored: FixedWidthInteger & BitwiseCopyable>(_ index: Int) -> Stored {
        let offset = index &* MemoryLayout<Stored>.size
        return Stored(
            littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: Stored.self))
    }

    func withUInt8Span<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        unsafe withUnsafeBytes { raw in unsafe body(raw.assumingMemoryBound(to: UInt8.self).span) }
    }
}

extension TensorHeader {
    fileprivate func wrongByteCount(_ found: Int) -> Rejection {
        Rejection(
            .badTensorData,
            "tensor \(Rejection.quote(name)) has \(found) bytes, its shape \(shapeText) of "
                + "\(datatype.rawValue) asks for \(count * (datatype.byteCount ?? 0))")
    }

    fileprivate func endsEarly(at element: Int) -> Rejection {
        Rejection(
            .badTensorData,
            "tensor \(Rejection.quote(name)) ends within its element \(element) of \(count)")
    }

    fileprivate func tooLong(by excess: Int) -> Rejection {
        Rejection(
            .badTensorData,
            "tensor \(Rejection.quote(name)) has \(excess) bytes behind its \(count) elements")
    }
}
