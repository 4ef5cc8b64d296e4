"""Evidently's data drift preset."""

import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

from timing import columns, folder, report, seconds


def main():
    """Prints rows a second."""
    reference = pd.DataFrame(columns(folder(), "reference"))
    current = pd.DataFrame(columns(folder(), "current"))
    preset = Report([DataDriftPreset()])
    report(
        peer="Evidently `DataDriftPreset`", version=version("evidently"),
        rows_per_second=len(current) / seconds(lambda: preset.run(current, reference), repeats=3),
    )


if __name__ == "__main__":
    main()
