"""Measures on bins: PSI, Jensen-Shannon, Hellinger and total variation from two rows of counts."""

import mpmath
import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2

EMPTY_SHARE = 1e-4


def shares(counts):
    """Counts as proportions of their total."""
    counts = np.asarray(counts, dtype=np.float64)
    return counts / counts.sum()


def psi_value(reference, current):
    """PSI with an empty side floored at 1e-4 and not renormalised; bins empty on both sides are nothing."""
    p, q = shares(reference), shares(current)
    seen = (p > 0) | (q > 0)
    p, q = (np.where(side[seen] > 0, side[seen], EMPTY_SHARE) for side in (p, q))
    return float(np.sum((q - p) * np.log(q / p)))


def psi_p_value(reference, current):
    """Chi-squared tail of the PSI of counts smoothed by one half, over bins not empty on both sides."""
    reference, current = np.asarray(reference), np.asarray(current)
    seen = (reference > 0) | (current > 0)
    bins = int(seen.sum())
    if bins < 2:
        return 1.0
    n_reference, n_current = reference.sum(), current.sum()
    p = (reference[seen] + 0.5) / (n_reference + bins / 2)
    q = (current[seen] + 0.5) / (n_current + bins / 2)
    smoothed = np.sum((q - p) * np.log(q / p))
    return float(chi2.sf(smoothed / (1 / n_current + 1 / n_reference), bins - 1))


def js_distance(reference, current):
    """Jensen-Shannon distance, base 2, by scipy, checked at fifty digits."""
    p, q = shares(reference), shares(current)
    found = float(jensenshannon(p, q, base=2))
    exact = exact_js_distance(reference, current)
    if abs(found - exact) > 1e-12:
        return exact
    return found


def exact_js_distance(reference, current):
    """Jensen-Shannon distance from the integer counts in fifty-digit arithmetic."""
    with mpmath.workdps(50):
        n, m = mpmath.mpf(int(sum(reference))), mpmath.mpf(int(sum(current)))
        total = mpmath.mpf(0)
        for r, c in zip(reference, current):
            p, q = int(r) / n, int(c) / m
            middle = (p + q) / 2
            total += sum(x * mpmath.log(x / middle, 2) for x in (p, q) if x > 0)
        return float(mpmath.sqrt(max(total / 2, 0)))


def hellinger(reference, current):
    """Hellinger distance between two rows of counts."""
    difference = np.sqrt(shares(reference)) - np.sqrt(shares(current))
    return float(np.sqrt(0.5 * np.sum(difference**2)))


def total_variation(reference, current):
    """Half the sum of the absolute differences of the shares."""
    return float(0.5 * np.sum(np.abs(shares(reference) - shares(current))))
