"""`leeway replay` to a running agent."""

import gzip
import subprocess
import time

import pytest
import zmq

from conftest import T0, Table
from harness import BINARY, DEADLINE, ENVIRONMENT, run, stream, succeed, tcp_endpoint

HOURS = {"length": "1h", "lateness": "10m", "min_samples": 10}
COLUMNS = ("--time-column", "time", "--id-column", "id", "--prediction-column", "score", "--label-column", "label")


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("replay") / "rows.csv"
    made = Table(500, seed=4)
    return made.csv(
        path, time=[T0 + i * 30 for i in range(500)], id=[f"id {i}" for i in range(500)],
        score=made.columns["score"], label=[i % 2 for i in range(500)],
    )  # fmt: skip


def replay(table, endpoint, *more, **options):
    return succeed("replay", table, "--model", "m", "--endpoint", endpoint, *COLUMNS, *more, **options)


@pytest.mark.parametrize("format", ["rows", "oip-json", "oip-binary"])
def test_everything_arrives_and_the_last_window_closes(new_agent, world, table, format):
    endpoint = tcp_endpoint()
    agent = new_agent().configure(stream(world / "scored.json", endpoint, window=HOURS)).start()
    done = replay(table, endpoint, "--format", format, "--batch", 15)
    assert "500 rows published" in done.stderr
    windows = agent.wait_windows(5)
    assert [w["window"]["rows"] for w in windows] == [120] * 4 + [20]
    counters = agent.assert_books_balance()
    assert (counters["rows"], counters["predictions"], counters["labels"]) == (500, 500, 500)
    assert (counters["missed"], counters["duplicate"], counters["late"], counters["rejected"]) == (0, 0, 0, {})
    for window in windows:
        assert (window["window"]["predictions"], window["window"]["labels"]) == (window["window"]["rows"],) * 2
        assert all(f["missing"] == 0 for f in window["features"])
        assert not window["window"]["missed"]


def test_the_formats_say_the_same(new_agent, world, table):
    """A batch of 100 rows spans 50 minutes here, more than the lateness; its answers are not late for that."""
    numbers = []
    for format in ["rows", "oip-json", "oip-binary"]:
        endpoint = tcp_endpoint()
        agent = new_agent(format).configure(stream(world / "scored.json", endpoint, window=HOURS)).start()
        replay(table, endpoint, "--format", format)
        numbers.append([w["features"] for w in agent.wait_windows(5)])
        agent.kill()
    assert numbers[0] == numbers[1] == numbers[2]


@pytest.mark.parametrize("socket, mode", [("sub", "bind"), ("pull", "bind"), ("pull", "connect")])
def test_other_sockets(new_agent, world, table, tmp_path, socket, mode):
    endpoint = f"ipc://{tmp_path}/s"
    agent = new_agent().configure(stream(world / "scored.json", endpoint, window=HOURS, socket=socket, mode=mode)).start()
    how = ["--connect"] if mode == "bind" else ["--bind"]
    replay(table, endpoint, *how, "--socket", "pub" if socket == "sub" else "push")
    assert sum(w["window"]["rows"] for w in agent.wait_windows(5)) == 500


def test_gzip_and_standard_input(new_agent, plain, tmp_path):
    endpoint = tcp_endpoint()
    agent = new_agent().configure(stream(plain, endpoint)).start()
    path = Table(150).csv(tmp_path / "t.csv")
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    succeed("replay", tmp_path / "t.csv.gz", "--model", "m", "--endpoint", endpoint)
    agent.wait_rows(150)
    succeed("replay", "-", "--model", "m", "--endpoint", endpoint, input=path.read_bytes())
    agent.wait_rows(300)


def test_rate(new_agent, plain, tmp_path):
    endpoint = tcp_endpoint()
    agent = new_agent().configure(stream(plain, endpoint)).start()
    path = Table(200).csv(tmp_path / "t.csv")
    began = time.monotonic()
    succeed("replay", path, "--model", "m", "--endpoint", endpoint, "--rate", 100, "--batch", 5)
    assert 1.7 < time.monotonic() - began < 4
    agent.wait_rows(200)


def test_speed(new_agent, plain, table):
    endpoint = tcp_endpoint()
    new_agent().configure(stream(plain, endpoint, window=HOURS)).start()
    began = time.monotonic()
    replay(table, endpoint, "--speed", 7500, "--batch", 10)
    assert 1.6 < time.monotonic() - began < 4, "499 × 30 s at 7,500 a second"


@pytest.mark.parametrize("how", [["--bind"], ["--connect"], ["--connect", "--socket", "push"], ["--bind", "--socket", "push"]], ids=" ".join)
def test_nobody_listens(plain, tmp_path, how):
    path = Table(20).csv(tmp_path / "t.csv")
    try:
        done = run("replay", path, "--model", "m", "--endpoint", tcp_endpoint(), *how, "--wait", "0.5", timeout=4)
    except subprocess.TimeoutExpired:
        pytest.fail("it waits for ever")
    assert done.returncode == 1 and "m" in done.stderr and "tcp://" in done.stderr


def test_an_endpoint_that_is_taken(live, tmp_path):
    agent, publisher = live()
    path = Table(20).csv(tmp_path / "t.csv")
    done = run("replay", path, "--model", "m", "--endpoint", publisher.endpoint, timeout=10)
    assert done.returncode == 1 and "in use" in done.stderr and publisher.endpoint in done.stderr


def test_a_subscriber_that_leaves(plain, tmp_path):
    """The agent is killed in the middle: replay ends, one way or the other, and says so."""
    endpoint = tcp_endpoint()
    path = Table(20_000).csv(tmp_path / "t.csv")
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.subscribe(b"")
    socket.connect(endpoint)
    player = subprocess.Popen(
        [BINARY, "replay", path, "--model", "m", "--endpoint", endpoint, "--batch", "1"],
        stderr=subprocess.PIPE, env=ENVIRONMENT,
    )  # fmt: skip
    try:
        assert socket.poll(DEADLINE * 1000)
        socket.close(0)
        assert player.wait(30) in (0, 1)
    finally:
        player.kill()
        player.stderr.close()
        context.destroy(0)


def test_beacons_while_it_waits(new_agent, plain, tmp_path):
    """A slow replay says each second how far it has come."""
    endpoint = tcp_endpoint()
    path = Table(6).csv(tmp_path / "t.csv")
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.subscribe(b"beacon/m/"), socket.subscribe(b"rows/m/")
    socket.connect(endpoint)
    player = subprocess.Popen(
        [BINARY, "replay", path, "--model", "m", "--endpoint", endpoint, "--batch", "1", "--rate", "2"],
        stderr=subprocess.DEVNULL, env=ENVIRONMENT,
    )  # fmt: skip
    try:
        messages = []
        while not (messages and b'"end":true' in messages[-1][-1]):
            assert socket.poll(10_000), messages
            messages.append(socket.recv_multipart())
        beacons = [m for m in messages if m[0] == b"beacon/m/"]
        rows = [m for m in messages if m[0] == b"rows/m/"]
        assert len(rows) == 6 and len(beacons) >= 3
        assert [int.from_bytes(m[1][8:], "big") for m in rows] == [1, 2, 3, 4, 5, 6]
        assert len({m[1][:8] for m in rows}) == 1
        assert player.wait(10) == 0
    finally:
        player.kill()
        context.destroy(0)
