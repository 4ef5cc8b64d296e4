#!/usr/bin/env python3
"""Writes the benchmark's data: ten numeric features, 10,000 values of reference and of window each.

Five features keep their distribution, five move a little. Argument: the folder to write to."""

import sys
from pathlib import Path

import numpy as np

COUNT = 10_000


def features(random):
    """Name, reference, window."""

    def normal(mean=0.0, deviation=1.0):
        return random.normal(mean, deviation, COUNT)

    yield "normal", normal(), normal()
    yield "normal_moved", normal(), normal(0.1)
    yield "normal_wider", normal(), normal(0.0, 1.2)
    yield "lognormal", np.exp(normal()), np.exp(normal())
    yield "lognormal_moved", np.exp(normal()), np.exp(normal(0.05))
    yield "exponential", random.exponential(size=COUNT), random.exponential(size=COUNT)
    yield "uniform", random.random(COUNT), random.random(COUNT)
    yield "tied", np.round(normal(), 1), np.round(normal(), 1)
    yield "tied_moved", np.round(normal(), 2), np.round(normal(0.05), 2)
    yield "student", random.standard_t(3, COUNT), random.standard_t(3, COUNT) + 0.05


def main():
    """Writes FEATURE.reference.f64 and FEATURE.current.f64, little-endian doubles."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, reference, current in features(np.random.default_rng(2013)):
        for side, values in (("reference", reference), ("current", current)):
            (folder / f"{name}.{side}.f64").write_bytes(values.astype("<f8").tobytes())


if __name__ == "__main__":
    main()
