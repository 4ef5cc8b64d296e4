extension KolmogorovSmirnov {
    /// Where two distributions lie furthest apart.
    package struct Place: Equatable, Sendable {
        /// The knot, counted from 0.
        package var knot: Int
        /// They do just below the knot, and not at it.
        package var isBelow: Bool
    }

    /// The first place at which the distributions differ by `statistic`; `nil` where they are equal.
    ///
    /// - Precondition: `statistic` is that of these samples.
    package func place(reference: CumulativeCounts, current: CumulativeCounts) -> Place? {
        guard statistic > 0 else { return nil }
        let cell = firstCell(
            differingBy: statistic, reference.sums.span, current.sums.span, 1 / Double(reference.total),
            1 / Double(current.total))
        return cell.map { Place(knot: $0 / 2, isBelow: $0.isMultiple(of: 2)) }
    }
}

/// The same products and differences as the supremum's, so that equal is equal to the last bit.
private func firstCell(
    differingBy statistic: Double, _ f: Span<Double>, _ g: Span<Double>, _ fUnit: Double, _ gUnit: Double
) -> Int? {
    for cell in 0..<max(0, f.count - 1) where abs(f[cell] * fUnit - g[cell] * gUnit) >= statistic {
        return cell
    }
    return nil
}
