"""What the peers' scripts share: the data, and the median of a few runs."""

import json
import statistics
import sys
import time
from array import array
from pathlib import Path

REPEATS = 5


def columns(folder, side):
    """The values of every feature, {name: array of doubles}; side is "reference" or "current"."""
    read = {}
    for path in sorted(Path(folder).glob(f"*.{side}.f64")):
        values = array("d")
        values.frombytes(path.read_bytes())
        read[path.name.removesuffix(f".{side}.f64")] = values
    return read


def seconds(body, repeats=REPEATS):
    """The median of the seconds that body takes, after one run that does not count."""
    body()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        body()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def report(**figures):
    """Prints figures as one line of JSON."""
    print(json.dumps(figures), flush=True)


def folder():
    """The script's only argument."""
    return sys.argv[1]
