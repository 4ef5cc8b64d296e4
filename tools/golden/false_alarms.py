"""How often the flights raise a false alarm, computed with numpy and scipy alone.

Daily windows of the fifteen features against 21 reference days: the calibrated threshold beside
the tests that take rows for independent. The figures are what `tools/bench/false-alarms` must meet.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import beta, chi2_contingency, kstwo
from statsmodels.stats.multitest import multipletests

import conformal
from homogeneity import fold

FLIGHTS = Path(__file__).resolve().parents[1] / "flights"
KS_EFFECT = 0.1
TV_EFFECT = 0.05


class Days:
    """Counts of every distinct value of every feature on every day."""

    def __init__(self, path, schema, zone):
        kinds = {feature["name"]: feature["kind"] for feature in json.loads(schema.read_text())["features"]}
        rows = pd.read_csv(path, dtype={name: str for name, kind in kinds.items() if kind != "numeric"})
        local = pd.to_datetime(rows["time"], utc=True).dt.tz_convert(zone)
        dates = local.dt.strftime("%Y-%m-%d")
        self.dates, index = np.unique(dates.to_numpy(dtype=str), return_inverse=True)
        self.numeric = {name: kind == "numeric" for name, kind in kinds.items()}
        self.counts = {name: self.count(rows[name], index) for name in kinds}

    def count(self, column, index):
        """Distinct values in order, and their counts as a matrix of days by values."""
        present = column.notna().to_numpy()
        kept = column[present].to_numpy(dtype=np.float64 if self.numeric[column.name] else str)
        values, codes = np.unique(kept, return_inverse=True)
        counts = np.zeros((len(self.dates), len(values)), dtype=np.int64)
        np.add.at(counts, (index[present], codes), 1)
        return values, counts

    def month(self, number):
        """The days of one month of 2013."""
        return [i for i, date in enumerate(self.dates) if date.startswith(f"2013-{number:02}")]


def primary_distances(days, blocks):
    """The primary measure of each block against the pool of the others; NaN where too few values.

    Wasserstein-1 over the population deviation of the reference (all blocks but the last), total
    variation for categories. A skipped block stays in the pool of the others.
    """
    table = np.full((len(blocks), len(days.counts)), np.nan)
    for j, (name, (values, counts)) in enumerate(days.counts.items()):
        chosen = counts[blocks]
        sizes = chosen.sum(axis=1)
        rest = chosen.sum(axis=0) - chosen
        enough = sizes >= conformal.SMALLEST_BLOCK
        difference = chosen[enough] / sizes[enough, None] - rest[enough] / rest[enough].sum(axis=1)[:, None]
        if days.numeric[name]:
            gaps = np.abs(np.cumsum(difference, axis=1))[:, :-1] * np.diff(values)
            table[enough, j] = gaps.sum(axis=1) / deviation(values, chosen[:-1].sum(axis=0))
        else:
            table[enough, j] = 0.5 * np.abs(difference).sum(axis=1)
    return table


def deviation(values, counts):
    """The population standard deviation of counted values."""
    mean = np.average(values, weights=counts)
    return np.sqrt(np.average((values - mean) ** 2, weights=counts))


def calibrated(level, median):
    """A judge by rank among the reference's blocks."""

    def alarms(days, reference, window):
        z = conformal.standardize(primary_distances(days, [*reference, window]), median)
        return conformal.rank_p(conformal.scores(z)) <= level + 1e-12

    return alarms


def independent(level, with_effect):
    """A judge by KS and chi-squared, Holm over the features, and a least effect size if asked."""

    def alarms(days, reference, window):
        tests = [test(days, name, reference, window) for name in days.counts]
        adjusted = multipletests([p for p, _ in tests], method="holm")[1]
        return any(p <= level and (large or not with_effect) for p, (_, large) in zip(adjusted, tests))

    return alarms


def test(days, name, reference, window):
    """The p-value of one feature, and whether its effect is large."""
    values, counts = days.counts[name]
    r, w = counts[reference].sum(axis=0), counts[window]
    if w.sum() == 0:
        return 1.0, False
    return ks_test(r, w) if days.numeric[name] else homogeneity_test(values, r, w)


def ks_test(r, w):
    """KS of counted values, asymptotic."""
    n, m = r.sum(), w.sum()
    distance = np.abs(np.cumsum(r) / n - np.cumsum(w) / m).max()
    return kstwo.sf(distance, np.round(n * m / (n + m))), distance > KS_EFFECT


