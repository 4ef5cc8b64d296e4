"""Times captured rows beside Python's sqlite3. Arguments: the program, a folder to work in, the document."""

import json
import pathlib
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

ROWS, LARGE, FEATURES, AT_ONCE, TURNS = 1_000_000, 8_000_000, 30, 20_000, 3


def ours(program, folder, parts, rows=ROWS, turns=TURNS):
    """Rows a second stored, and labels a second joined, by the medians of a few runs; and bytes a row."""
    figures = []
    for turn in range(turns):
        place = folder / f"leeway-{parts}-{rows}-{turn}"
        done = subprocess.run([program, place, str(rows), "1000", parts], check=True, capture_output=True, text=True)
        shutil.rmtree(place)
        lines = {line["what"]: line for line in map(json.loads, done.stdout.splitlines())}
        figures.append(
            (lines["store"]["rows_per_second"], lines["label"]["rows_per_second"], lines["size"]["bytes_per_row"])
        )
    return [statistics.median(column) for column in zip(*figures)]


def theirs(folder):
    """The same of one table with a column a feature, the id its key, in write-ahead mode."""
    rows = [
        (f"request-{i // 1000}-{i % 1000}-6f9619ff", 1_700_000_000 + i, "7", *(random.random() for _ in range(FEATURES)), random.random())
        for i in range(ROWS // 5)
    ]  # fmt: skip
    path = folder / "peer.sqlite"
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    names = ", ".join(f"f{i} REAL" for i in range(FEATURES))
    database.execute(f"CREATE TABLE row (id TEXT PRIMARY KEY, time INTEGER, version TEXT, {names}, score REAL, label INTEGER)")
    marks = ", ".join("?" * (FEATURES + 4))

    def timed(statement, values):
        began = time.monotonic()
        for start in range(0, len(values), AT_ONCE):
            database.execute("BEGIN")
            database.executemany(statement, values[start : start + AT_ONCE])
            database.execute("COMMIT")
        return len(values) / (time.monotonic() - began)

    stored = timed(f"INSERT INTO row VALUES ({marks}, NULL)", rows)
    joined = timed("UPDATE row SET label = ? WHERE id = ?", [(i & 1, row[0]) for i, row in enumerate(rows)])
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return stored, joined, path.stat().st_size / len(rows)


def shown(number):
    return f"{number:,.3g}" if number < 1000 else f"{round(number, -3):,.0f}"


def main(program, folder, document):
    peer = theirs(folder)
    rows = ["| what | Leeway | Python's `sqlite3` | ratio | target | |", "|---|---|---|---|---|---|"]
    for parts, name in (("whole", "inputs and answers in one message"), ("apart", "answers in messages of their own")):
        stored, joined, size = ours(program, folder, parts)
        met = "met" if stored >= 100_000 else "**missed**"
        target = ("≥ 100,000 rows/s", met) if parts == "whole" else ("", "")
        rows.append(f"| stored, {name} | {shown(stored)} rows/s | {shown(peer[0])} rows/s | {stored / peer[0]:.2g} × | {target[0]} | {target[1]} |")
        rows.append(f"| labels joined, {name} | {shown(joined)} rows/s | {shown(peer[1])} rows/s | {joined / peer[1]:.2g} × | | |")
    _, late, large = ours(program, folder, "whole", LARGE, 1)
    met = "met" if late >= 10_000 else "**missed**"
    rows.append(f"| labels joined to a store of {LARGE * large / 2**30:.1f} GiB | {shown(late)} rows/s | | | ≥ 10,000 rows/s | {met} |")
    rows.append(f"| on disk | {shown(size)} bytes a row | {shown(peer[2])} bytes a row | {size / peer[2]:.2g} × | | |")

    start, end = "<!-- capture -->", "<!-- end of capture -->"
    text = document.read_text()
    head, rest = text.split(start)
    table = "\n".join(rows)
    document.write_text(f"{head}{start}\n{table}\n{end}{rest.split(end)[1]}")
    print(table)


if __name__ == "__main__":
    main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3]))
