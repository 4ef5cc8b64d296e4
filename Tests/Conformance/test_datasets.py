"""Datasets: files that models are trained on. Uploaded in pieces over connections that break, known by their SHA-256,
read in a process of their own whatever is in them."""

import concurrent.futures
import gzip
import hashlib
import json
import os
import pathlib
import socket
import sqlite3
import subprocess
import time
import urllib.parse

import numpy as np
import pytest

import harness
from conftest import makers
from harness import run, succeed, wait_until

SCHEMA = {
    "version": 1, "task": "binary",
    "features": [
        {"name": "x", "kind": "numeric"}, {"name": "color", "kind": "categorical"}, {"name": "flag", "kind": "boolean"},
    ],
    "prediction": {"tensor": "score", "kind": "score"},
    "label": {"tensor": "late", "kind": "class"},
}  # fmt: skip
START = 1_767_225_600  # 2026-01-01T00:00:00Z


@pytest.fixture
def registry(new_registry):
    return new_registry().start()


@pytest.fixture
def schema(tmp_path):
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(SCHEMA))
    return path


def columns(count=2000, seed=1, shift=0.0):
    random = np.random.default_rng(seed)
    return {
        "time": [START + 60 * i for i in range(count)],
        "x": np.round(random.normal(shift, 1, count), 2).tolist(),
        "color": random.choice(["red", "green", "blue"], count).tolist(),
        "flag": ["true" if flag else "false" for flag in random.random(count) < 0.5],
        "score": np.round(random.random(count), 3).tolist(),
        "late": [None if i % 10 == 0 else int(i % 3 == 0) for i in range(count)],
    }


def write(path, **options):
    return pathlib.Path(harness.write_csv(path, columns(**options)))


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def command(registry, *arguments, check=True, **options):
    return (succeed if check else run)("dataset", *arguments, "--registry", registry.uri, **options)


def add(registry, path, schema, *more, model="m", check=True):
    return command(registry, "add", "--model", model, "--schema", schema, path, "--json", *more, check=check)


def added(registry, path, schema, *more, **options):
    return json.loads(add(registry, path, schema, *more, **options).stdout)


def route(id=None, model="m", what=""):
    path = f"/api/v1/models/{urllib.parse.quote(model, safe='')}/training-sets"
    return path + (f"/{id}" if id else "") + what


def offer(registry, data, model="m", **more):
    body = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "schema": SCHEMA, **more}
    return registry.call("POST", route(model=model), body)


def send(registry, data, offset, id, model="m"):
    answer = registry.request("PATCH", route(id, model), data, {"Upload-Offset": str(offset)})
    return answer.status, json.loads(answer.body)


def settled(registry, id, model="m"):
    """The dataset, once it has been read."""

    def check():
        status, answer = registry.call("GET", route(id, model))
        assert status == 200, answer
        return answer if answer["state"] not in ("uploading", "inspecting") else None

    return wait_until(check, "the dataset has been read")


def partial_files(registry):
    return list((registry.state / "artifacts" / "partial").iterdir())


# What a user does


def test_a_file_becomes_a_dataset_with_its_facts(registry, schema, tmp_path):
    path = write(tmp_path / "rows.csv")
    shown = added(registry, path, schema, "--source", "agent=a", "--source", "note=x=y")
    assert shown["id"] == digest(path) and shown["state"] == "ready"
    expected = {
        "model": "m", "format": "csv", "size": path.stat().st_size, "rows": 2000, "labelled": 1800,
        "first": "2026-01-01T00:00:00Z", "last": "2026-01-02T09:19:00Z", "time_column": "time", "label_column": "late",
        "created_by": "anonymous@loopback", "source": {"agent": "a", "note": "x=y"},
    }  # fmt: skip
    assert {name: shown[name] for name in expected} == expected
    again = added(registry, path, schema)
    assert again == shown, "two uploads of one file are one dataset"
    assert json.loads(command(registry, "show", shown["id"][:8], "--json").stdout) == shown
    listed = json.loads(command(registry, "list", "--model", "m", "--json").stdout)["training_sets"]
    assert [one["id"] for one in listed] == [shown["id"]]
    text = command(registry, "list").stdout
    assert shown["id"][:12] in text and "1800" in text
    text = command(registry, "show", shown["id"][:8]).stdout
    assert "2000, 1800 labelled" in text and "2026-01-02T09:19:00Z" in text
    assert json.loads(command(registry, "list", "--model", "other", "--json").stdout)["training_sets"] == []


