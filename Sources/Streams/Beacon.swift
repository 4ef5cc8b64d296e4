/// What a publisher says of itself each second: how far it has numbered each of its topics, so that a loss at
/// the end of a stream shows too, and whether the stream ends here.
package struct Beacon: Equatable, Sendable {
    package var epoch: UInt64
    /// The number of the last message sent of each kind; 0 when there was none.
    package var sequences: [Topic.Kind: UInt64]
    package var isEnd: Bool

    package init(epoch: UInt64, sequences: [Topic.Kind: UInt64], isEnd: Bool = false) {
        (self.epoch, self.sequences, self.isEnd) = (epoch, sequences, isEnd)
    }

    package init(_ bytes: RawSpan) throws(Rejection) {
        self = try JSONParser().parse(bytes) { (root) throws(Rejection) in try Beacon(root) }
    }

    private init(_ root: JSONValue) throws(Rejection) {
        guard root.isObject, let epoch = root["epoch"]?.unsigned, let sequences = root["sequences"] else {
            throw Rejection(.wrongForm, "a beacon is an object with an epoch and sequences")
        }
        self.init(epoch: epoch, sequences: [:])
        if case .bool(true) = root["end"]?.content { isEnd = true }
        for (key, value) in sequences.members {
            guard let kind = Topic.Kind(rawValue: key.string) else { continue }
            guard let number = value.unsigned else {
                throw Rejection(.wrongForm, "the beacon's sequence of \(kind.rawValue) is \(value.noun)")
            }
            self.sequences[kind] = number
        }
    }

    package var json: String {
        let numbers = Topic.Kind.allCases.compactMap { kind in
            sequences[kind].map { "\"\(kind.rawValue)\":\($0)" }
        }
        let end = isEnd ? ",\"end\":true" : ""
        return "{\"epoch\":\(epoch),\"sequences\":{\(numbers.joined(separator: ","))}\(end)}"
    }
}

extension JSONValue {
    fileprivate var unsigned: UInt64? {
        switch content {
        case .integer(let number): UInt64(exactly: number)
        case .unsigned(let number): number
        case .null, .bool, .real, .text, .array, .object: nil
        }
    }
}
