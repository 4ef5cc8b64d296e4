"""Golden values of Holm's and Benjamini-Hochberg's adjusted p-values, by statsmodels."""

import numpy as np
import statsmodels
from statsmodels.stats.multitest import multipletests

from golden import output_directory, write


def vectors():
    """Named vectors of p-values: short, tied, extreme, unsorted, long."""
    generator = np.random.default_rng(1)
    yield "one", [0.03]
    yield "one zero", [0.0]
    yield "one one", [1.0]
    yield "all equal", [0.04] * 6
    yield "zeros and ones", [0.0, 1.0, 0.0, 1.0, 0.5]
    yield "sorted", [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]
    yield "unsorted with ties", [0.5, 0.01, 0.2, 0.01, 0.03, 0.2, 0.9, 0.03]
    yield "clipped at one", [0.4, 0.5, 0.9, 0.95]
    yield "descending", [0.9, 0.7, 0.5, 0.3, 0.1, 0.05, 0.01]
    yield "tiny", [1e-300, 5e-324, 1e-17, 1e-5, 0.2]
    yield "fifteen, a third small", [*(generator.random(5) * 1e-3), *generator.random(10)]
    yield "two hundred", np.round(generator.random(200) ** 2, 4)


def adjust(name, p):
    """One case: the p-values, Holm's and Benjamini-Hochberg's adjustments in the same order."""
    p = np.asarray(p, dtype=np.float64)
    return {
        "name": name,
        "p": p,
        "holm": multipletests(p, method="holm")[1],
        "benjamini_hochberg": multipletests(p, method="fdr_bh")[1],
    }


def main():
    """Writes multiple-testing.json."""
    directory = output_directory(__doc__)
    source = f"statsmodels {statsmodels.__version__}; tools/golden/multiple_testing.py"
    write("multiple-testing.json", source, {"cases": [adjust(*case) for case in vectors()]}, directory)


if __name__ == "__main__":
    main()