def homogeneity_test(values, r, w):
    """Chi-squared and total variation on the folded columns."""
    known = {name: int(count) for name, count in zip(values, r) if count}
    seen = {name: int(count) for name, count in zip(values, w) if count and name in known}
    table = fold({"counts": known}, {"counts": seen, "unseen": int(w.sum()) - sum(seen.values())})
    if len(table) < 2:
        return 1.0, False
    pair = np.array([column[1:] for column in table], dtype=np.float64).T
    shares = pair / pair.sum(axis=1, keepdims=True)
    variation = 0.5 * np.abs(shares[0] - shares[1]).sum()
    return chi2_contingency(pair, correction=False).pvalue, variation > TV_EFFECT


def held_out(days, judge, size, splits, seed):
    """Alarms on days of January held out at random, over many splits."""
    generator = np.random.default_rng(seed)
    january = days.month(1)
    outcomes = []
    for _ in range(splits):
        order = generator.permutation(january)
        outcomes += [judge(days, list(order[:size]), day) for day in order[size:]]
    return outcomes


def forward(days, judge, size, month):
    """Alarms on the last days of a month against its first ones."""
    chosen = days.month(month)
    return [judge(days, chosen[:size], day) for day in chosen[size:]]


def against_january(days, judge, size, month):
    """Alarms on the days of a month against the first days of January."""
    reference = days.month(1)[:size]
    return [judge(days, reference, day) for day in days.month(month)]


def interval(alarms, total):
    """The exact 95 % interval of a share (Clopper and Pearson)."""
    low = beta.ppf(0.025, alarms, total - alarms + 1) if alarms else 0.0
    high = beta.ppf(0.975, alarms + 1, total - alarms) if alarms < total else 1.0
    return low, high


def print_outcomes(title, outcomes):
    """One line: alarms of windows, their share with its interval, and alarms a week."""
    alarms, total = sum(outcomes), len(outcomes)
    low, high = interval(alarms, total)
    share = alarms / total
    print(
        f"  {title:<34}{alarms:>5} of {total:<5} {share:5.2f} ({low:.2f}-{high:.2f}) {7 * share:6.2f} a week"
    )


def print_months(title, outcomes):
    """One line of means over months, each month counted alike."""
    shares = [np.mean(part) for part in outcomes]
    print(f"  {title:<34}" + " ".join(f"{share:.2f}" for share in shares) + f"  mean {np.mean(shares):.2f}")


def report(title, days, judge, arguments):
    """Every figure for one judge."""
    size = arguments.reference_days
    print(title)
    print_outcomes(
        "January, random days held out", held_out(days, judge, size, arguments.splits, arguments.seed)
    )
    print_outcomes("January, forward", forward(days, judge, size, 1))
    monthly = [forward(days, judge, size, month) for month in range(1, 13)]
    rate = 7 * np.mean([np.mean(part) for part in monthly])
    print(f"  {'every month, forward':<34}mean of the months {rate:.2f} a week")
    print_months("every month, forward, by month", monthly)
    later = {month: against_january(days, judge, size, month) for month in range(2, 13)}
    print_outcomes("June against January", later[6])
    print_months("July to November against January", [later[month] for month in range(7, 12)])
    print_months("February to December", list(later.values()))


def read_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "stream", type=Path, help="the full stream, as tools/flights/make_flights.py writes it"
    )
    parser.add_argument("--schema", type=Path, default=FLIGHTS / "schema.json", help="kinds of the features")
    parser.add_argument("--zone", default="America/New_York", help="time zone whose midnight ends a day")
    parser.add_argument(
        "--median", choices=conformal.MEDIANS, default="lower", help="of an even number of blocks"
    )
    parser.add_argument("--reference-days", type=int, default=21)
    parser.add_argument("--budget", type=float, default=1.0, help="false alarms a week")
    parser.add_argument("--splits", type=int, default=100, help="random splits of January")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if not arguments.stream.is_file():
        parser.error(f"{arguments.stream}: no such file")
    return arguments


def main():
    """Prints the table."""
    arguments = read_arguments()
    level = min(arguments.budget / 7, 0.5)
    days = Days(arguments.stream, arguments.schema, arguments.zone)
    print(f"{arguments.reference_days} reference days, midnight in {arguments.zone}, level {level:.4f} a day")
    report("calibrated", days, calibrated(level, arguments.median), arguments)
    arguments.splits = min(arguments.splits, 10)
    report("i.i.d., Holm", days, independent(level, False), arguments)
    report("i.i.d., Holm and effect sizes", days, independent(level, True), arguments)


if __name__ == "__main__":
    main()
