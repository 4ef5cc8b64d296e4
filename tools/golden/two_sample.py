"""Golden values of the numeric two-sample measures: KS, Wasserstein-1, PSI, JS, Hellinger, TV.

KS, Wasserstein and Jensen-Shannon are scipy's. PSI, its p-value, Hellinger and total variation are
numpy over the bins written beside them; PSI is checked against feature-engine where both bin alike.
"""

import warnings

import feature_engine
import numpy as np
import pandas as pd
import scipy
import scipy.stats
from feature_engine.selection import DropHighPSIFeatures

import binned
from golden import draw, output_directory, splitmix, values, write

BINS = 10
LARGEST_EXACT = 10_000
TINY = 5e-324
HUGE = 1.7976931348623157e308
INF = float("inf")


def split_range(low, low_closed, high, high_closed, atoms):
    """Splits one bin into its atoms and what lies between them; pieces empty as sets are dropped."""
    pieces = []
    for atom in atoms:
        if low < atom:
            pieces.append((low, low_closed, atom, False))
        pieces.append((atom, True, atom, True))
        low, low_closed = atom, False
    if low < high or (low == high and low_closed and high_closed):
        pieces.append((low, low_closed, high, high_closed))
    return pieces


def bin_edges(reference):
    """Quantile edges as order statistics, and the values that hold a tenth or more of the mass."""
    ordered = np.sort(reference) + 0.0
    count = len(ordered)
    ranks = [(j * count + BINS - 1) // BINS for j in range(1, BINS)]
    distinct, frequency = np.unique(ordered, return_counts=True)
    return sorted({float(ordered[rank - 1]) for rank in ranks}), distinct[frequency * BINS >= count]


def make_bins(reference):
    """The frozen bins of a reference: (low, low closed, high, high closed), over the extended reals."""
    edges, atoms = bin_edges(reference)
    pieces = []
    low, low_closed = -INF, True
    for edge in edges:
        pieces += split_bin(low, low_closed, edge, atoms)
        low, low_closed = edge, False
    return edges, pieces + split_bin(low, low_closed, INF, atoms)


def split_bin(low, low_closed, high, atoms):
    """Splits one quantile bin, closed above, at the atoms it holds."""
    if low == high and not low_closed:
        return []
    above = atoms >= low if low_closed else atoms > low
    return split_range(low, low_closed, high, True, [float(a) for a in atoms[above & (atoms <= high)]])


def count_bins(pieces, sample):
    """How many values of the sample lie in each bin; every value must lie in exactly one."""
    ordered = np.sort(sample)
    counts = []
    for low, low_closed, high, high_closed in pieces:
        first = np.searchsorted(ordered, low, side="left" if low_closed else "right")
        last = np.searchsorted(ordered, high, side="right" if high_closed else "left")
        counts.append(int(last - first))
    if sum(counts) != len(sample):
        raise AssertionError("bins do not partition the sample")
    return counts


def ks(reference, current):
    """The KS statistic with scipy's p-values, each left out where scipy has none."""
    with np.errstate(divide="ignore"):
        asymptotic = scipy.stats.ks_2samp(reference, current, method="asymp")
    result = {"statistic": asymptotic.statistic}
    if not np.isnan(asymptotic.pvalue):
        result["p_asymptotic"] = asymptotic.pvalue
    exact = exact_p(reference, current)
    if exact is not None:
        result["p_exact"] = exact
    return result


def exact_p(reference, current):
    """scipy's exact p-value, or None where it is not computed or falls back."""
    if max(len(reference), len(current)) > LARGEST_EXACT:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        try:
            return scipy.stats.ks_2samp(reference, current, method="exact").pvalue
        except RuntimeWarning:
            return None


def wasserstein(reference, current):
    """Raw Wasserstein-1 distance, or None where it is not finite."""
    if not (np.isfinite(reference).all() and np.isfinite(current).all()):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        distance = scipy.stats.wasserstein_distance(reference, current)
    return distance if np.isfinite(distance) else None


def measure(name, reference, current):
    """One case: both samples and every measure on them."""
    r, c = draw(reference), draw(current)
    case = {"name": name, "reference": reference, "current": current, "ks": ks(r, c)}
    distance = wasserstein(r, c)
    if distance is not None:
        case["wasserstein"] = distance
    return case | binned_measures(r, c)


def binned_measures(reference, current):
    """PSI with its bins, and the distances on the same bins."""
    edges, pieces = make_bins(reference)
    p, q = count_bins(pieces, reference), count_bins(pieces, current)
    keys = ("low", "low_closed", "high", "high_closed", "reference", "current")
    bins = [dict(zip(keys, (*piece, *counts))) for piece, *counts in zip(pieces, p, q)]
    return {
        "psi": {
            "edges": edges,
            "bins": bins,
            "value": binned.psi_value(p, q),
            "p_value": binned.psi_p_value(p, q),
        },
        "js": binned.js_distance(p, q),
        "hellinger": binned.hellinger(p, q),
        "total_variation": binned.total_variation(p, q),
    }


def check_psi():
    """PSI agrees with feature-engine on continuous data whose size puts both sets of edges on one value."""
    shapes = [(1001, 400, 1.0), (10_001, 2_000, 1.1), (5_001, 5_001, 0.7), (2_001, 300, 0.2)]
    for seed, (n, m, scale) in enumerate(shapes):
        reference = draw(splitmix(1000 * seed, n, 1 << 52, 2.0**-52))
        current = draw(splitmix(1000 * seed + 500_000, m, 1 << 52, scale * 2.0**-52, 0.05))
        ours = binned_measures(reference, current)["psi"]["value"]
        theirs = feature_engine_psi(reference, current)
        if abs(ours - theirs) > 1e-9:
            raise AssertionError(f"PSI {ours} here, {theirs} in feature-engine")
    return len(shapes)


def feature_engine_psi(reference, current):
    """PSI of feature-engine on two samples."""
    frame = pd.DataFrame(
        {
            "part": np.repeat([0, 1], [len(reference), len(current)]),
            "x": np.concatenate([reference, current]),
        }
    )
    selector = DropHighPSIFeatures(
        split_col="part",
        cut_off=0,
        variables=["x"],
        bins=BINS,
        strategy="equal_frequency",
        min_pct_empty_bins=binned.EMPTY_SHARE,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            selector.fit(frame)
        except ValueError as error:
            if "all features" not in str(error):
                raise
    return selector.psi_values_["x"]


def rounded_normal(seed, count, mean=0.0, deviation=1.0, digits=3):
    """A short list of normal values, rounded so that the file stays small."""
    return np.round(np.random.default_rng(seed).normal(mean, deviation, count), digits)


def zero_inflated(seed, count, share, scale=1.0):
    """Exponential values of which a share is exactly zero."""
    generator = np.random.default_rng(seed)
    drawn = np.round(generator.exponential(scale, count), 2)
    drawn[generator.random(count) < share] = 0.0
    return drawn


def small_cases():
    """One value, constants, tiny and unequal sizes."""
    five = [1, 2, 3, 4, 5]
    yield "one value each, equal", [0], [0]
    yield "one value each, different", [0], [1]
    yield "one value against two", [1], [0, 2]
    yield "one value against many", [3], range(40)
    yield "many against one value", range(40), [3]
    yield "two against two", [1, 2], [2, 3]
    yield "three against five, interleaved", [1, 3, 5], [0, 2, 4, 6, 8]
    yield "constant, unchanged", [7] * 30, [7] * 50
    yield "constant, moved", [7] * 30, [8] * 50
    yield "constant, starts to move", [0] * 100, [0] * 90 + five + five
    yield "constant current inside the reference", range(100), [42] * 60
    yield "constant current between reference values", range(100), [42.5] * 60
    yield "two values, shares change", [0] * 80 + [1] * 20, [0] * 50 + [1] * 50
    yield "two values, the order of size unsorted", [1, 0, 1, 0, 0, 1], [0, 0, 1, 1, 0, 0, 0]
    yield "zero and negative zero", [-0.0, 0.0, 1.0, -1.0] * 5, [0.0, -0.0, 0.0, 2.0] * 5
    yield "nine values", range(9), range(3, 12)
    yield "ten values", range(10), range(5, 15)
    yield "eleven values", range(11), range(5, 16)
    yield "identical lists", range(50), range(50)
    yield "same shares, other size", five * 4, five * 9
    yield "unequal sizes", range(200), [3, 50, 51, 52, 190]


def shape_cases():
    """Continuous, tied, zero-inflated and disjoint samples of moderate size."""
    normal = rounded_normal(1, 200)
    yield "normal, same law", normal, rounded_normal(2, 150)
    yield "normal, shifted", normal, rounded_normal(3, 150, mean=0.5)
    yield "normal, wider", normal, rounded_normal(4, 150, deviation=2)
    yield "normal, equal sizes", normal, rounded_normal(5, 200, mean=0.2)
    yield "normal with coarse ties", rounded_normal(6, 200, digits=1), rounded_normal(7, 170, 0.3, digits=1)
    yield "integers, heavy ties", np.rint(rounded_normal(8, 200, 5, 2)), np.rint(rounded_normal(9, 220, 6, 2))
    yield "near-identical, one value moved", normal, np.append(normal[:-1], 9.0)
    yield "near-identical, one value more", normal, np.append(normal, 0.0)
    yield "disjoint, above", normal, rounded_normal(10, 100, mean=50)
    yield "disjoint, below", normal, rounded_normal(11, 100, mean=-50)
    yield "reference inside a gap of the current", rounded_normal(12, 100), [-100] * 40 + [100] * 40
    yield "lognormal", np.round(np.exp(normal), 3), np.round(np.exp(rounded_normal(13, 150, 0.3)), 3)
    yield "zero-inflated, unchanged share", zero_inflated(14, 250, 0.9), zero_inflated(15, 200, 0.9)
    yield "zero-inflated, other share", zero_inflated(16, 250, 0.95), zero_inflated(17, 200, 0.7)
    yield "zero-inflated, other tail", zero_inflated(18, 250, 0.6), zero_inflated(19, 200, 0.6, 5)
    yield "atom at the maximum", np.minimum(normal, 0.8), np.minimum(rounded_normal(20, 150), 1.2)
    yield "atom at the minimum", np.maximum(normal, -0.8), np.maximum(rounded_normal(21, 150), -1.2)
    yield "atom of exactly a tenth", [*range(90), *[45] * 9], [*range(80), *[45] * 30]
    yield "atom just below a tenth", [*range(92), *[45] * 8], [*range(80), *[45] * 30]
    yield "two adjacent atoms", [1] * 30 + [2] * 30 + list(range(3, 43)), [1] * 50 + [1.5] * 10 + [2] * 20
    yield "one far outlier in the current", normal, np.append(rounded_normal(22, 150), 1e6)
    yield "one far outlier in the reference", np.append(normal, 1e6), rounded_normal(23, 150)


def extreme_cases():
    """Infinities, subnormals and magnitudes near the ends of the range."""
    finite = [1, 2, 3, 4, 5, 6]
    normal = rounded_normal(30, 120)
    yield "plus infinity in the current", normal, np.append(rounded_normal(31, 80), [INF] * 5)
    yield "minus infinity in the current", normal, np.append(rounded_normal(32, 80), [-INF] * 5)
    yield "plus infinity in the reference", np.append(normal, [INF] * 5), rounded_normal(33, 80)
    yield "minus infinity in the reference", np.append(normal, [-INF] * 5), rounded_normal(34, 80)
    yield "both infinities in both", [-INF, *finite, INF], [-INF, -INF, *finite, INF, INF, INF]
    yield "infinities as atoms", [-INF] * 20 + finite * 10 + [INF] * 20, [-INF] * 5 + finite * 5 + [INF] * 30
    yield "plus infinity against minus infinity", [INF] * 12, [-INF] * 15
    yield "plus infinity only, unchanged", [INF] * 12, [INF] * 15
    yield "minus infinity, then finite", [-INF] * 12, finite * 2
    yield "half the reference infinite", finite * 5 + [INF] * 30, finite * 9 + [INF] * 6
    yield "subnormals", [k * TINY for k in range(40)], [k * TINY for k in range(0, 80, 3)]
    yield "subnormals around zero", [-TINY, 0, TINY] * 15, [-TINY] * 5 + [0] * 20 + [TINY] * 9
    yield (
        "neighbouring doubles",
        [1 + k * 2.0**-52 for k in range(30)],
        [1 + k * 2.0**-52 for k in range(10, 30)],
    )
    yield "huge magnitudes", [k * 1e304 for k in range(-50, 50)], [k * 1.3e304 for k in range(-30, 60)]
    yield "the largest doubles", [-HUGE, HUGE] * 6, [-HUGE, 0, HUGE] * 5
    yield "large offset, small spread", [1e15 + k for k in range(100)], [1e15 + 1.5 * k for k in range(80)]
    yield (
        "magnitudes from tiny to huge",
        [10.0**k for k in range(-300, 300, 5)],
        [10.0**k for k in range(-200, 308, 7)],
    )


def large_cases():
    """Samples of thousands to a million values, each described by its recipe."""
    unit = 2.0**-32
    uniform = 1 << 32
    yield "a thousand, equal sizes", splitmix(1, 1000, uniform, unit), splitmix(9001, 1000, uniform, unit)
    yield (
        "one step of the generator apart",
        splitmix(1, 2000, uniform, unit),
        splitmix(2, 2000, uniform, unit),
    )
    yield "a thousand against 999", splitmix(1, 1000, uniform, unit), splitmix(5001, 999, uniform, unit, 0.01)
    yield "integers of 30 values", splitmix(7, 5000, 30), splitmix(50_007, 3000, 30, 1, 2)
    yield (
        "5,000 against 4,000, shifted",
        splitmix(3, 5000, uniform, unit),
        splitmix(60_003, 4000, uniform, unit, 0.03),
    )
    yield (
        "10,000 equal sizes",
        splitmix(4, 10_000, uniform, unit),
        splitmix(70_004, 10_000, uniform, unit, 0.005),
    )
    yield "10,000 with 700 distinct", splitmix(5, 10_000, 700, 0.1), splitmix(80_005, 9_000, 700, 0.101)
    yield "10,000 against 9,999, other lattice", splitmix(6, 10_000, 977), splitmix(90_006, 9_999, 1021, 0.95)
    yield (
        "100,000 with 20,000 distinct",
        splitmix(8, 100_000, 20_135),
        splitmix(300_008, 50_000, 20_135, 1, 60),
    )
    yield "100,000 with 4,095 distinct", splitmix(9, 100_000, 4095), splitmix(300_009, 1_000, 4095, 1.05)
    yield (
        "100,000 with 4,096 distinct",
        splitmix(10, 100_000, 4096, 0.5),
        splitmix(300_010, 10_000, 4096, 0.5),
    )
    yield (
        "20,000 against 100",
        splitmix(11, 20_000, uniform, unit),
        splitmix(300_011, 100, uniform, unit, 0.1),
    )
    yield (
        "a million, same law",
        splitmix(12, 1_000_000, uniform, unit),
        splitmix(5_000_012, 1_000_000, uniform, unit),
    )
    yield (
        "a million, shifted little",
        splitmix(13, 1_000_000, uniform, unit),
        splitmix(5_000_013, 500_000, uniform, unit, 0.002),
    )
    yield "a million ties", splitmix(14, 1_000_000, 25), splitmix(5_000_014, 1_000_000, 26)


def cases():
    """Every case, measured."""
    for family in (small_cases, shape_cases, extreme_cases):
        for name, reference, current in family():
            yield measure(name, values(reference), values(current))
    for name, reference, current in large_cases():
        yield measure(name, reference, current)


def main():
    """Writes two-sample.json."""
    directory = output_directory(__doc__)
    checked = check_psi()
    source = (
        f"scipy {scipy.__version__}, numpy {np.__version__}; "
        f"PSI checked against feature-engine {feature_engine.__version__} on {checked} pairs; "
        "tools/golden/two_sample.py"
    )
    write("two-sample.json", source, {"cases": list(cases())}, directory)


if __name__ == "__main__":
    main()
