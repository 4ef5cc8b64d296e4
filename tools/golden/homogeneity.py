"""The 2 x K table of a categorical feature, as the chi-squared test of homogeneity wants it."""

SMALLEST_EXPECTED = 5
FOLDED = "(folded)"


def dictionary_order(reference):
    """Categories by descending reference count, then by their bytes."""
    return sorted(reference, key=lambda name: (-reference[name], name.encode()))


def fold(reference, current):
    """Columns [name, reference count, window count], small ones folded into one at the end.

    Unseen values, `other` and every category whose expected window count is below 5 form one
    column; if that is below 5 itself, it joins the smallest kept column (the first in dictionary
    order among equals). Missing values take no part.
    """
    r, w = reference["counts"], current["counts"]
    n_reference = sum(r.values()) + reference.get("other", 0)
    n_current = sum(w.values()) + current.get("other", 0) + current.get("unseen", 0)

    def is_small(column):
        return pooled(column) * n_current < SMALLEST_EXPECTED * (n_reference + n_current)

    kept = []
    folded = [FOLDED, reference.get("other", 0), current.get("other", 0) + current.get("unseen", 0)]
    for name in dictionary_order(r):
        column = [name, r[name], w.get(name, 0)]
        if is_small(column):
            folded = [FOLDED, folded[1] + column[1], folded[2] + column[2]]
        else:
            kept.append(column)
    return add_folded(kept, folded, is_small(folded))


def add_folded(kept, folded, small):
    """Adds the folded column, or joins it to the smallest kept one; an empty one is left out."""
    if pooled(folded) == 0:
        return kept
    if not small or not kept:
        return [*kept, folded]
    smallest = min(kept, key=pooled)
    joined = [smallest[0], smallest[1] + folded[1], smallest[2] + folded[2]]
    return [joined if column is smallest else column for column in kept]


def pooled(column):
    """The count of a column in both samples together."""
    return column[1] + column[2]