@pytest.mark.parametrize("form", ["csv", "csv.gz", "sqlite"])
def test_the_reference_is_that_of_reference_build(registry, schema, tmp_path, form):
    path = write(tmp_path / "rows.csv")
    if form == "csv.gz":
        path = tmp_path / "rows.csv.gz"
        path.write_bytes(gzip.compress((tmp_path / "rows.csv").read_bytes()))
    if form == "sqlite":
        path = tmp_path / "rows.sqlite"
        to_sqlite(path, columns())
    shown = added(registry, path, schema)
    assert (shown["format"], shown["state"]) == (form, "ready")
    build = ("reference", "build", "--input", path, "--schema", schema, "--time-column", "time")
    succeed(*build, "--output", tmp_path / "reference.json")
    answer = registry.get(route(shown["id"], what="/reference"))
    assert answer.body == (tmp_path / "reference.json").read_bytes()
    assert json.loads(answer.body)["id"] == shown["reference"]


def to_sqlite(path, table):
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE rows ({', '.join(table)})")
        marks = ", ".join("?" * len(table))
        database.executemany(f"INSERT INTO rows VALUES ({marks})", zip(*table.values()))
    database.close()


def test_a_diff_shows_what_has_moved(registry, schema, tmp_path):
    old, new = write(tmp_path / "old.csv"), write(tmp_path / "new.csv", seed=2, shift=0.5)
    ids = [added(registry, path, schema)["id"] for path in (old, new)]
    found = json.loads(command(registry, "diff", *ids, "--json").stdout)
    assert [feature["name"] for feature in found["features"] if feature["drifted"]] == ["x"]
    compared = succeed("compare", "--reference", old, "--current", new, "--schema", schema, "--json")
    assert found["features"] == json.loads(compared.stdout)["features"]
    assert command(registry, "diff", *ids, "--fail-on-drift", check=False).returncode == 3
    assert "1 of 3 features drifted: x" in command(registry, "diff", *ids).stdout
    assert "No feature has drifted" in command(registry, "diff", ids[0], ids[0], "--fail-on-drift").stdout


def test_a_download_is_the_file(registry, schema, tmp_path):
    path = write(tmp_path / "rows.csv")
    id = added(registry, path, schema)["id"]
    command(registry, "download", id[:10], "--output", tmp_path / "again.csv")
    assert digest(tmp_path / "again.csv") == id
    answer = registry.request("GET", route(id, what="/content"), headers={"Range": "bytes=5-9"})
    assert (answer.status, answer.body) == (206, path.read_bytes()[5:10])
    content = registry.state / "artifacts" / id[:2] / id[2:]
    content.chmod(0o644)
    content.write_bytes(b"x" + path.read_bytes()[1:])
    done = command(registry, "download", id, "--output", tmp_path / "altered.csv", check=False)
    assert done.returncode == 1 and "altered" in done.stderr
    assert not (tmp_path / "altered.csv").exists()
    assert f"dataset {id} of m" in run("registry", "verify", "--state", registry.state).stdout


