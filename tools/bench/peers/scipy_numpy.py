"""scipy's two-sample test in a loop over features; the same statistic by hand in numpy, with the reference
sorted once; and numpy.searchsorted and bincount for what Leeway calls rank and count."""

import numpy as np
import scipy
from scipy import stats

from timing import columns, folder, report, seconds

KNOTS = 4095


def kolmogorov_smirnov(ordered, current):
    """D of two samples, the first sorted: it is attained at, or just below, a value of the second."""
    values = np.sort(current)
    count = len(values)
    steps = np.arange(count + 1) / count
    above = np.searchsorted(ordered, values, side="right") / len(ordered)
    below = np.searchsorted(ordered, values, side="left") / len(ordered)
    # A value's own step is the last of its ties going up, the first going down; the others are no larger.
    return max((steps[1:] - above).max(), (below - steps[:-1]).max())


def knots(values):
    """The distinct values, or so many quantiles of them."""
    distinct = np.unique(values)
    if len(distinct) <= KNOTS:
        return distinct
    ordered = np.sort(values)
    return np.unique(ordered[np.ceil(np.arange(1, KNOTS + 1) * len(ordered) / KNOTS).astype(int) - 1])


def rank_and_count(edges, values):
    """How many values lie in each open interval and on each knot."""
    left = np.searchsorted(edges, values)
    is_knot = edges[np.minimum(left, len(edges) - 1)] == values
    return np.bincount(2 * left + is_knot, minlength=2 * len(edges) + 1)


def main():
    """Prints nanoseconds a value for single features, rows a second for all."""
    reference = {name: np.asarray(values) for name, values in columns(folder(), "reference").items()}
    current = {name: np.asarray(values) for name, values in columns(folder(), "current").items()}
    rows = min(map(len, current.values()))
    for name in ("normal", "lognormal", "tied"):
        edges, values = knots(reference[name]), current[name]
        nanoseconds = 1e9 / len(values)
        report(
            peer="numpy.searchsorted", feature=name, version=np.__version__,
            nanoseconds_per_value=nanoseconds * seconds(lambda: np.searchsorted(edges, values)),
        )
        report(
            peer="numpy.searchsorted + bincount", feature=name, version=np.__version__,
            nanoseconds_per_value=nanoseconds * seconds(lambda: rank_and_count(edges, values)),
        )
        report(
            peer="scipy.stats.ks_2samp", feature=name, version=scipy.__version__,
            nanoseconds_per_value=nanoseconds
            * seconds(lambda: stats.ks_2samp(reference[name], values, method="asymp")),
        )

    def all_by_scipy():
        for name, values in current.items():
            stats.ks_2samp(reference[name], values, method="asymp")

    ordered = {name: np.sort(values) for name, values in reference.items()}

    def all_by_numpy():
        return [kolmogorov_smirnov(ordered[name], values) for name, values in current.items()]

    for name, statistic in zip(current, all_by_numpy()):
        assert abs(statistic - stats.ks_2samp(reference[name], current[name]).statistic) < 1e-12
    report(
        peer="scipy `ks_2samp`, feature by feature", version=scipy.__version__,
        rows_per_second=rows / seconds(all_by_scipy),
    )
    report(
        peer="numpy by hand, reference sorted once", version=np.__version__,
        rows_per_second=rows / seconds(all_by_numpy, repeats=15),
    )


if __name__ == "__main__":
    main()
