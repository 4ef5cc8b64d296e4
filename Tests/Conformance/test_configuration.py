"""Mistakes in agent.conf: 78, with file, line and key, before anything starts."""

import json
import re

import pytest

from conftest import T0, Table
from harness import configuration, free_port, run, stream, succeed, tcp_endpoint

GOOD = """\
[agent]
name = "qa"
state = "state"
http = "127.0.0.1:9464"

[[stream]]
model = "m"
endpoints = ["tcp://127.0.0.1:5556"]
reference = "plain.json"

[stream.window]
rows = 100

[stream.alerts]
threshold = "fixed"

[[sink]]
type = "file"
path = "events.jsonl"
"""

# what is replaced, by what, the line that is named, what the message holds
MISTAKES = {
    "unknown key": ("rows = 100", "rows = 100\nlenght = '1d'", 13, ["stream.window.lenght", '"length"']),
    "unknown table": ("[stream.alerts]", "[stream.alert]", 14, ["stream.alert", '"alerts"']),
    "unknown root": ("[agent]", "[agnet]", 1, ["agnet", '"agent"']),
    "wrong type": ('name = "qa"', "name = 7", 2, ["agent.name", "a string", "an integer"]),
    "a string for a number": ("rows = 100", 'rows = "100"', 12, ["stream.window.rows", "an integer"]),
    "a fraction for a number": ("rows = 100", "rows = 1.5", 12, ["stream.window.rows", "an integer"]),
    "below the least": ("rows = 100", "rows = 0", 12, ["stream.window.rows", "at least 1"]),
    "syntax": ("[agent]", "[agent", 1, ["syntax error"]),
    "a key twice": ('name = "qa"', 'name = "qa"\nname = "qb"', 3, ["name"]),
    "no model": ('model = "m"\n', "", 6, ["stream.model", "is required"]),
    "an empty model": ('model = "m"', 'model = ""', 7, ["stream.model", "must not be empty"]),
    "no endpoints": ('["tcp://127.0.0.1:5556"]', "[]", 8, ["stream.endpoints", "at least one"]),
    "no port": ("tcp://127.0.0.1:5556", "tcp://127.0.0.1", 8, ["stream.endpoints", "endpoint such as"]),
    "port 70000": ("tcp://127.0.0.1:5556", "tcp://127.0.0.1:70000", 8, ["stream.endpoints"]),
    "another transport": ("tcp://127.0.0.1:5556", "udp://127.0.0.1:5556", 8, ["stream.endpoints"]),
    "an exposed endpoint": ("tcp://127.0.0.1:5556", "tcp://10.0.0.1:5556", 8, ["stream.endpoints", "insecure = true"]),
    "an ipc path too long": ("tcp://127.0.0.1:5556", "ipc:///" + "x" * 108, 8, ["stream.endpoints", "107"]),
    "an endpoint twice": ('["tcp://127.0.0.1:5556"]', '["tcp://127.0.0.1:5556", "tcp://127.0.0.1:5556"]', 8, ["twice"]),
    "a missing reference": ("plain.json", "none.json", 9, ["stream.reference", "none.json", "leeway reference build"]),
    "a folder for a reference": ("plain.json", ".", 9, ["stream.reference"]),
    "a bad warm-up": ("plain.json", "warmup:many", 9, ["stream.reference", "warmup:20000"]),
    "the registry, unknown": ("plain.json", "registry", 9, ["stream.reference", "registry under [agent]"]),
    "length and rows": ("rows = 100", 'rows = 100\nlength = "1d"', 12, ["stream.window", "not both"]),
    "a step that does not divide": ("rows = 100", 'kind = "sliding"\nrows = 100\nstep = 30', 14, ["stream.window.step", "divide"]),
    "a step of a tumbling window": ("rows = 100", "rows = 100\nstep = 50", 13, ["stream.window.step", "sliding"]),
    "a bad duration": ("rows = 100", 'length = "1 fortnight"', 12, ["stream.window.length", "duration such as"]),
    "a huge duration": ("rows = 100", 'length = "99999999999999999999d"', 12, ["stream.window.length"]),
    "a bad choice": ('"fixed"', '"loose"', 15, ["stream.alerts.threshold", '"calibrated"']),
    "a bad budget": ('threshold = "fixed"', 'false_alarms = "sometimes"', 15, ["stream.alerts.false_alarms", "1 per week"]),
    "an unknown sink": ('type = "file"', 'type = "fil"', 18, ["sink.type", '"file"']),
    "a sink to come": ('type = "file"', 'type = "alertmanager"', 18, ["sink.type", "not available"]),
    "a sink without a path": ('path = "events.jsonl"', "", 17, ["sink.path", "is required"]),
    "an unset variable": ('name = "qa"', 'name = "${LEEWAY_NO_SUCH}"', 2, ["agent.name", "LEEWAY_NO_SUCH"]),
    "a bad http address": ("127.0.0.1:9464", "9464", 4, ["agent.http", "address such as"]),
    "a model twice": ("[stream.window]", '[[stream]]\nmodel = "m"\nendpoints = ["tcp://127.0.0.1:1"]\nreference = "plain.json"\n[stream.window]', 12, ["stream.model"]),
    "a limit above its budget": ("[stream.window]", 'max_message = "1GiB"\n[stream.window]', None, ["receive_budget"]),
    "a schema with a reference": ("[stream.window]", 'schema = "plain.json"\n[stream.window]', 11, ["stream.schema", "warm-up"]),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, plain):
    (tmp_path / "plain.json").write_bytes(plain.read_bytes())
    return tmp_path


