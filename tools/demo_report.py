#!/usr/bin/env python3
"""Prints what an agent finds, month by month, while a replay runs: which features have drifted, and how far; and at the
end how well the model did, by the labels that came late.

Arguments: the agent's address, the model, the replay's process id.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from datetime import datetime, timedelta

BAR = "▏▎▍▌▋▊▉█"
SHOWN = 4
# Windows end at local midnight, so a window belongs to the month of the moment before its end.
MOMENT = timedelta(seconds=1)


def windows(address, model, what="windows"):
    """The model's closed windows, oldest first; none while the agent is still starting."""
    try:
        with urllib.request.urlopen(f"{address}/api/v1/models/{model}/{what}?limit=1000", timeout=10) as answer:
            return json.load(answer)["windows"][::-1]
    except (urllib.error.URLError, ConnectionError):
        return []


def month(window):
    """The month a window lies in, as 2013-01."""
    end = datetime.fromisoformat(window["window"]["end"].replace("Z", "+00:00")) - timedelta(hours=5)
    return (end - MOMENT).strftime("%Y-%m")


def distance(feature):
    """How far a feature is from its reference: in standard deviations, or in the share of rows that moved."""
    measure = "wasserstein" if feature["kind"] == "numeric" else "tv"
    return feature["measures"].get(measure, {}).get("value", 0.0)


def bar(value, full, width=8):
    """A bar of up to `width` characters, in eighths."""
    eighths = round(min(value / full, 1) * width * 8)
    whole, rest = divmod(eighths, 8)
    return (BAR[7] * whole + (BAR[rest - 1] if rest else "")).ljust(width)


def describe(name, days):
    """One line for a month: how many days alarmed, and the features that made them, the most frequent first."""
    judged = [day for day in days if day["verdict"] != "insufficient"]
    drifted = sum(day["verdict"] == "drifted" for day in judged)
    distances = defaultdict(list)
    for day in judged:
        for feature in day["features"]:
            if feature["drifted"]:
                distances[feature["name"], feature["kind"]].append(distance(feature))
    ranked = sorted(distances.items(), key=lambda item: len(item[1]), reverse=True)[:SHOWN]
    line = f"{name}  {drifted:2} of {len(judged):2} days drifted {bar(drifted, len(judged) or 1)}"
    return "  ".join([line, *(blame(name, kind, values) for (name, kind), values in ranked)])


def blame(name, kind, values):
    """A feature, on how many days it alarmed, and how far it was then on average."""
    unit = "σ" if kind == "numeric" else ""
    return f"{name} ×{len(values)} ({sum(values) / len(values):.1f}{unit})"


def performance(report):
    """One line for a month: measures as the labels show them, and as the scores alone let expect."""
    shown = (("AUC", "auc"), ("log loss", "log_loss"), ("calibration error", "calibration_error"))
    figures = [
        f"{name} {report['measures'][key]['realised']['value']:.3f} (expected {report['measures'][key]['estimated']:.3f})"
        for name, key in shown
    ]
    worse = [name for name, key in shown if "severity" in report["measures"][key]]
    note = f"worse than February: {', '.join(worse)}" if worse else ""
    return "  ".join([month(report), *figures, note]).rstrip()


def is_running(process):
    """Whether the replay still runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{process}/stat") as status:
        return status.read().rsplit(")", 1)[1].split()[0] != "Z"


def main():
    """Prints each month once the next has begun, and the last when the replay has ended."""
    address, model, replay = sys.argv[1], sys.argv[2], int(sys.argv[3])
    printed, seen, quiet_since = set(), -1, None
    while quiet_since is None or time.monotonic() - quiet_since < 2:
        time.sleep(0.3)
        months = defaultdict(list)
        for window in windows(address, model):
            months[month(window)].append(window)
        total = sum(map(len, months.values()))
        is_quiet = not is_running(replay) and total == seen
        quiet_since = (quiet_since or time.monotonic()) if is_quiet else None
        seen = total
        for name in sorted(months)[:-1]:
            if name not in printed:
                print(describe(name, months[name]), flush=True)
                printed.add(name)
    for name in sorted(set(months) - printed):
        # Labels of the last evening come in the new year.
        if any(day["verdict"] != "insufficient" for day in months[name]):
            print(describe(name, months[name]), flush=True)
    print("\nHow well the model of January did, by the labels that came when the flights had landed:")
    deadline = time.monotonic() + 30
    while len(reports := windows(address, model, "performance")) < 12 and time.monotonic() < deadline:
        time.sleep(0.3)
    for report in reports:
        print(performance(report), flush=True)


if __name__ == "__main__":
    main()
