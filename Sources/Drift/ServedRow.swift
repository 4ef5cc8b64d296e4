/// A row as it was served, to be held against what it is elsewhere.
package struct ServedRow: Sendable, Equatable {
    package struct Feature: Sendable, Equatable {
        package var name: String
        package var datatype: Datatype
        package var value: SkewValue

        package init(name: String, datatype: Datatype, value: SkewValue) {
            (self.name, self.datatype, self.value) = (name, datatype, value)
        }
    }

    /// The id of its request, as it came.
    package var id: [UInt8]
    /// Its place in the request, from 0.
    package var index: Int64
    package var time: Timestamp
    package var version: String?
    package var features: [Feature]

    package init(
        id: [UInt8], index: Int64 = 0, time: Timestamp, version: String? = nil, features: [Feature]
    ) {
        (self.id, self.index, self.time, self.version) = (id, index, time, version)
        self.features = features
    }

    /// The request's id; from its second row on, `id:index`.
    package var key: String {
        let request = String(decoding: id, as: UTF8.self)
        return index == 0 ? request : "\(request):\(index)"
    }
}

/// What a feature is in one row, on one side of a comparison.
package enum SkewValue: Sendable, Equatable {
    case null
    case number(Double)
    case text(String)

    /// NaN is no value: a file has an empty cell for it.
    package init(number: Double) { self = number.isNaN ? .null : .number(number) }

    /// An empty text is no value: a file cannot tell it from an empty cell.
    package init(text: String) { self = text.isEmpty ? .null : .text(text) }
}

extension ServedRow.Feature {
    /// The value in the fewest digits that its datatype tells apart; `nil` for none.
    var written: String? {
        switch value {
        case .null: nil
        case .text(let text): text
        case .number(let number) where datatype == .bool: number == 0 ? "false" : "true"
        case .number(let number) where number != number.rounded() && datatype.isSingle:
            String(Float(number))
        case .number(let number): categoryName(number)
        }
    }
}

extension Datatype {
    fileprivate var isSingle: Bool { self == .fp16 || self == .bf16 || self == .fp32 }
}
