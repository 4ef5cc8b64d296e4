"""frouros' Kolmogorov–Smirnov test in a loop over features."""

import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import numpy as np
from frouros.detectors.data_drift import KSTest

from timing import columns, folder, report, seconds


def main():
    """Prints rows a second."""
    reference = {name: np.asarray(values) for name, values in columns(folder(), "reference").items()}
    current = {name: np.asarray(values) for name, values in columns(folder(), "current").items()}
    detectors = {name: KSTest() for name in reference}
    for name, detector in detectors.items():
        detector.fit(X=reference[name])

    def compare():
        for name, detector in detectors.items():
            detector.compare(X=current[name], method="asymp")

    report(
        peer="frouros `KSTest`", version=version("frouros"),
        rows_per_second=min(map(len, current.values())) / seconds(compare),
    )


if __name__ == "__main__":
    main()