def test_names_are_only_names(registry, schema, tmp_path):
    model = "o'neil \"x\"; DROP TABLE training_set; é%2f"
    odd = tmp_path / "it's \"rows\" $(x) \\.csv"
    write(odd)
    shown = added(registry, odd, schema, "--time-column", "time", model=model)
    assert (shown["model"], shown["state"]) == (model, "ready")
    assert json.loads(command(registry, "show", shown["id"], "--model", model, "--json").stdout) == shown
    assert add(registry, odd, schema, model="a/b", check=False).returncode == 1
    for prefix in ("%", "_", "' OR 1=1 --", "ffff"):
        done = command(registry, "show", prefix, check=False)
        assert done.returncode == 1 and "no dataset begins with" in done.stderr, prefix
    command(registry, "delete", shown["id"], "--model", model)


def test_the_model_tells_which_is_meant(registry, schema, tmp_path):
    path = write(tmp_path / "rows.csv", count=100)
    id = added(registry, path, schema, model="a")["id"]
    added(registry, path, schema, model="b")
    done = command(registry, "show", id, check=False)
    assert done.returncode == 1 and "several datasets" in done.stderr
    assert json.loads(command(registry, "show", id, "--model", "b", "--json").stdout)["model"] == "b"


def test_mistakes_are_told(registry, schema, tmp_path):
    path = write(tmp_path / "rows.csv", count=50)
    cases = [
        (("add", "--model", "m", "--schema", schema, tmp_path / "gone.csv"), "no such file"),
        (("add", "--model", "m", "--schema", tmp_path / "gone.json", path), "no such file"),
        (("add", "--model", "m", "--schema", path, path), "not a schema"),
        (("add", "--model", "m", "--schema", schema, "/dev/null"), "is empty"),
        (("show", "0123"), "no dataset begins with"),
        (("add", "--model", "m", "--schema", schema, path, "--time-column", "when"), "no column 'when'"),
    ]
    for arguments, words in cases:
        done = command(registry, *arguments, check=False)
        assert done.returncode == 1 and words in done.stdout + done.stderr, (arguments, done)
    assert added(registry, path, schema)["state"] == "ready", "unusable in one way, read in another"
    done = add(registry, path, schema, "--time-column", "score", check=False)
    assert done.returncode == 1 and "another schema or time column" in done.stderr


def test_inspect_says_beforehand_what_the_registry_will_say(schema, tmp_path):
    path = write(tmp_path / "rows.csv")
    found = json.loads(succeed("dataset", "inspect", path, "--schema", schema, "--json").stdout)
    assert (found["rows"], found["labelled"]) == (2000, 1800)
    path.write_text("x,color,flag,late\ncheap,red,true,1\n")
    done = run("dataset", "inspect", path, "--schema", schema)
    assert done.returncode == 1 and done.stderr.startswith(f"{path}: row 1: 'cheap' is no number")


# Uploads


def test_a_piece_after_the_other(registry):
    data = "".join(f"{i},red,true,{i % 2}\n" for i in range(1000))
    data = ("x,color,flag,late\n" + data).encode()
    status, answer = offer(registry, data)
    id = hashlib.sha256(data).hexdigest()
    assert (status, answer) == (200, {"id": id, "model": "m", "state": "uploading", "offset": 0, "size": len(data)})
    assert send(registry, data[:1000], 0, id)[1]["offset"] == 1000
    answer = registry.request("HEAD", route(id))
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Length"]) == ("1000", str(len(data)))
    for offset, words in [(0, "goes on at byte 1000"), (2000, "goes on at byte 1000"), (-1, "Upload-Offset")]:
        status, answer = send(registry, data[:10], offset, id)
        assert status in (400, 409) and words in answer["error"]["message"], answer
    status, answer = send(registry, data[1000:] + b"more", 1000, id)
    assert status == 400 and "announced" in answer["error"]["message"]
    status, answer = send(registry, data[1000:], 1000, id)
    assert status == 200 and answer["state"] in ("inspecting", "ready")
    assert settled(registry, id)["rows"] == 1000
    status, answer = send(registry, b"", len(data), id)
    assert status == 409 and "are there" in answer["error"]["message"]


