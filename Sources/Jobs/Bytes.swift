import Glibc

extension [UInt8] {
    /// The C library's search: of a gigabyte of output most is only passed over.
    func firstIndex(of byte: UInt8, from start: Int) -> Int? {
        guard start < count else { return nil }
        return unsafe withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return nil }
            guard let found = unsafe memchr(base + start, CInt(byte), bytes.count - start) else { return nil }
            return unsafe UnsafeRawPointer(found) - base
        }
    }
}

extension UInt8 {
    /// A carriage return ends a line too: progress bars print nothing else.
    var endsLine: Bool { self == UInt8(ascii: "\n") || self == UInt8(ascii: "\r") }
}
