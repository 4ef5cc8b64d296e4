extension [UInt8] {
    /// Quoted where RFC 4180 asks for it.
    mutating func append(csvField field: ArraySlice<UInt8>) {
        let quote = UInt8(ascii: "\"")
        guard field.contains(where: { $0 < 0x20 || $0 == quote || $0 == UInt8(ascii: ",") }) else {
            append(contentsOf: field)
            return
        }
        append(quote)
        for byte in field {
            if byte == quote { append(quote) }
            append(byte)
        }
        append(quote)
    }
}
