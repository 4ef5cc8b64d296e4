"""The calibrated threshold: how unusual a window is among the blocks of its reference."""

import numpy as np

SMALLEST_BLOCK = 50
SMALLEST_DISTANCE = 1e-4
SMALLEST_DEVIATION = 0.05


def lower_median(values):
    """The median; of an even number of values the lower of the two in the middle."""
    ordered = np.sort(values)
    return ordered[(len(ordered) - 1) // 2]


def middle_median(values):
    """The median; of an even number of values the mean of the two in the middle."""
    return np.median(values)


MEDIANS = {"lower": lower_median, "middle": middle_median}


def standardize(distances, median):
    """The z of every block and feature; NaN marks a block skipped for a feature.

    The median and the sample deviation (divisor one less than the number of blocks) are those of
    the logarithms over all W + 1 blocks that are not skipped, the judged window among them.
    """
    logs = np.log(np.maximum(distances, SMALLEST_DISTANCE))
    z = np.full_like(logs, np.nan)
    for feature in range(logs.shape[1]):
        kept = ~np.isnan(logs[:, feature])
        column = logs[kept, feature]
        if len(column) > 1:
            deviation = max(np.std(column, ddof=1), SMALLEST_DEVIATION)
            z[kept, feature] = (column - MEDIANS[median](column)) / deviation
    return z


def scores(z):
    """The largest z of each block; a block skipped for every feature scores minus infinity."""
    return np.max(np.where(np.isnan(z), -np.inf, z), axis=1)


def rank_p(score):
    """The share of all blocks that score at least what the last one, the judged window, scores."""
    return float(np.mean(score >= score[-1]))
