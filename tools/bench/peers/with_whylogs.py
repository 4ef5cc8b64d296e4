"""whylogs: profiling the window and its drift scores against the reference's profile."""

import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

import pandas as pd
import whylogs
from whylogs.viz.drift.column_drift_algorithms import KS, calculate_drift_scores

from timing import columns, folder, report, seconds


def main():
    """Prints rows a second."""
    reference = pd.DataFrame(columns(folder(), "reference"))
    current = pd.DataFrame(columns(folder(), "current"))
    reference_view = whylogs.log(pandas=reference).view()
    algorithms = {name: KS() for name in current.columns}

    def judge():
        view = whylogs.log(pandas=current).view()
        calculate_drift_scores(view, reference_view, drift_map=algorithms)

    report(
        peer="whylogs, profile and drift scores", version=version("whylogs"),
        rows_per_second=len(current) / seconds(judge, repeats=3),
    )


if __name__ == "__main__":
    main()
