"""NannyML's univariate drift calculator over ten chunks of the window."""

import warnings

warnings.filterwarnings("ignore")

import nannyml
import pandas as pd

from timing import columns, folder, report, seconds

CHUNKS = 10


def main():
    """Prints rows a second for its Kolmogorov–Smirnov and its Jensen–Shannon."""
    reference = pd.DataFrame(columns(folder(), "reference"))
    window = pd.DataFrame(columns(folder(), "current"))
    current = pd.concat([window] * CHUNKS, ignore_index=True)
    for method, title in (("kolmogorov_smirnov", "KS"), ("jensen_shannon", "JS")):
        calculator = nannyml.UnivariateDriftCalculator(
            column_names=list(reference.columns), continuous_methods=[method], chunk_size=len(window)
        )
        calculator.fit(reference)
        taken = seconds(lambda: calculator.calculate(current))
        report(
            peer=f"NannyML, {title} over bins", version=nannyml.__version__,
            rows_per_second=len(current) / taken,
        )


if __name__ == "__main__":
    main()
