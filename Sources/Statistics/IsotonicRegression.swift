/// The non-decreasing function closest to the points in weighted squares, by pooling adjacent violators; linear
/// between its knots and level beyond them. `sklearn.isotonic.IsotonicRegression(out_of_bounds="clip")`.
package struct IsotonicRegression: Equatable, Sendable {
    /// Strictly ascending.
    package let arguments: [Double]
    /// One an argument, never falling.
    package let values: [Double]

    package struct Point: Equatable, Sendable {
        package var x: Double
        package var y: Double
        package var weight: Double

        package init(x: Double, y: Double, weight: Double = 1) {
            (self.x, self.y, self.weight) = (x, y, weight)
        }
    }

    /// - Precondition: points and weights are finite, weights not negative. A point of weight 0 is left out.
    /// - Returns: `nil` when no point is left.
    package init?(_ points: [Point]) {
        precondition(
            points.allSatisfy { $0.x.isFinite && $0.y.isFinite && $0.weight >= 0 && $0.weight.isFinite },
            "a regression is of finite points")
        let distinct = points.filter { $0.weight > 0 }.mergingTies()
        guard !distinct.isEmpty else { return nil }
        let fitted = distinct.pooled()
        let kept = distinct.indices.filter { i in
            i == 0 || i == fitted.count - 1 || fitted[i] != fitted[i - 1] || fitted[i] != fitted[i + 1]
        }
        (arguments, values) = (kept.map { distinct[$0].x }, kept.map { fitted[$0] })
    }

    /// - Returns: `nil` unless the arguments ascend strictly, the values never fall, and all are finite.
    package init?(arguments: [Double], values: [Double]) {
        guard !arguments.isEmpty, arguments.count == values.count,
            (arguments + values).allSatisfy(\.isFinite),
            zip(arguments, arguments.dropFirst()).allSatisfy(<),
            zip(values, values.dropFirst()).allSatisfy(<=)
        else { return nil }
        (self.arguments, self.values) = (arguments, values)
    }

    /// - Precondition: `x` is not NaN.
    package func callAsFunction(_ x: Double) -> Double {
        precondition(!x.isNaN, "NaN is nowhere on the line")
        if x <= arguments[0] { return values[0] }
        if x >= arguments[arguments.count - 1] { return values[values.count - 1] }
        let above = firstArgument(notBelow: x)
        let (x0, x1, y0, y1) = (arguments[above - 1], arguments[above], values[above - 1], values[above])
        // Halves, so that the widest gap does not overflow.
        return y0 + (y1 - y0) * ((x / 2 - x0 / 2) / (x1 / 2 - x0 / 2))
    }

    private func firstArgument(notBelow x: Double) -> Int {
        var (low, high) = (0, arguments.count)
        while low < high {
            let middle = (low + high) / 2
            if arguments[middle] < x { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension [IsotonicRegression.Point] {
    /// One point an argument, ascending: the weighted mean of those that share it.
    fileprivate func mergingTies() -> [IsotonicRegression.Point] {
        var merged: [IsotonicRegression.Point] = []
        for point in sorted(by: { ($0.x, $0.y) < ($1.x, $1.y) }) {
            if let last = merged.last, last.x == point.x {
                merged[merged.count - 1].weight += point.weight
                merged[merged.count - 1].y += point.weight * point.y
            } else {
                merged.append(.init(x: point.x, y: point.weight * point.y, weight: point.weight))
            }
        }
        return merged.map { .init(x: $0.x, y: $0.y / $0.weight, weight: $0.weight) }
    }

    /// R. E. Barlow et al., "Statistical Inference under Order Restrictions", 1972: a stack of blocks, each above the
    /// one before it.
    fileprivate func pooled() -> [Double] {
        var blocks: [(mean: Double, weight: Double, count: Int)] = []
        for point in self {
            var block = (mean: point.y, weight: point.weight, count: 1)
            while let last = blocks.last, last.mean >= block.mean {
                let weight = last.weight + block.weight
                block = (
                    (last.mean * last.weight + block.mean * block.weight) / weight, weight,
                    last.count + block.count
                )
                blocks.removeLast()
            }
            blocks.append(block)
        }
        return blocks.flatMap { Array<Double>(repeating: $0.mean, count: $0.count) }
    }
}
