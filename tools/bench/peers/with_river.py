"""river's KSWIN, a value at a time; on fewer rows, for it takes milliseconds a row."""

from importlib.metadata import version

from river.drift import KSWIN

from timing import columns, folder, report, seconds

ROWS = 500


def main():
    """Prints rows a second."""
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


if __name__ == "__main__":
    main()