def break_off(registry, data, offset, id, sent):
    """Sends less than it announced, and hangs up."""
    head = f"PATCH {route(id)} HTTP/1.1\r\nHost: localhost\r\nUpload-Offset: {offset}\r\nContent-Length: {len(data)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", registry.http)) as connection:
        connection.sendall(head.encode() + data[:sent])
        wait_until(lambda: offset_of(registry, id) > offset, "some of it has arrived")


def offset_of(registry, id):
    return int(registry.request("HEAD", route(id)).headers["Upload-Offset"])


def large(count=200_000):
    return ("x,color,flag,late\n" + "".join(f"{i / 7},red,true,{i % 2}\n" for i in range(count))).encode()


def test_a_connection_that_breaks_loses_nothing_that_had_come(registry, schema, tmp_path):
    data = large()
    id = hashlib.sha256(data).hexdigest()
    offer(registry, data)
    break_off(registry, data, 0, id, 3 << 20)
    there = wait_until(lambda: offset_of(registry, id), "some of it is kept")
    assert there >= 1 << 20
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    wait_until(lambda: send(registry, b"", offset_of(registry, id), id)[0] == 200, "the connection is let go")
    assert added(registry, path, schema)["rows"] == 200_000


def test_a_kill_in_the_middle_loses_nothing_that_had_come(registry, schema, tmp_path):
    data = large()
    id = hashlib.sha256(data).hexdigest()
    offer(registry, data)
    send(registry, data[: 1 << 20], 0, id)
    break_off(registry, data[1 << 20 :], 1 << 20, id, 2 << 20)
    registry.kill()
    path = tmp_path / "rows.csv"
    path.write_bytes(data)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        upload = pool.submit(add, registry, path, schema)
        time.sleep(1)
        registry.start()
        assert offset_of(registry, id) > 1 << 20
        assert json.loads(upload.result().stdout)["state"] == "ready", "it waits for the registry"
    assert partial_files(registry) == []


def test_the_client_goes_on_when_the_registry_is_killed_under_it(registry, schema, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(large(1_500_000))
    process = subprocess.Popen(
        [harness.BINARY, "dataset", "add", "--model", "m", "--schema", schema, path, "--json", "--no-wait"]
        + ["--registry", registry.uri],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=harness.ENVIRONMENT,
    )  # fmt: skip
    try:
        for _ in range(2):
            kept = lambda: sum(file.stat().st_size for file in partial_files(registry))  # noqa: E731
            before = kept()
            wait_until(lambda: kept() > before or process.poll() is not None, "bytes arrive")
            registry.kill()
            registry.start()
        output, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    content = registry.request("GET", route(json.loads(output)["id"], what="/content"), timeout=60).body
    assert content == path.read_bytes()


def test_bytes_of_another_hash_leave_nothing(registry):
    data = b"x,color,flag,late\n1,red,true,1\n"
    id = hashlib.sha256(data).hexdigest()
    offer(registry, data)
    status, answer = send(registry, data.replace(b"red", b"RED"), 0, id)
    assert status == 400 and "hash to" in answer["error"]["message"]
    assert registry.call("GET", route(id))[0] == 404
    assert registry.call("GET", "/api/v1/training-sets")[1] == {"training_sets": []}
    assert partial_files(registry) == []
    offer(registry, data)
    assert send(registry, data, 0, id)[0] == 200, "it can begin again"


def test_many_at_once_with_one_file(registry, schema, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(large(300_000))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: added(registry, path, schema), range(4)))
    assert {(one["id"], one["state"], one["rows"]) for one in answers} == {(digest(path), "ready", 300_000)}
    entries = registry.json(f"/api/v1/audit?subject={digest(path)}")["entries"]
    assert [entry["action"] for entry in entries].count("dataset.add") == 1


