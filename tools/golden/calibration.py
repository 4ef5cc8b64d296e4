"""Golden values of the calibrated threshold on small synthetic blocks."""

import argparse

import numpy as np
import scipy
from scipy.stats import wasserstein_distance

import conformal
from golden import DRIFT_GOLDEN, write

BLOCKS = 12
SIZE = 60
FEATURES = [
    {"name": "level", "kind": "numeric"},
    {"name": "amount", "kind": "numeric"},
    {"name": "place", "kind": "categorical"},
    {"name": "flag", "kind": "categorical"},
]
PLACES = ["north", "south", "east", "west", "elsewhere"]


def draw_block(generator, shift=0.0, strange=0.0):
    """The values of one block: a level that wanders, amounts often zero, two categories."""
    level = np.round(generator.normal(generator.normal(shift, 1), 1, SIZE), 2)
    amount = np.where(generator.random(SIZE) < 0.7, 0, np.round(generator.exponential(2, SIZE), 1))
    weights = generator.dirichlet([8, 5, 3, 2, 0.2])
    place = [str(name) for name in generator.choice(PLACES, SIZE, p=weights)]
    place = ["new" if generator.random() < strange else name for name in place]
    flag = ["yes" if generator.random() < 0.3 else "no" for _ in range(SIZE)]
    return [list(map(float, level)), list(map(float, amount)), place, flag]


def remove(block, feature, count):
    """Makes the first values of one feature missing."""
    block[feature][:count] = [None] * count


def quiet():
    """No drift, a few missing values, no block skipped."""
    generator = np.random.default_rng(11)
    blocks = [draw_block(generator) for _ in range(BLOCKS)]
    for index in range(0, BLOCKS, 3):
        remove(blocks[index], index % 4, 7)
    return "no drift, some missing", blocks, draw_block(generator)


def drifted():
    """A shifted window with unseen categories; one block skipped for the first feature."""
    generator = np.random.default_rng(12)
    blocks = [draw_block(generator) for _ in range(BLOCKS)]
    remove(blocks[4], 0, 11)
    remove(blocks[7], 2, 10)
    return "drift, one block skipped for one feature", blocks, draw_block(generator, 8.0, 0.3)


def window_skipped():
    """A window too small for the features that drifted; blocks skipped on both sides of fifty."""
    generator = np.random.default_rng(13)
    blocks = [draw_block(generator) for _ in range(BLOCKS)]
    remove(blocks[0], 1, 30)
    remove(blocks[1], 1, SIZE)
    remove(blocks[2], 3, 20)
    window = draw_block(generator, 8.0)
    remove(window, 0, 15)
    return "window skipped for the drifted feature", blocks, window


def present(values):
    """The values that are not missing."""
    return [value for value in values if value is not None]


def distance(feature, block, pool, deviation):
    """The primary measure of a block against the pool of all others."""
    if feature["kind"] == "numeric":
        return wasserstein_distance(block, pool) / deviation
    names = sorted({*block, *pool})
    shares = [[side.count(name) / len(side) for name in names] for side in (block, pool)]
    return 0.5 * float(np.abs(np.subtract(*shares)).sum())


def distances(blocks, window):
    """T of every block and the window (last) for every feature; NaN where a block is skipped.

    A skipped block's values stay in the pool of the others.
    """
    everything = [*blocks, window]
    table = np.full((len(everything), len(FEATURES)), np.nan)
    for j, feature in enumerate(FEATURES):
        columns = [present(block[j]) for block in everything]
        deviation = reference_deviation(blocks, j)
        for i, column in enumerate(columns):
            if len(column) >= conformal.SMALLEST_BLOCK:
                pool = [value for other in columns[:i] + columns[i + 1 :] for value in other]
                table[i, j] = distance(feature, column, pool, deviation)
    return table


def reference_deviation(blocks, feature):
    """The population standard deviation over the values of all reference blocks, the window apart."""
    if FEATURES[feature]["kind"] != "numeric":
        return None
    return float(np.std(present(value for block in blocks for value in block[feature])))


def measure(case, median):
    """One case: blocks and window, and every step from the distances to the p-value."""
    name, blocks, window = case
    table = distances(blocks, window)
    z = conformal.standardize(table, median)
    score = conformal.scores(z)
    return {
        "name": name,
        "features": FEATURES,
        "blocks": blocks,
        "window": window,
        "sigma": [reference_deviation(blocks, j) for j in range(len(FEATURES))],
        "T": missing_as_null(table),
        "z": missing_as_null(z),
        "S": score,
        "p": conformal.rank_p(score),
    }


def missing_as_null(table):
    """A table as lists, with null in place of NaN."""
    return [[None if np.isnan(x) else float(x) for x in row] for row in table]


def main():
    """Writes calibration.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", default=DRIFT_GOLDEN, metavar="DIRECTORY", help="where to write the file")
    parser.add_argument(
        "--median", choices=conformal.MEDIANS, default="lower", help="of an even number of blocks"
    )
    arguments = parser.parse_args()
    source = (
        f"scipy {scipy.__version__}, numpy {np.__version__}; "
        "rows of T, z and S: the blocks, then the window; null: missing or skipped; "
        f"{arguments.median} median, sample standard deviation, both over all W + 1; "
        "tools/golden/calibration.py"
    )
    cases = [measure(case(), arguments.median) for case in (quiet, drifted, window_skipped)]
    write("calibration.json", source, {"cases": cases}, arguments.output)


if __name__ == "__main__":
    main()
