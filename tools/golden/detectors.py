"""Golden values of the detectors of concept drift, loss by loss, by river."""

import argparse
import csv
from itertools import groupby
from pathlib import Path

import numpy as np
import river
from river.drift import ADWIN, KSWIN, PageHinkley
from river.drift.binary import DDM, EDDM, HDDMA, HDDMW

from golden import DRIFT_GOLDEN, draw, encode, mix, splitmix, write

ELEC = DRIFT_GOLDEN / "elec.csv"
ELEC_ROWS = range(12_500, 16_500)
STRIDE = 250
ALL, SHARES, ERRORS = "all", "shares", "errors"


class SelectionSampler:
    """Draws without replacement by Knuth's algorithm S, from SplitMix64: what Leeway draws by."""

    def __init__(self, seed):
        self.state = seed

    def sample(self, population, count):
        """`count` of the population, in its order."""
        drawn = []
        for seen, item in enumerate(population):
            if len(drawn) == count:
                break
            bits = int(mix(np.array([self.state], dtype=np.uint64))[0])
            self.state = (self.state + 0x9E3779B97F4A7C15) % 2**64
            if bits * (len(population) - seen) >> 64 < count - len(drawn):
                drawn.append(item)
        return drawn


class SampledKSWIN(KSWIN):
    """river's KSWIN with that sampler in place of Python's, which goes on after a drift."""

    def _reset(self):
        sampler = getattr(self, "_rng", None) or SelectionSampler(0)
        super()._reset()
        self._rng = sampler


def adwin(detector):
    """Width, mean and variance of the window; what river calls its variance is a sum of squares."""
    return [detector.width, detector.estimation, detector.variance / detector.width]


def page_hinkley(detector):
    """The mean, and both sums beyond their extremes; private to river."""
    increase = detector._sum_increase - detector._min_increase
    return [detector._x_mean.get(), increase, detector._max_decrease - detector._sum_decrease]


def ddm(detector):
    """The error rate, and the lowest with its deviation where there is one."""
    known = detector._p_min is not None
    return [detector._p.get(), *([detector._p_min, detector._s_min] if known else [])]


def eddm(detector):
    """Mean and deviation of the distances between errors, and the largest extent."""
    distances = detector._error_distances
    return [distances.mean.get(), distances.get() ** 0.5, detector._p2s_prime_max]


def hddm_a(detector):
    """The mean, and the mean at the cut."""
    return [detector._z.get(), detector._x_min.get()]


def hddm_w(detector):
    """The weighted mean, and its squared weights."""
    return [detector._total.ewma, detector._total.ibc]


def kswin(detector):
    """The p-value; 1 before there was a test."""
    return [detector.p_value if detector.n >= detector.window_size else 1.0]


DETECTORS = {
    "adwin": (ALL, ADWIN, adwin),
    "adwin, at every loss": (ALL, lambda: ADWIN(0.05, 1, 3, 2, 4), adwin),
    "page-hinkley": (ALL, PageHinkley, page_hinkley),
    "page-hinkley, up": (ALL, lambda: PageHinkley(10, 0.01, 5.0, 0.99, "up"), page_hinkley),
    "page-hinkley, down": (ALL, lambda: PageHinkley(10, 0.01, 5.0, 0.99, "down"), page_hinkley),
    "ddm": (SHARES, DDM, ddm),
    "eddm": (ERRORS, EDDM, eddm),
    "hddm-a": (SHARES, HDDMA, hddm_a),
    "hddm-a, two-sided": (SHARES, lambda: HDDMA(two_sided_test=True), hddm_a),
    "hddm-w": (SHARES, HDDMW, hddm_w),
    "hddm-w, two-sided": (SHARES, lambda: HDDMW(two_sided_test=True), hddm_w),
    "kswin": (ALL, SampledKSWIN, kswin),
    "kswin, nothing drawn": (ALL, lambda: KSWIN(0.005, 60, 30), kswin),
}


def errors(seed, count, thousandths):
    """Losses of 1 with that chance, else 0."""
    return {"errors": {"seed": seed, "count": count, "thousandths": thousandths}}


def between(seed, count, low, high):
    """Losses drawn evenly from an interval."""
    return splitmix(seed, count, 10_007, (high - low) / 10_007, low)


def constant(count, value):
    """The same loss again and again."""
    return splitmix(0, count, 1, 1.0, value)


def elec(column):
    """A column of the slice of the electricity market."""
    return {"elec": column}


