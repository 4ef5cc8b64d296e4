"""Golden values of the categorical measures: chi-squared homogeneity, TV, L-infinity, Hellinger, V, JS."""

import numpy as np
import scipy
from scipy.stats import chi2_contingency

import binned
from golden import output_directory, write
from homogeneity import fold


def reference_side(counts, other=0, missing=0):
    """A reference: a counter for each category, the folded tail, the missing values."""
    return {"counts": counts, "other": other, "missing": missing}


def current_side(counts, unseen=0, other=0, missing=0):
    """A window over the categories of its reference."""
    return {"counts": counts, "unseen": unseen, "other": other, "missing": missing}


def measure(name, reference, current):
    """One case: both sides, the test, and the distances on the same columns."""
    table = fold(reference, current)
    case = {"name": name, "reference": reference, "current": current}
    case["columns"] = [{"name": c[0], "reference": c[1], "current": c[2]} for c in table]
    r, w = [c[1] for c in table], [c[2] for c in table]
    if sum(r) == 0 or sum(w) == 0:
        return case | {"chi2": {"insufficient": True}}
    return case | chi_squared(r, w) | distances(r, w)


def chi_squared(reference, current):
    """The test by scipy, without continuity correction, and Cramer's V of it."""
    if len(reference) < 2:
        return {"chi2": {"insufficient": True}}
    result = chi2_contingency([reference, current], correction=False)
    total = sum(reference) + sum(current)
    test = {
        "statistic": result.statistic,
        "p_value": result.pvalue,
        "dof": result.dof,
        "columns": len(reference),
    }
    return {"chi2": test, "cramers_v": np.sqrt(result.statistic / total)}


def distances(reference, current):
    """Total variation, L-infinity, Hellinger and Jensen-Shannon between two rows of counts."""
    difference = np.abs(binned.shares(reference) - binned.shares(current))
    return {
        "tv": binned.total_variation(reference, current),
        "linf": difference.max(),
        "hellinger": binned.hellinger(reference, current),
        "js": binned.js_distance(reference, current),
    }


def long_tail(seed, categories, count, exponent=1.1):
    """Counts of categories whose frequencies fall like a power of their rank."""
    weights = 1 / np.arange(1, categories + 1) ** exponent
    drawn = np.random.default_rng(seed).multinomial(count, weights / weights.sum())
    return {f"c{rank:03}": int(k) for rank, k in enumerate(drawn) if k}


def within(reference, counts):
    """Splits drawn counts into those of the reference's categories and the total of the unseen."""
    known = {name: count for name, count in counts.items() if name in reference}
    return known, sum(counts.values()) - sum(known.values())


def plain_cases():
    """Few categories, all frequent or all rare."""
    three = {"a": 500, "b": 300, "c": 200}
    yield "same shares", reference_side(three), current_side({"a": 50, "b": 30, "c": 20})
    yield "other shares", reference_side(three), current_side({"a": 20, "b": 30, "c": 50})
    yield "one category, unchanged", reference_side({"a": 400}), current_side({"a": 100})
    yield "one category, then unseen", reference_side({"a": 400}), current_side({"a": 50}, unseen=50)
    yield "unseen only", reference_side(three), current_side({}, unseen=120)
    yield "a category vanishes", reference_side(three), current_side({"a": 100, "b": 60})
    yield "booleans", reference_side({"false": 900, "true": 100}), current_side({"false": 160, "true": 40})
    yield (
        "booleans, unchanged",
        reference_side({"false": 900, "true": 100}),
        current_side({"false": 180, "true": 20}),
    )
    yield (
        "booleans, rare truth",
        reference_side({"false": 9990, "true": 10}),
        current_side({"false": 197, "true": 3}),
    )
    yield (
        "integer codes",
        reference_side({str(k): 40 + k for k in range(12)}),
        current_side({str(k): 60 - 4 * k for k in range(12)}),
    )
    yield (
        "missing takes no part",
        reference_side(three, missing=700),
        current_side({"a": 50, "b": 30, "c": 25}, missing=90),
    )
    yield "all missing in the window", reference_side(three), current_side({}, missing=80)
    yield "empty reference", reference_side({}, missing=50), current_side({}, unseen=60)
    yield (
        "large counts",
        reference_side({"a": 6_000_000, "b": 4_000_000}),
        current_side({"a": 600_500, "b": 399_500}),
    )
    yield "far apart", reference_side({"a": 100_000, "b": 100}), current_side({"a": 100, "b": 100_000})


