"""Runs every benchmark and writes the table. Arguments: the folder of binaries, a folder to work in, the document."""

import json
import os
import platform
import statistics
import subprocess
import sys
from datetime import date
from pathlib import Path

from agent import agent_rate, build_reference, drop_rate, memory, parse_rate

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REPEATS = 3
QUIET = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1", "WHYLOGS_NO_ANALYTICS": "True"}
PEERS = {
    "scipy": "scipy_numpy.py", "nannyml": "with_nannyml.py", "frouros": "with_frouros.py",
    "whylogs": "with_whylogs.py", "evidently": "with_evidently.py", "river": "with_river.py",
}
WHOLE_AGENT = [
    ("oip-binary", "a tensor a feature", 100, 100_000),
    ("oip-binary-wide", "one tensor [N, 30]", 100, 150_000),
    ("oip-json", "a tensor a feature", 100, 30_000),
]


def lines_of(command, **options):
    """The JSON objects that a command prints, one a line."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, **options)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


class Table:
    """Rows of Markdown."""

    def __init__(self):
        self.rows = []

    def add(self, what, ours, peer, theirs, target, *, at_least=None, unit="rows/s", smaller=False):
        """One comparison; `smaller` where less is better."""
        ratio = theirs / ours if smaller else ours / theirs
        met = "" if at_least is None else ("met" if ratio >= at_least else "**missed**")
        self.rows.append(
            f"| {what} | {shown(ours)} {unit} | {peer} | {shown(theirs)} {unit} | {shown(ratio)} × "
            f"| {target} | {met} |"
        )

    def add_alone(self, what, ours, target, met):
        """A figure with a bound of its own."""
        self.rows.append(f"| {what} | {ours} | | | | {target} | {'met' if met else '**missed**'} |")

    def add_unmeasured(self, peer, reason):
        """A peer that could not be run."""
        self.rows.append(f"| | | {peer} | {reason} | | | |")


def shown(figure):
    """Three digits, grouped."""
    if figure >= 1000:
        digits = len(str(int(figure))) - 3
        return f"{round(figure, -digits):,.0f}"
    return f"{figure:.3g}"


def drift(binaries, data, knots):
    """What bench-drift prints: nanoseconds a value by feature, and rows a second."""
    printed = lines_of([binaries / "bench-drift", data, str(knots), "15"])
    counting = {line["name"]: line["nanoseconds_per_value"] for line in printed if line["what"] == "count"}
    return counting, next(line["rows_per_second"] for line in printed if line["what"] == "window")


def peers(data):
    """Every peer's figures, and why one has none."""
    figures, missing = [], {}
    for name, script in PEERS.items():
        python = ROOT / f".venv-bench-{name}/bin/python"
        try:
            figures += lines_of([python, HERE / "peers" / script, data], env=os.environ | QUIET)
        except (OSError, subprocess.CalledProcessError) as error:
            reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]
            missing[name] = f"did not run: {reason[:120]}"
    return figures, missing


def counting_rows(table, counting, figures):
    """Rank and count: ours against numpy's and scipy's, feature by feature."""
    for feature in ("normal", "lognormal", "tied"):
        ours = counting[feature]
        table.add_alone(f"rank + count, {feature}", f"{ours:.2f} ns a value", "≤ 8 ns", ours <= 8)
        for peer, target in (
            ("numpy.searchsorted", 8), ("numpy.searchsorted + bincount", None), ("scipy.stats.ks_2samp", 5)
        ):
            theirs = next(
                figure["nanoseconds_per_value"] for figure in figures
                if figure["peer"] == peer and figure.get("feature") == feature
            )
            table.add(
                f"rank + count, {feature}", ours, f"`{peer}`", theirs, f"≥ {target} ×" if target else "",
                at_least=target, unit="ns", smaller=True,
            )


def window_rows(table, rate, exact, figures, missing):
    """Every measure of a window against what peers compute of one."""
    rivals = [figure for figure in figures if "rows_per_second" in figure]
    fastest = max(rivals, key=lambda figure: figure["rows_per_second"])
    wanted = {"scipy": 20, "numpy": 5, "Evidently": 1000, "river": 1000}
    for figure in sorted(rivals, key=lambda figure: -figure["rows_per_second"]):
        least = wanted.get(figure["peer"].split()[0], 3 if figure is fastest else None)
        title = f"{figure['peer']} ({figure['version']})"
        table.add(
            "windows of 10,000, 4,095 knots", rate, title, figure["rows_per_second"],
            f"≥ {least:,} ×" if least else "", at_least=least,
        )
    table.add(
        "windows of 10,000, exact knots", exact, fastest["peer"], fastest["rows_per_second"], "≥ 2 ×",
        at_least=2,
    )
    for name, reason in missing.items():
        table.add_unmeasured(name, reason)


