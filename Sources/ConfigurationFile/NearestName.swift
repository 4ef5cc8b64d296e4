/// The candidate that is meant by a misspelt or shortened name, if any is near enough.
package func nearestName(to name: String, among candidates: [String]) -> String? {
    let distances = candidates.map { (name: $0, distance: distance(of: name, from: $0)) }
    guard let nearest = distances.min(by: { $0.distance < $1.distance }) else { return nil }
    return nearest.distance <= max(1, max(name.count, nearest.name.count) / 3) ? nearest.name : nil
}

/// Leaving off a candidate's end counts as one edit.
private func distance(of name: String, from candidate: String) -> Int {
    name.count > 2 && candidate.hasPrefix(name) ? 1 : editDistance(name, candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one name into another
/// (optimal string alignment).
func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var rows = [Array(0...b.count)]
    for i in a.indices {
        var row = [i + 1]
        for j in b.indices {
            let replaced = rows[i][j] + (a[i] == b[j] ? 0 : 1)
            var best = min(replaced, rows[i][j + 1] + 1, row[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
            row.append(best)
        }
        rows.append(row)
    }
    return rows[a.count][b.count]
}