SERIES = [
    ("errors, no change", ERRORS, [errors(1, 3000, 200)]),
    ("errors, abrupt", ERRORS, [errors(2, 1500, 100), errors(3, 1500, 400)]),
    ("errors, gradual", ERRORS, [errors(4 + i, 150, 100 + 20 * i) for i in range(20)]),
    ("errors, recurring", ERRORS, [errors(30 + i, 700, 100 if i % 2 else 450) for i in range(4)]),
    ("errors, fewer and fewer", ERRORS, [errors(40 + i, 600, 600 - 120 * i) for i in range(5)]),
    ("errors, rare", ERRORS, [errors(50, 2000, 5), errors(51, 1000, 60)]),
    ("errors, none and then all", ERRORS, [constant(500, 0.0), constant(500, 1.0)]),
    ("shares, abrupt", SHARES, [between(60, 1500, 0.0, 0.4), between(61, 1500, 0.1, 0.9)]),
    ("shares, constant", SHARES, [constant(1000, 0.3)]),
    ("losses, no change", ALL, [between(70, 3000, 0.0, 2.0)]),
    ("losses, abrupt", ALL, [between(71, 1500, 0.0, 1.0), between(72, 1500, 0.5, 2.5)]),
    ("losses, gradual", ALL, [between(80 + i, 150, 0.0, 1.0 + 0.1 * i) for i in range(20)]),
    ("losses, recurring", ALL, [between(110 + i, 500, 0.0, 1.0 + i % 2) for i in range(6)]),
    ("losses, falling", ALL, [between(120, 1500, 1.0, 3.0), between(121, 1500, 0.0, 1.5)]),
    ("losses, wider about the same mean", ALL, [between(122, 1500, 0.8, 1.2), between(123, 1500, 0.0, 2.0)]),
    ("losses of either sign", ALL, [between(130, 1000, -1.0, 1.0), constant(100, -0.0), between(131, 900, -3.0, 1.0)]),
    ("losses, tiny", ALL, [between(140, 1000, 0.0, 1e-9), between(141, 1000, 0.0, 1e-8)]),
    ("losses, smallest", ALL, [between(142, 500, 0.0, 1e-300), between(143, 500, 0.0, 1e-200)]),
    ("losses, huge", ALL, [between(150, 1000, 0.0, 1e12), between(151, 1000, 0.0, 3e12)]),
    ("losses, hugest", ALL, [between(152, 1000, 0.0, 1e98), between(153, 1000, 0.0, 1e100)]),
    ("losses far from zero", ALL, [between(154, 1000, 1e9, 1e9 + 1), between(155, 1000, 1e9 + 1, 1e9 + 3)]),
    ("electricity, price", ALL, [elec("price")]),
    ("electricity, price not moving as before", ERRORS, [elec("surprise")]),
]


def losses(parts):
    """The losses of a series, its parts one after another."""
    return [loss for part in parts for loss in part_losses(part)]


def part_losses(part):
    """The losses of one part."""
    if "errors" in part:
        recipe = part["errors"]
        drawn = draw(splitmix(recipe["seed"], recipe["count"], 1000))
        return [int(value < recipe["thousandths"]) for value in drawn]
    if "elec" in part:
        with ELEC.open(newline="") as file:
            return [float(row[part["elec"]]) for row in csv.DictReader(file)]
    return draw(part).tolist()


def run(series, name, stream):
    """What river says of a stream: steps of warning in runs, steps of drift, figures now and then."""
    _, make, figures = DETECTORS[name]
    detector = make()
    warnings, drifts, statistics = [], [], []
    for step, loss in enumerate(stream):
        detector.update(loss)
        if detector.drift_detected:
            drifts.append(step)
        elif getattr(detector, "warning_detected", False):
            warnings.append(step)
        if step % STRIDE == STRIDE - 1 or (detector.drift_detected and len(drifts) <= 5):
            statistics.append({"step": step, "figures": figures(detector)})
    return {
        "series": series, "detector": name, "warnings": in_runs(warnings), "drifts": drifts,
        "statistics": statistics,
    }


def in_runs(steps):
    """Consecutive steps as [first, last]."""
    runs = groupby(enumerate(steps), key=lambda pair: pair[1] - pair[0])
    return [[run[0][1], run[-1][1]] for run in (list(group) for _, group in runs)]


def takes(detector, kind):
    """Whether a detector is for such losses."""
    order = [ERRORS, SHARES, ALL]
    return order.index(kind) <= order.index(DETECTORS[detector][0])


def cut(source):
    """Cuts the slice: the price in New South Wales, and whether it rose or fell otherwise than before."""
    with source.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with ELEC.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["price", "surprise"])
        for index in ELEC_ROWS:
            surprise = rows[index]["target"] != rows[index - 1]["target"]
            writer.writerow([float(rows[index]["feat_2"]), int(surprise)])


def main():
    """Writes the golden file; with --elec the slice first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=DRIFT_GOLDEN, metavar="DIRECTORY")
    parser.add_argument("--elec", type=Path, metavar="CSV", help="scikit-multiflow's, to cut the slice from")
    arguments = parser.parse_args()
    if arguments.elec:
        cut(arguments.elec)
    series = [{"name": name, "kind": kind, "parts": parts} for name, kind, parts in SERIES]
    runs = [
        encode(run(name, detector, losses(parts)))
        for name, kind, parts in SERIES
        for detector in DETECTORS
        if takes(detector, kind)
    ]
    source = f"river {river.__version__}"
    write("detectors.json", source, {"series": series, "runs": runs}, arguments.output)


if __name__ == "__main__":
    main()