def detector_rows(table, binaries, figures):
    """What a loss costs the detectors of concept drift, beside river's."""
    for line in lines_of([binaries / "bench-drift", "detectors", "15"]):
        what, ours = f"a loss, `{line['name']}`", line["nanoseconds_per_loss"]
        if line["name"] != "kswin":
            table.add_alone(what, f"{shown(ours)} ns", "≤ 200 ns", ours <= 200)
        for figure in figures:
            if figure.get("detector") == line["name"]:
                title = f"{figure['peer']} ({figure['version']})"
                theirs = figure["nanoseconds_per_loss"]
                table.add(what, ours, title, theirs, "", unit="ns", smaller=True)


def agent_rows(table, leeway, reference, work):
    """The whole agent against programs that do only the first of its steps."""
    traffic = work / "traffic"
    for kind, form, rows, messages in WHOLE_AGENT:
        ours, dropped, parsed = [], [], []
        for turn in range(REPEATS):
            folder = work / f"{kind}-{turn}"
            dropped.append(drop_rate(traffic, folder, kind, rows, messages))
            ours.append(agent_rate(leeway, reference, traffic, folder, kind, rows, messages))
            if kind == "oip-json":
                parsed.append(parse_rate(traffic, kind, rows))
        is_json = kind == "oip-json"
        what = f"whole agent, {kind.removesuffix('-wide')}, {form}"
        ours = statistics.median(ours)
        table.add(
            what, ours, "libzmq, received and dropped", statistics.median(dropped),
            "" if is_json else "≥ 0.5 ×", at_least=None if is_json else 0.5,
        )
        if is_json:
            table.add(
                what, ours, "simdjson, parsed alone", statistics.median(parsed), "≥ 0.5 ×", at_least=0.5
            )
    rate = statistics.median(
        agent_rate(leeway, reference, traffic, work / f"rows-{turn}", "rows", 1, 500_000)
        for turn in range(REPEATS)
    )
    table.add_alone("whole agent, `rows` JSON, a row a message", f"{shown(rate)} rows/s", "≥ 150,000 rows/s",
                    rate >= 150_000)
    figures, most = memory(leeway, reference, traffic, work / "memory", [10**6, 4 * 10**6])
    table.add_alone(
        "resident memory at 10⁶ and 4 · 10⁶ rows (at most)",
        f"{figures[0]:.0f} and {figures[1]:.0f} MB ({most:.0f} MB)", "≤ 64 MB", max(figures) <= 64,
    )


def machine():
    """What it ran on, in a sentence."""
    model = next(
        line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    system = platform.freedesktop_os_release()["PRETTY_NAME"]
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout.split("(")[0]
    return f"{model}, {os.cpu_count()} cores, {system}, {swift.strip()}, Python {platform.python_version()}"


def main():
    """Everything, in the order of the document."""
    binaries, work, document = map(Path, sys.argv[1:])
    leeway, data = binaries / "leeway", work / "data"
    subprocess.run([sys.executable, HERE / "peers/data.py", data], check=True)
    table = Table()
    counting, rate = drift(binaries, data, 4095)
    _, exact = drift(binaries, data, 16383)
    figures, missing = peers(data)
    counting_rows(table, counting, figures)
    window_rows(table, rate, exact, figures, missing)
    detector_rows(table, binaries, figures)
    agent_rows(table, leeway, build_reference(leeway, work), work)
    text = document.read_text()
    begin, end = "<!-- table -->\n", "<!-- end of table -->\n"
    before, after = text[: text.index(begin) + len(begin)], text[text.index(end) :]
    written = f"Measured {date.today()} on: {machine()}.\n\n"
    head = "| what | Leeway | peer | peer's | ratio | target | |\n|---|---|---|---|---|---|---|\n"
    document.write_text(before + written + head + "\n".join(table.rows) + "\n" + after)


if __name__ == "__main__":
    main()
