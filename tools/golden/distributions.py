"""Golden tables of the special functions: kstwo, chi-squared and t tails, hypergeometric mid-p.

The first three are scipy's; what can be computed exactly of kstwo is compared with mpmath. The
mid-p values are mpmath's, at fifty digits.
"""

import itertools
import math

import mpmath
import scipy
from scipy.stats import chi2, hypergeom, kstwo, t

from golden import output_directory, write

KS_SIZES = [1, 2, 3, 5, 10, 20, 50, 100, 140, 141, 200, 1000, 5000, 20_000, 100_000, 500_000]
KS_SCALED = [0.05, 0.3, 0.5, 0.7, 0.9, 1.1, 1.36, 1.63, 1.95, 2.5, 3.5, 5.0]
KS_PLAIN = [0.001, 0.2, 0.5, 0.75, 0.9, 0.99]
CHI_SQUARED_X = [0.0, 1e-8, 0.01, 0.3, 1.0, 3.84, 9.0, 25.0, 60.0, 150.0, 500.0, 1400.0]
CHI_SQUARED_K = [1, 2, 3, 4, 5, 9, 10, 20, 50, 100, 999]
T_X = [-40.0, -6.0, -2.0, -0.5, 0.0, 1e-6, 0.5, 1.0, 1.96, 3.0, 6.0, 12.0, 40.0]
T_DF = [1, 2, 3, 5, 8, 13, 20, 21, 30, 90, 1000, 1_000_000]
TOLERANCE = 1e-10


def ks_table():
    """kstwo.sf over sizes, with distances scaled to the size and plain ones."""
    rows = []
    for n in KS_SIZES:
        scaled = (round(x / math.sqrt(n), 8) for x in KS_SCALED)
        for d in sorted({d for d in (*scaled, *KS_PLAIN) if 0 < d < 1}):
            rows.append({"n": n, "d": d, "sf": kstwo.sf(d, n)})
    for row in rows:
        check_ks(row)
    return rows


def check_ks(row):
    """Where d is at least one half the tail is twice the one-sided one: compare it with mpmath."""
    if row["d"] < 0.5 or row["n"] > 1000:
        return
    exact = float(2 * one_sided(row["n"], row["d"]))
    if abs(row["sf"] - exact) > TOLERANCE * exact + 1e-300:
        raise AssertionError(f"kstwo.sf({row['d']}, {row['n']}) is {row['sf']}, exactly {exact}")


def one_sided(n, d):
    """The one-sided tail of Kolmogorov and Smirnov, summed at fifty digits."""
    with mpmath.workdps(50):
        d = mpmath.mpf(d)
        total = mpmath.mpf(0)
        for j in range(int(mpmath.floor(n * (1 - d))) + 1):
            share = mpmath.mpf(j) / n
            total += mpmath.binomial(n, j) * (1 - d - share) ** (n - j) * (d + share) ** (j - 1)
        return d * total


def chi_squared_table():
    """Upper tails of the chi-squared distribution."""
    pairs = itertools.product(CHI_SQUARED_K, CHI_SQUARED_X)
    rows = [{"k": k, "x": x, "sf": chi2.sf(x, k)} for k, x in pairs]
    for row in rows:
        with mpmath.workdps(50):
            exact = float(
                mpmath.gammainc(mpmath.mpf(row["k"]) / 2, mpmath.mpf(row["x"]) / 2, regularized=True)
            )
        row["sf"] = closest(row["sf"], exact)
    return rows


def t_table():
    """Upper tails of Student's distribution."""
    return [
        {"df": df, "x": x, "sf": closest(t.sf(x, df), exact_t(x, df))}
        for df, x in itertools.product(T_DF, T_X)
    ]


def exact_t(x, df):
    """The upper tail of Student's distribution at fifty digits."""
    with mpmath.workdps(50):
        x, df = mpmath.mpf(x), mpmath.mpf(df)
        tail = mpmath.betainc(df / 2, mpmath.mpf(1) / 2, 0, df / (df + x * x), regularized=True) / 2
        return float(tail if x >= 0 else 1 - tail)


def closest(found, exact):
    """scipy's value where it is right to ten digits, else mpmath's."""
    return found if abs(found - exact) <= TOLERANCE * abs(exact) else exact


def mid_p_table():
    """P(A > a) + P(A = a) / 2 for a events in a window, given those in both samples together."""
    rows = []
    for reference, window, events in mid_p_margins():
        mean = events * window / (reference + window)
        spread = math.sqrt(mean) + 1
        wanted = {round(mean + k * spread) for k in (-3, -1, 0, 1, 2, 4, 8)} | {0, 1, min(events, window)}
        for a in sorted(wanted):
            if max(0, events - reference) <= a <= min(events, window):
                rows.append(mid_p(reference, window, events, a))
    return rows


def mid_p_margins():
    """Sizes of reference and window with the number of events in both: common, rare and none."""
    yield from [(1, 1, 1), (10, 5, 0), (10, 5, 15), (10, 5, 3), (50, 200, 7), (200, 50, 40)]
    yield from [(10_000, 500, 3), (10_000, 500, 12), (10_000, 500, 900), (27_000, 900, 2)]
    yield from [(100_000, 10_000, 55), (1_000_000, 1_000_000, 20), (1_900_000, 100_000, 1)]
    yield from [(1_900_000, 100_000, 40), (1_999_800, 200, 5), (1_900_000, 100_000, 60_000)]


def mid_p(reference, window, events, a):
    """One row, by mpmath, with scipy's value required to be near."""
    exact = exact_mid_p(reference, window, events, a)
    law = hypergeom(reference + window, events, window)
    found = law.sf(a) + 0.5 * law.pmf(a)
    if abs(found - exact) > 1e-6 * exact + 1e-12:
        raise AssertionError(f"mid-p of {reference, window, events, a}: {found} by scipy, {exact} by mpmath")
    return {"reference": reference, "window": window, "events": events, "a": a, "mid_p": exact}


def exact_mid_p(reference, window, events, a):
    """The mid-p value at fifty digits, summed over the upper tail term by term."""
    with mpmath.workdps(50):
        term = mpmath.binomial(window, a) * mpmath.binomial(reference, events - a)
        term /= mpmath.binomial(reference + window, events)
        total = term / 2
        for k in range(a, min(events, window)):
            step = mpmath.mpf((window - k) * (events - k)) / ((k + 1) * (reference - events + k + 1))
            term *= step
            total += term
            if step < 1 and term < total * mpmath.mpf(10) ** -45:
                break
        return float(total)


def main():
    """Writes distributions.json."""
    directory = output_directory(__doc__)
    source = f"scipy {scipy.__version__}, mpmath {mpmath.__version__}; tools/golden/distributions.py"
    body = {
        "kstwo": ks_table(),
        "chi2": chi_squared_table(),
        "t": t_table(),
        "hypergeometric_mid_p": mid_p_table(),
    }
    write("distributions.json", source, body, directory)


if __name__ == "__main__":
    main()
