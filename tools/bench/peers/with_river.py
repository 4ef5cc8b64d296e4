"""river's KSWIN, a value at a time, on fewer rows, for it takes milliseconds a row; and a loss of each detector."""

import random
from importlib.metadata import version

from river.drift import ADWIN, KSWIN, PageHinkley
from river.drift.binary import DDM, EDDM, HDDMA, HDDMW

from timing import columns, folder, report, seconds

ROWS = 500
LOSSES, LOSSES_OF_KSWIN = 100_000, 2_000
DETECTORS = {
    "adwin": ADWIN, "page-hinkley": PageHinkley, "ddm": DDM, "eddm": EDDM, "hddm-a": HDDMA, "hddm-w": HDDMW,
    "kswin": KSWIN,
}


def losses(count):
    """Errors, now of a fifth and now of two fifths of the answers, as bench-drift's."""
    drawn = random.Random(1)
    return [int(drawn.random() < (0.4 if step // 5000 % 2 else 0.2)) for step in range(count)]


def time_detectors():
    """Prints nanoseconds a loss, detector by detector."""
    for name, kind in DETECTORS.items():
        stream = losses(LOSSES_OF_KSWIN if kind is KSWIN else LOSSES)

        def watch():
            detector = kind()
            for loss in stream:
                detector.update(loss)

        report(
            peer=f"river `{kind.__name__}`", version=version("river"), detector=name,
            nanoseconds_per_loss=seconds(watch, repeats=3) * 1e9 / len(stream),
        )


def main():
    """Prints rows a second, and nanoseconds a loss."""
    current = columns(folder(), "current")
    detectors = {name: KSWIN(seed=1) for name in current}

    def watch():
        for name, detector in detectors.items():
            for value in current[name][:ROWS]:
                detector.update(value)

    report(
        peer="river `KSWIN`, a value at a time", version=version("river"),
        rows_per_second=ROWS / seconds(watch, repeats=3),
    )
    time_detectors()


if __name__ == "__main__":
    main()
