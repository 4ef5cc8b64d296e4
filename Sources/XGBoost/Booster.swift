import CXGBoost

/// A model of boosted trees. It belongs to one thread at a time.
@safe package struct Booster: ~Copyable {
    private let handle: BoosterHandle

    private init(handle: BoosterHandle) { unsafe self.handle = handle }

    deinit { unsafe XGBoosterFree(handle) }

    // MARK: Making one

    /// A model that has learnt nothing yet.
    ///
    /// - Parameter parameters: names and values as XGBoost documents them; a name may come more than once.
    package static func untrained(
        columns: [FeatureColumn], parameters: [(name: String, value: String)], matrices: [TrainingMatrix]
    ) throws(XGBoostError) -> Booster {
        let handles = unsafe matrices.map { unsafe DMatrixHandle?(unsafe $0.handle) }
        let booster = try unsafe Booster.create(caching: handles)
        for parameter in parameters { try booster.set(parameter.name, parameter.value) }
        try booster.describe(columns)
        return booster
    }

    /// A model as it was saved; what it was trained with other than its trees is not part of it.
    ///
    /// - Parameter threads: how many predict.
    package static func load(_ model: SavedModel, threads: Int) throws(XGBoostError) -> Booster {
        let booster = try unsafe Booster.create(caching: [])
        let status = unsafe model.bytes.withUnsafeBytes {
            unsafe XGBoosterLoadModelFromBuffer(booster.handle, $0.baseAddress, bst_ulong($0.count))
        }
        try check(status)
        try booster.set("nthread", String(threads))
        return booster
    }

    private static func create(caching matrices: [DMatrixHandle?]) throws(XGBoostError) -> Booster {
        XGBoostLog.listen()
        var created: BoosterHandle?
        let status = unsafe matrices.withUnsafeBufferPointer {
            unsafe XGBoosterCreate($0.baseAddress, bst_ulong($0.count), &created)
        }
        try check(status)
        guard let created = unsafe created else { throw XGBoostError(message: "it made no booster") }
        return unsafe Booster(handle: created)
    }

    private borrowing func set(_ name: String, _ value: String) throws(XGBoostError) {
        try check(unsafe XGBoosterSetParam(handle, name, value))
    }

    // MARK: Learning

    /// Adds one round of trees.
    package borrowing func update(round: Int, from matrix: TrainingMatrix) throws(XGBoostError) {
        XGBoostLog.listen()
        try check(unsafe XGBoosterUpdateOneIter(handle, Int32(round), matrix.handle))
    }

    /// A measure on one of the sets of rows, after a round.
    package struct Measure: Equatable, Sendable {
        package let set: String
        package let metric: String
        package let value: Double
    }

    /// The parameter `eval_metric` on each set, in the order they were given in.
    package borrowing func evaluate(
        round: Int, on sets: [(name: String, matrix: TrainingMatrix)]
    ) throws(XGBoostError) -> [Measure] {
        var handles = unsafe sets.map { unsafe DMatrixHandle?(unsafe $0.matrix.handle) }
        var result: UnsafePointer<CChar>?
        let status = unsafe withCStrings(sets.map(\.name)) { names in
            unsafe handles.withUnsafeMutableBufferPointer {
                unsafe XGBoosterEvalOneIter(
                    handle, Int32(round), $0.baseAddress, names, bst_ulong($0.count), &result)
            }
        }
        try check(status)
        let line = unsafe result.map { unsafe String(cString: $0) } ?? ""
        return Booster.measures(line, sets: sets.map(\.name))
    }

    /// `[7]\ttrain-logloss:0.43\tholdout-logloss:0.45`
    private static func measures(_ line: String, sets: [String]) -> [Measure] {
        line.split(separator: "\t").dropFirst().compactMap { field in
            guard let set = sets.first(where: { field.hasPrefix("\($0)-") }),
                let colon = field.lastIndex(of: ":")
            else { return nil }
            let metric = field[..<colon].dropFirst(set.count + 1)
            return Measure(
                set: set, metric: String(metric), value: Double(field[field.index(after: colon)...]) ?? .nan)
        }
    }

    /// The model of the first rounds alone.
    package borrowing func keeping(rounds: Int) throws(XGBoostError) -> Booster {
        var slice: BoosterHandle?
        try check(unsafe XGBoosterSlice(handle, 0, Int32(rounds), 1, &slice))
        guard let slice = unsafe slice else { throw XGBoostError(message: "it made no slice") }
        let kept = unsafe Booster(handle: slice)
        try kept.describe(columns())
        return kept
    }

    package borrowing func rounds() throws(XGBoostError) -> Int {
        var count: Int32 = 0
        try check(unsafe XGBoosterBoostedRounds(handle, &count))
        return Int(count)
    }

    // MARK: Features

    private borrowing func describe(_ columns: [FeatureColumn]) throws(XGBoostError) {
        for info in [FeatureInfo.names, .types] {
            let status = unsafe withCStrings(columns.texts(info)) {
                unsafe XGBoosterSetStrFeatureInfo(handle, info.rawValue, $0, bst_ulong(columns.count))
            }
            try check(status)
        }
    }

    /// The features in the order of their columns; none where the model was saved without their names.
    package borrowing func columns() throws(XGBoostError) -> [FeatureColumn] {
        let (names, types) = (try texts(.names), try texts(.types))
        return names.indices.map { index in
            let isCode = index < types.count && types[index] == FeatureColumn.Kind.code.rawValue
            return FeatureColumn(names[index], isCode ? .code : .number)
        }
    }

    private borrowing func texts(_ info: FeatureInfo) throws(XGBoostError) -> [String] {
        var count: bst_ulong = 0
        var texts: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        try check(unsafe XGBoosterGetStrFeatureInfo(handle, info.rawValue, &count, &texts))
        guard let texts = unsafe texts else { return [] }
        return (0..<Int(count)).map { index in unsafe texts[index].map { unsafe String(cString: $0) } ?? "" }
    }

    package borrowing func featureCount() throws(XGBoostError) -> Int {
        var count: bst_ulong = 0
        try check(unsafe XGBoosterGetNumFeature(handle, &count))
        return Int(count)
    }

    // MARK: Predicting

    /// What the model answers for rows laid end to end: one number a row, or one for each class.
    ///
    /// - Parameter values: row by row, NaN where there is none.
    package borrowing func predict(_ values: [Float], columns: Int) throws(XGBoostError) -> [Float] {
        guard !values.isEmpty else { return [] }
        let array = ArrayInterface(values, columns: columns)
        var shape: UnsafePointer<bst_ulong>?
        var dimensions: bst_ulong = 0
        var result: UnsafePointer<Float>?
        let status = unsafe values.withUnsafeBytes { bytes in
            let json = unsafe array.json(at: bytes.baseAddress)
            return unsafe XGBoosterPredictFromDense(
                handle, json, Booster.predictionOptions, nil, &shape, &dimensions, &result)
        }
        try check(status)
        guard let shape = unsafe shape, let result = unsafe result else { return [] }
        let count = (0..<Int(dimensions)).reduce(1) { product, index in
            product * Int(unsafe shape[index])
        }
        return unsafe Array(UnsafeBufferPointer(start: result, count: count))
    }

    private static let predictionOptions = """
        {"type":0,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":true,\
        "missing":NaN,"cache_id":0}
        """

    // MARK: Saving

    /// The model's file, the same bytes for the same model.
    package borrowing func saved(as format: SavedModel.Format) throws(XGBoostError) -> [UInt8] {
        var count: bst_ulong = 0
        var bytes: UnsafePointer<CChar>?
        let options = #"{"format":"\#(format.rawValue)"}"#
        try check(unsafe XGBoosterSaveModelToBuffer(handle, options, &count, &bytes))
        guard let bytes = unsafe bytes else { return [] }
        return unsafe Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
    }
}