@pytest.mark.parametrize(
    "change, words",
    [
        ({"sha256": "abc"}, "sha256"), ({"size": 0}, "size"), ({"size": "x"}, "size"), ({"schema": {}}, "schema"),
        ({"schema": None}, "schema"), ({"size": 1 << 50}, "largest"), ({"source": {"a": "x" * 5000}}, "source"),
        ({"schema": {**SCHEMA, "features": []}}, "schema.features"), ({"label_cutoff": "soon"}, "label_cutoff"),
    ],
)  # fmt: skip
def test_an_offer_that_breaks_a_rule_is_refused(registry, change, words):
    status, answer = offer(registry, b"x", **change)
    assert status == 400 and words in answer["error"]["message"], answer


def test_a_full_disk_is_told_and_what_has_come_stays(new_registry):
    registry = new_registry()
    registry.state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", registry.state], capture_output=True)
    if mounted.returncode:
        pytest.skip("no tmpfs may be mounted here")
    try:
        registry.start()
        data = large(400_000)[: 5 << 20]
        assert offer(registry, b"x" * (9 << 20))[0] == 507
        status, answer = offer(registry, data)
        assert status == 200, answer
        blocker = registry.state / "blocker"
        blocker.write_bytes(b"x" * (4 << 20))
        status, answer = send(registry, data, 0, hashlib.sha256(data).hexdigest())
        assert (status, answer["error"]["code"]) == (507, "exhausted")
        assert registry.call("GET", "/api/v1/training-sets")[1] == {"training_sets": []}
        blocker.unlink()
        id = hashlib.sha256(data).hexdigest()
        offset = offset_of(registry, id)
        assert send(registry, data[offset:], offset, id)[0] == 200
    finally:
        registry.kill()
        subprocess.run(["umount", "-l", registry.state], check=False)


def test_memory_does_not_depend_on_the_size(registry):
    memory = lambda: int(pathlib.Path(f"/proc/{registry.process.pid}/statm").read_text().split()[1]) * 4096  # noqa: E731
    data = b"x,color,flag,late\n" + b"1,red,true,1\n" * 12_000_000
    id = hashlib.sha256(data).hexdigest()
    offer(registry, data)
    before = memory()
    answer = registry.request("PATCH", route(id), data[:-1], {"Upload-Offset": "0"}, timeout=60)
    assert answer.status == 200 and memory() - before < 64 << 20, (before, memory())


# What is in them


def unusable(registry, data):
    """Why what is uploaded cannot be used."""
    id = hashlib.sha256(data).hexdigest()
    assert offer(registry, data)[0] == 200
    assert send(registry, data, 0, id)[0] == 200
    answer = settled(registry, id)
    assert registry.get("/health").status == 200
    assert answer["state"] == "unusable", answer
    assert str(registry.state) not in answer["reason"]
    return answer["reason"]


HEADER = b"x,color,flag,late\n"