def folding_cases():
    """What forms the folded column, and what it joins."""
    base = {"a": 500, "b": 300, "c": 190}
    yield (
        "few unseen join the smallest",
        reference_side(base),
        current_side({"a": 50, "b": 30, "c": 18}, unseen=2),
    )
    yield (
        "many unseen stand alone",
        reference_side(base),
        current_side({"a": 40, "b": 30, "c": 20}, unseen=60),
    )
    yield (
        "other stands alone",
        reference_side(base, other=200),
        current_side({"a": 50, "b": 30, "c": 20}, other=35),
    )
    yield (
        "other and unseen together",
        reference_side(base, other=90),
        current_side({"a": 50, "b": 30, "c": 20}, unseen=7, other=4),
    )
    yield (
        "rare categories fold",
        reference_side(base | {"d": 5, "e": 4, "f": 1}),
        current_side({"a": 50, "b": 30, "c": 18, "e": 2}),
    )
    yield (
        "rare ones form a column together",
        reference_side(base | {f"r{k}": 12 for k in range(9)}),
        current_side({"a": 50, "b": 28, "c": 20, "r1": 4, "r7": 9}),
    )
    yield (
        "the smallest by both samples",
        reference_side({"a": 500, "b": 100, "c": 130}),
        current_side({"a": 50, "b": 60, "c": 12}, unseen=3),
    )
    yield (
        "equal smallest, by bytes",
        reference_side({"a": 500, "z": 100, "\u00e9": 100, "m": 100}),
        current_side({"a": 60, "z": 20, "\u00e9": 20, "m": 20}, unseen=2),
    )
    yield (
        "equal smallest, by reference count",
        reference_side({"a": 500, "b": 90, "c": 100}),
        current_side({"a": 60, "b": 20, "c": 10}, unseen=2),
    )
    yield "expected exactly five", reference_side({"a": 90, "b": 5}), current_side({"a": 90, "b": 5})
    yield "expected just below five", reference_side({"a": 90, "b": 5}), current_side({"a": 90, "b": 4})
    yield (
        "everything rare",
        reference_side({f"x{k}": 3 for k in range(20)}),
        current_side({f"x{k}": 1 for k in range(10)}),
    )
    yield "tiny window", reference_side(base), current_side({"a": 2, "b": 1})


def tail_cases():
    """Long-tailed categories, with and without drift."""
    reference = long_tail(1, 300, 20_000)
    for name, seed, exponent in (("long tail, unchanged", 2, 1.1), ("long tail, steeper", 3, 1.4)):
        known, unseen = within(reference, long_tail(seed, 300, 1000, exponent))
        yield name, reference_side(reference), current_side(known, unseen=unseen)
    head = dict(sorted(reference.items(), key=lambda item: -item[1])[:40])
    known, rest = within(head, long_tail(4, 300, 800))
    tail = reference_side(head, other=20_000 - sum(head.values()))
    yield "long tail, folded beyond 40", tail, current_side(known, unseen=9, other=rest - 9)
    sparse = long_tail(5, 300, 900, 0.3)
    known, unseen = within(sparse, long_tail(6, 400, 700, 0.3))
    yield "flat tail, many unseen", reference_side(sparse), current_side(known, unseen=unseen)


def main():
    """Writes categorical.json."""
    directory = output_directory(__doc__)
    families = (plain_cases, folding_cases, tail_cases)
    cases = [measure(*case) for family in families for case in family()]
    source = f"scipy {scipy.__version__}, numpy {np.__version__}; tools/golden/categorical.py"
    write("categorical.json", source, {"cases": cases}, directory)


if __name__ == "__main__":
    main()