@pytest.mark.parametrize("command", ["check"])
@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_with_file_line_and_key(folder, case, command):
    old, new, line, words = MISTAKES[case]
    assert old in GOOD
    path = folder / "agent.conf"
    path.write_text(GOOD.replace(old, new, 1))
    done = run(command, "--config", path)
    assert done.returncode == 78, done
    told = [text for text in done.stderr.splitlines() if all(word in text for word in words)]
    assert told, done.stderr
    if line:
        assert any(text.startswith(f"{path}:{line}:") for text in told), done.stderr


def test_every_mistake_is_told_at_once(folder):
    path = folder / "agent.conf"
    path.write_text(GOOD.replace('"qa"', "7").replace("rows = 100", "row = 100").replace("plain.json", "none.json"))
    done = run("agent", "--config", path, timeout=10)
    assert done.returncode == 78 and done.stdout == ""
    lines = [int(re.match(rf"{re.escape(str(path))}:(\d+):", text).group(1)) for text in done.stderr.splitlines()]
    assert lines == sorted(lines) and {2, 9, 12} <= set(lines)


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00", b"a\x00b", b"x" * 100_000, b"[" * 5000, b"a = " + b"[" * 5000])
def test_files_that_are_none(folder, content):
    path = folder / "agent.conf"
    if content is not None:
        path.write_bytes(content)
    done = run("check", "--config", path)
    assert done.returncode == 78 and str(path) in done.stderr


def test_check_says_what_it_found(folder):
    path = folder / "agent.conf"
    path.write_text(GOOD)
    done = succeed("check", "--config", path)
    assert "m: reference" in done.stdout and "is sound" in done.stdout and done.stdout.endswith("ok\n")
    assert succeed("check", cwd=folder).stdout.endswith("agent.conf: ok\n"), "agent.conf by default"


def test_check_starts_nothing_and_writes_nothing(folder):
    (folder / "agent.conf").write_text(GOOD)
    before = sorted(folder.iterdir())
    succeed("check", "--config", folder / "agent.conf")
    assert sorted(folder.iterdir()) == before


def test_check_self_tests_a_calibrated_reference(world, tmp_path):
    path, few = tmp_path / "agent.conf", tmp_path / "few.json"
    Table(80, seed=1).csv(tmp_path / "few.csv", time=[T0 + i * 360 for i in range(80)])
    succeed(
        "reference", "build", "--input", tmp_path / "few.csv", "--output", few, "--time-column", "time",
        "--window", "1h", "--knots", 8,
    )  # fmt: skip
    table = {"window": {"length": "1h"}, "alerts": {"false_alarms": "2 per 10 windows"}}
    path.write_text(configuration(free_port(), [stream(few, tcp_endpoint(), **table)]))
    text = succeed("check", "--config", path).stdout
    assert "on its own reference this configuration would have fired" in text and "forward" in text


def test_a_budget_beyond_the_reference_is_refused_with_the_arithmetic(world, tmp_path):
    path = tmp_path / "agent.conf"
    table = {"window": {"length": "1h"}, "alerts": {"false_alarms": "1 per month"}}
    path.write_text(configuration(free_port(), [stream(world / "scored.json", tcp_endpoint(), **table)]))
    for command in ("check", "agent"):
        done = run(command, "--config", path, timeout=20)
        assert done.returncode == 78
        told = done.stdout + done.stderr
        assert "719 reference windows" in told and "nearest budget it supports" in told, told


@pytest.mark.parametrize("table, word", [
    ({"window": {"length": "1d"}, "alerts": {"threshold": "calibrated"}}, "--window 1d"),
    ({"window": {"rows": 100}, "alerts": {"threshold": "iid"}}, "1 per 1000 windows"),
])  # fmt: skip
def test_a_reference_that_does_not_fit_the_window(world, plain, tmp_path, table, word):
    path = tmp_path / "agent.conf"
    reference = world / "scored.json" if "length" in table["window"] else plain
    path.write_text(configuration(free_port(), [stream(reference, tcp_endpoint(), **table)]))
    done = run("check", "--config", path)
    assert done.returncode == 78 and word in done.stdout + done.stderr


def damaged(reference):
    made = json.loads(reference.read_text())
    yield "altered", json.dumps({**made, "id": "sha256:" + "0" * 64})
    yield "newer", json.dumps({**made, "version": 99})
    yield "another format", json.dumps({**made, "format": "other"})
    yield "cut", reference.read_text()[:1000]
    yield "empty", ""
    yield "an array", "[]"
    yield "no features", json.dumps({**made, "features": []})
    short = json.loads(json.dumps(made))
    short["features"][0]["knots"] = short["features"][0]["knots"][:3]
    yield "fewer knots", json.dumps(short)
    unordered = json.loads(json.dumps(made))
    unordered["features"][0]["knots"].reverse()
    yield "knots out of order", json.dumps(unordered)
    text = json.loads(json.dumps(made))
    text["profile"]["rows"] = -1
    yield "negative rows", json.dumps(text)
    cells = json.loads(json.dumps(made))
    cells["profile"]["features"][0]["cells"] = "AAAA////"
    yield "cells of noise", json.dumps(cells)


def test_damaged_references(folder, plain):
    """Every damage is a message that names the file; none is a crash."""
    path = folder / "agent.conf"
    path.write_text(GOOD)
    for what, text in damaged(plain):
        (folder / "plain.json").write_text(text)
        done = run("check", "--config", path)
        told = done.stdout + done.stderr
        assert done.returncode == 78 and "plain.json" in told, (what, told)


def test_variables_are_substituted(folder):
    path = folder / "agent.conf"
    path.write_text(GOOD.replace('"qa"', '"${WHO}-${MISSING:-7}"').replace("plain.json", "${REFERENCE:?where is it}"))
    assert succeed("check", "--config", path, env={"WHO": "a", "REFERENCE": "plain.json"})
    done = run("check", "--config", path, env={"WHO": "a"})
    assert done.returncode == 78 and "where is it" in done.stderr


# Exit codes


@pytest.mark.parametrize("arguments", [
    ["nonsense"], ["check", "--nonsense"], ["compare"], ["compare", "--reference", "a.csv"],
    ["compare", "--reference", "-", "--current", "-"], ["compare", "--reference", "a", "--current", "b", "--level", "2"],
    ["compare", "--reference", "a", "--current", "b", "--level", "x"], ["replay", "a.csv"],
    ["replay", "a.csv", "--model", "m", "--endpoint", "tcp://127.0.0.1:1", "--batch", "0"],
    ["replay", "a.csv", "--model", "m", "--endpoint", "tcp://127.0.0.1:1", "--format", "xml"],
    ["replay", "a.csv", "--model", "m", "--endpoint", "tcp://127.0.0.1:1", "--rate", "-1"],
    ["replay", "a.csv", "--model", "m", "--endpoint", "tcp://127.0.0.1:1", "--rate", "1", "--speed", "1"],
    ["replay", "a.csv", "--model", "m", "--endpoint", "tcp://127.0.0.1:1", "--speed", "2"],
    ["replay", "a.csv", "--model", "m", "--endpoint", "tcp://127.0.0.1:1", "--bind", "--connect", "--wait", "1"],
    ["replay", "a.csv", "--model", "m", "--endpoint", "tcp://127.0.0.1:1", "--wait", "nan"],
    ["replay", "a.csv", "--model", "m", "--endpoint", "tcp://127.0.0.1:1", "--wait", "1e300"],
    ["reference", "build", "--input", "a", "--output", "b", "--window", "soon"],
    ["reference", "build", "--input", "a", "--output", "b", "--time-column", "x", "--window", "0s"],
    ["reference", "build", "--input", "a", "--output", "b", "--time-column", "x", "--window=-1d"],
    ["reference", "build", "--input", "a", "--output", "b", "--knots", "2"],
    ["reference", "build", "--input", "a", "--output", "b", "--from", "2013-01-01T00:00:00Z"],
])  # fmt: skip
def test_wrong_usage_is_2(arguments, world):
    """Whether the files are there or not."""
    files = {"a": "reference.csv", "a.csv": "reference.csv"}
    made = [files.get(argument, argument) for argument in arguments]
    done = run(*made, timeout=10, cwd=world)
    assert done.returncode == 2 and done.stderr and done.stdout == "", done


@pytest.mark.parametrize("arguments", [
    ["compare", "--reference", "none.csv", "--current", "none.csv"], ["profile", "--reference", "none.json"],
    ["reference", "build", "--input", "none.csv", "--output", "o.json"],
    ["replay", "none.csv", "--model", "m", "--endpoint", "tcp://127.0.0.1:1"],
])  # fmt: skip
def test_what_cannot_be_done_is_1(arguments, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 1 and ("none.csv" in done.stderr or "none.json" in done.stderr)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["help", "replay"], ["agent", "--help"]])
def test_help_is_0(arguments):
    assert succeed(*arguments).stdout


def test_a_state_that_cannot_be_written(folder):
    (folder / "state").write_text("a file")
    (folder / "agent.conf").write_text(GOOD)
    done = run("check", "--config", folder / "agent.conf")
    assert done.returncode == 78 and "agent.state" in done.stderr


def test_a_sink_that_cannot_be_written(folder):
    (folder / "events.jsonl").mkdir()
    (folder / "agent.conf").write_text(GOOD.replace("9464", str(free_port())))
    done = run("agent", "--config", folder / "agent.conf", timeout=10)
    assert done.returncode in (1, 78) and "events.jsonl" in done.stderr