@pytest.mark.parametrize(
    "data, words",
    [
        (b"\0" * 5000, "no column 'x'"), (HEADER, "no rows"), (HEADER + b'1,"red,true,1\n' * 3, "quote"),
        (HEADER + b"1,red\n", "2 fields where the header has 4"), (b"x,x\n1,1\n", "stands twice"),
        (HEADER + b"cheap,red,true,1\n", "'cheap' is no number"), (b"x,color,flag\n1,red,true\n", "no column 'late'"),
        (gzip.compress(HEADER + b"1,red,true,1\n" * 1000)[:-9], "cut short"), (os.urandom(3000), "the file"),
        (b"SQLite format 3\0" + b"U" * 5000, "cannot be read"), (b"\xff\xfe" * 100, "no column"),
        (HEADER.replace(b"x", b"time") + b"soon,red,true,1\n", "no column 'x'"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_unusable_and_says_why(registry, data, words):
    assert words in unusable(registry, data)


def database(tmp_path, *statements):
    path = tmp_path / "hostile.sqlite"
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    "statements, words",
    [
        (["CREATE TABLE notes (text)"], "no table 'rows'"),
        (["CREATE VIEW rows AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT i x FROM n"], "not a table"),
        (["CREATE TABLE rows (color, flag, late, x AS (zeroblob(2000000000)))"], "not stored"),
        (["CREATE TABLE rows (x, color, flag, late)"], "no rows"),
        (["CREATE TABLE rows (x, color, flag, late, rowid)", "INSERT INTO rows VALUES (1, 'r', 1, 1, 'a')"], "rowid"),
        (["CREATE TABLE rows (x, color, flag, late)", "INSERT INTO rows VALUES ('a', 'r', 1, 1)"], "'a' is no number"),
        (["PRAGMA journal_mode = WAL", "CREATE TABLE rows (x, color, flag, late)"], "write-ahead log"),
    ],
)  # fmt: skip
def test_a_database_that_could_do_anything_is_unusable(registry, tmp_path, statements, words):
    assert words in unusable(registry, database(tmp_path, *statements))


def test_a_trigger_does_nothing(registry, tmp_path):
    data = database(
        tmp_path, "CREATE TABLE rows (x, color, flag, late)", "INSERT INTO rows VALUES (1, 'r', 1, 1), (2, 'b', 0, 0)",
        "CREATE TRIGGER t BEFORE INSERT ON rows BEGIN SELECT load_extension('x'); END",
    )  # fmt: skip
    id = hashlib.sha256(data).hexdigest()
    offer(registry, data)
    send(registry, data, 0, id)
    assert (settled(registry, id)["state"], settled(registry, id)["rows"]) == ("ready", 2)


def test_a_corrupted_database_is_unusable(registry, tmp_path):
    table = columns(500)
    to_sqlite(tmp_path / "rows.sqlite", table)
    data = bytearray((tmp_path / "rows.sqlite").read_bytes())
    data[4096:8192] = os.urandom(4096)
    assert "cannot be read" in unusable(registry, bytes(data))


class Configured(harness.Registry):
    """One with an agent.conf."""

    def configure(self, **datasets):
        lines = [f'[registry]\nhttp = "127.0.0.1:{self.http}"\nstate = "state"\n[registry.datasets]']
        lines += [f"{key} = {harness.toml(value)}" for key, value in datasets.items()]
        (self.folder / "agent.conf").write_text("\n".join(lines) + "\n")
        return self

    @property
    def command(self):
        return [harness.BINARY, "registry", "--config", self.folder / "agent.conf"]


@pytest.fixture
def new_configured(tmp_path):
    yield from makers(tmp_path, Configured)


def test_a_file_that_takes_the_reader_down_is_unusable_and_the_registry_goes_on(new_configured):
    registry = new_configured().configure(inspection_memory="300MiB").start()
    huge = HEADER + b'1,"' + b"x" * (1 << 20) + b'",true,1\n'
    bomb = gzip.compress(huge + b"1,red,true,1\n" * 30_000_000, 1)
    assert "inspection_memory" in unusable(registry, bomb)
    small = HEADER + b"1,red,true,1\n2,blue,false,0\n"
    id = hashlib.sha256(small).hexdigest()
    offer(registry, small)
    send(registry, small, 0, id)
    assert settled(registry, id)["state"] == "ready"


def test_a_file_that_takes_for_ever_is_unusable(new_configured):
    registry = new_configured().configure(inspection_time="1s").start()
    assert "inspection_time" in unusable(registry, gzip.compress(HEADER + b"1,red,true,1\n" * 30_000_000, 1))


def test_what_is_larger_than_allowed_is_refused(new_configured):
    registry = new_configured().configure(largest="10B").start()
    status, answer = offer(registry, HEADER)
    assert status == 400 and "largest" in answer["error"]["message"]


def test_a_kill_while_it_is_read_is_made_good(registry, schema, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(large(300_000))
    id = added(registry, path, schema, "--no-wait")["id"]
    registry.kill()
    registry.start()
    assert settled(registry, id)["rows"] == 300_000


# What refers to them


def proposal(model, uri, **dataset):
    start = "2026-01-01T00:00:00Z"
    id = hashlib.sha256("\0".join([model, "manual", "", start, start]).encode()).hexdigest()
    return {
        "specversion": "1.0", "id": id[:32], "type": "dev.leeway.retrain.requested", "source": "/users/x",
        "subject": model, "time": start, "datacontenttype": "application/json", "data": {
            "id": id, "model": model, "cause": {"trigger": "manual", "reason": "why"}, "evidence": [],
            "dataset": {"uri": uri, **dataset}, "window": {"start": start, "end": start},
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    "uri, words",
    [
        ("rows.csv", "absolute path"), ("s3://bucket/rows.csv", "absolute path"), ("datasets:/abc", "64 digits"),
        ("datasets:/" + "0" * 64, "no dataset of model 'm'"), ("", "absolute path"),
    ],
)  # fmt: skip
def test_a_request_names_rows_that_there_are(registry, uri, words):
    status, answer = registry.call("POST", "/api/v1/retrain-requests", proposal("m", uri))
    assert status == 400 and words in answer["error"]["message"], answer


def test_what_a_request_or_a_run_refers_to_stays(registry, schema, tmp_path):
    path = write(tmp_path / "rows.csv", count=200)
    id = added(registry, path, schema)["id"]
    asked = succeed(
        "retrain", "--model", "m", "--reason", "manual", "--dataset", f"datasets:/{id}", "--json", "--registry", registry.uri
    )
    request = json.loads(asked.stdout)
    assert request["state"] == "accepted" and request["request"]["dataset"]["uri"] == f"datasets:/{id}"
    done = command(registry, "delete", id[:12], check=False)
    assert done.returncode == 1 and f"retrain request {request['id'][:12]}" in done.stderr
    succeed("retrain", "cancel", request["id"], "--registry", registry.uri)
    run_id = registry.post("runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
    source = json.dumps({"uri": f"datasets:/{id}"})
    dataset = {"name": "m", "digest": id[:32], "source_type": "leeway", "source": source}
    registry.post("runs/log-inputs", {"run_id": run_id, "datasets": [{"dataset": dataset}]})
    done = command(registry, "delete", id, check=False)
    assert done.returncode == 1 and f"run {run_id}" in done.stderr
    other = added(registry, write(tmp_path / "other.csv", count=100), schema)["id"]
    assert json.loads(command(registry, "delete", other, "--json").stdout) == {"deleted": other}
    assert registry.call("GET", route(other))[0] == 404


def test_garbage_collection_takes_what_was_deleted_and_nothing_else(registry, schema, tmp_path):
    kept = added(registry, write(tmp_path / "kept.csv", count=100), schema)["id"]
    gone = added(registry, write(tmp_path / "gone.csv", count=200), schema)["id"]
    command(registry, "delete", gone)
    for file in (registry.state / "artifacts").glob("??/*"):
        os.utime(file, (time.time() - 7200,) * 2)
    report = json.loads(succeed("registry", "gc", "--state", registry.state, "--json").stdout)
    assert report["blobs"] == 2, "the file and its reference"
    command(registry, "download", kept, "--output", tmp_path / "again.csv")
    assert registry.get(route(kept, what="/reference")).status == 200
    succeed("registry", "verify", "--state", registry.state)


def test_every_change_is_in_the_audit_log(registry, schema, tmp_path):
    path = write(tmp_path / "rows.csv", count=100)
    id = added(registry, path, schema)["id"]
    command(registry, "delete", id)
    actions = [entry["action"] for entry in registry.json(f"/api/v1/audit?subject={id}")["entries"]]
    assert actions == ["dataset.delete", "dataset.ready", "dataset.add", "dataset.offer"]
    samples = {name: value for name, _, value in harness.parse_metrics(registry.get("/metrics").body.decode())}
    assert samples["leeway_registry_training_sets"] == 0
