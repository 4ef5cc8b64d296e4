import Drift

/// A tensor of a message, all but its values: checked, so that those who read the values can trust it.
struct TensorHeader {
    enum Source {
        case json(JSONValue)
        /// The next binary tensor, of so many bytes.
        case binary(size: Int)
    }

    let name: JSONText
    let datatype: Datatype
    let shape: JSONValue
    let source: Source
    /// The first dimension.
    let rows: Int
    /// The product of the others: 1 for `[N]` and `[N, 1]`.
    let width: Int

    var count: Int { rows * width }

    init(_ tensor: JSONValue, limits: DecodingLimits) throws(Rejection) {
        let fields = Fields(tensor)
        guard let name = fields.name?.text else {
            throw Rejection(
                .wrongForm, tensor.isObject ? "a tensor has no name" : "a tensor is \(tensor.noun)")
        }
        try limits.check(name: name)
        self.name = name
        datatype = try TensorHeader.datatype(fields.datatype, of: name)
        (shape, rows, width) = try TensorHeader.extent(fields.shape, of: name)
        source = try TensorHeader.source(data: fields.data, size: fields.binarySize, of: name)
        try limits.check(rows: rows)
        try limits.check(columns: width)
        try limits.check(cells: rows, by: width)
    }

    /// The members of a tensor's object, found in one pass.
    private struct Fields {
        var name, shape, datatype, data, parameters: JSONValue?

        init(_ tensor: JSONValue) {
            for (key, value) in tensor.members where !value.isNull {
                if key == "name" {
                    name = value
                } else if key == "shape" {
                    shape = value
                } else if key == "datatype" {
                    datatype = value
                } else if key == "data" {
                    data = value
                } else if key == "parameters" {
                    parameters = value
                }
            }
        }

        var binarySize: JSONValue? { parameters?["binary_data_size"] }
    }
}

extension TensorHeader {
    private static func datatype(_ value: JSONValue?, of name: JSONText) throws(Rejection) -> Datatype {
        guard let text = value?.text else {
            throw Rejection(.unknownDatatype, "tensor \(Rejection.quote(name)) has no datatype")
        }
        guard let datatype = Datatype(text) else {
            throw Rejection(
                .unknownDatatype,
                "tensor \(Rejection.quote(name)) has the unknown datatype \(Rejection.quote(text))")
        }
        return datatype
    }

    private static func extent(
        _ value: JSONValue?, of name: JSONText
    ) throws(Rejection) -> (shape: JSONValue, rows: Int, width: Int) {
        guard let value, value.isArray else {
            throw Rejection(.wrongShape, "tensor \(Rejection.quote(name)) has no shape")
        }
        var (rows, width) = (Int?.none, 1)
        for element in value.elements {
            guard let size = element.integer, size >= 0 else {
                throw Rejection(
                    .wrongShape, "tensor \(Rejection.quote(name)) has \(element.noun) as a dimension")
            }
            guard rows != nil else {
                rows = Int(size)
                continue
            }
            let (product, overflow) = width.multipliedReportingOverflow(by: Int(size))
            width = overflow ? .max : product
        }
        guard let rows, width > 0 else {
            let fault = rows == nil ? "no dimensions" : "a dimension of 0 behind the first"
            throw Rejection(.wrongShape, "tensor \(Rejection.quote(name)) has \(fault)")
        }
        return (value, rows, width)
    }

    private static func source(
        data: JSONValue?, size: JSONValue?, of name: JSONText
    ) throws(Rejection) -> Source {
        if let size {
            guard let bytes = size.integer, bytes >= 0 else {
                throw Rejection(
                    .badTensorData, "tensor \(Rejection.quote(name)) has \(size.noun) as its binary_data_size"
                )
            }
            return .binary(size: Int(bytes))
        }
        guard let data else {
            throw Rejection(
                .missingTensorData, "tensor \(Rejection.quote(name)) has neither data nor a binary_data_size")
        }
        guard data.isArray else {
            throw Rejection(.wrongForm, "the data of tensor \(Rejection.quote(name)) is \(data.noun)")
        }
        return .json(data)
    }
}

extension TensorHeader {
    /// Whether nested data nests as the shape says. Flat data need not.
    func checkNesting(of data: JSONValue) throws(Rejection) {
        guard data.elements.first(where: { _ in true })?.isArray == true else { return }
        guard !TensorHeader.nests(data, shape.elements) else { return }
        throw Rejection(
            .wrongShape,
            "the data of tensor \(Rejection.quote(name)) is not nested as its shape \(shapeText) says")
    }

    private static func nests(_ array: JSONValue, _ dimensions: JSONValue.Elements) -> Bool {
        var inner = dimensions
        guard array.isArray, let size = inner.next()?.integer, array.elementCount == size else {
            return false
        }
        var next = inner
        let isInnermost = next.next() == nil
        return array.elements.allSatisfy { isInnermost ? !$0.isArray : nests($0, inner) }
    }

    func wrongCount(_ found: Int, orMore: Bool = false) -> Rejection {
        Rejection(
            .wrongShape,
            "tensor \(Rejection.quote(name)) has \(found)\(orMore ? " or more" : "") values, "
                + "its shape \(shapeText) asks for \(count)")
    }

    func wrongType(_ value: JSONValue, at index: Int) -> Rejection {
        Rejection(
            .wrongType,
            "tensor \(Rejection.quote(name)) is \(datatype.rawValue), but its element \(index) is \(value.noun)"
        )
    }

    var shapeText: String {
        "[" + shape.elements.map { $0.integer.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
    }
}
