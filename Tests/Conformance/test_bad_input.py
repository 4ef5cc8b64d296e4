"""What cannot be read, or should not be there: told by reason, kept in quarantine, and the stream goes on."""

import json
import random
import socket
import struct
import time

import pytest
import zmq

from conftest import T0, Table
from harness import publishing, row, stream, tcp_endpoint, tensor, wait_until

TABLE = Table(100)
GOOD = TABLE.rows(0, 1)[0]
NOW = int(time.time())


def still_serves(agent, publisher, model="m"):
    """A good row is counted, and the books balance."""
    before = agent.counters(model)["rows"]
    publisher.rows(GOOD)
    agent.wait_rows(before + 1, model)
    agent.assert_books_balance(model)


def serves_again(agent, publisher, model="m"):
    """As `still_serves`, where a subscription is on its way anew."""
    before = agent.counters(model)["rows"]

    def arrives():
        publisher.rows(GOOD)
        return agent.counters(model)["rows"] > before

    wait_until(arrives, "a good row arrives")
    still_serves(agent, publisher, model)


def inputs(*tensors):
    return json.dumps({"inputs": list(tensors)}).encode()


def binary(shape, datatype, size):
    made = {"name": "x", "shape": shape, "datatype": datatype, "parameters": {"binary_data_size": size}}
    return inputs(made)


# kind, frames behind the topic, reason
UNREADABLE = {
    "not JSON": ("rows", [b"hello"], "bad_json"),
    "cut JSON": ("rows", [b'[{"features":{"x":1}'], "bad_json"),
    "empty body": ("rows", [b""], "bad_json"),
    "no body": ("rows", [], "bad_frames"),
    "trailing garbage": ("rows", [b'{"features":{"x":1}} x'], "bad_json"),
    "not UTF-8": ("rows", [b'{"features":{"color":"\xff\xfe"}}'], "bad_utf8"),
    "deeply nested": ("rows", [b"[" * 100_000 + b"]" * 100_000], "bad_json"),
    "a number": ("rows", [b"3"], "wrong_form"),
    "rows of numbers": ("rows", [b"[1,2]"], "wrong_form"),
    "features an array": ("rows", [b'{"features":[1]}'], "wrong_form"),
    "no features": ("rows", [b'{"id":"a"}'], "wrong_form"),
    "nested feature": ("rows", [b'{"features":{"x":{"y":1}}}'], "wrong_type"),
    "frames behind rows": ("rows", [b'{"features":{"x":1}}', b"more"], "bad_frames"),
    "one key twice": ("rows", [b'{"features":{"x":1,"x":2}}'], "wrong_form"),
    "mixed types": ("rows", [b'[{"features":{"x":1}},{"features":{"x":"a"}}]'], "wrong_type"),
    "bad time": ("rows", [b'{"time":"yesterday","features":{"x":1}}'], "bad_time"),
    "month 13": ("rows", [b'{"time":"2023-13-01T00:00:00Z","features":{"x":1}}'], "bad_time"),
    "negative latency": ("rows", [b'{"latency_ms":-1,"features":{"x":1}}'], "bad_latency"),
    "latency that is none": ("rows", [b'{"latency_ms":NaN,"error":"timeout"}'], "bad_latency"),
    "time out of range": ("rows", [b'{"time":1e300,"features":{"x":1}}'], "bad_time"),
    "no inputs": ("inputs", [b"{}"], "wrong_form"),
    "inputs an object": ("inputs", [b'{"inputs":{}}'], "wrong_form"),
    "inputs of strings": ("inputs", [b'{"inputs":["x"]}'], "wrong_form"),
    "nameless": ("inputs", [inputs({"shape": [1], "datatype": "FP64", "data": [1]})], "wrong_form"),
    "unknown datatype": ("inputs", [inputs(tensor("x", "FP128", [1]))], "unknown_datatype"),
    "too few values": ("inputs", [inputs(tensor("x", "FP64", [1, 2], [3]))], "wrong_shape"),
    "too many values": ("inputs", [inputs(tensor("x", "FP64", [1, 2], [1]))], "wrong_shape"),
    "negative dimension": ("inputs", [inputs(tensor("x", "FP64", [1], [-1]))], "wrong_shape"),
    "no dimensions": ("inputs", [b'{"inputs":[{"name":"x","shape":[],"datatype":"FP64","data":[1]}]}'], "wrong_shape"),
    "huge dimension": ("inputs", [inputs(tensor("x", "FP64", [1], [2**62]))], "oversized"),
    "huge dimensions": ("inputs", [binary([2**62, 2**62], "FP64", 8)], "oversized"),
    "rows disagree": ("inputs", [inputs(tensor("x", "FP64", [1, 2]), tensor("y", "INT64", [1]))], "wrong_shape"),
    "table without names": ("inputs", [inputs(tensor("x", "FP64", [1, 2], [1, 2]))], "wrong_shape"),
    "a string for a number": ("inputs", [inputs(tensor("x", "FP64", ["a"]))], "wrong_type"),
    "a fraction for an integer": ("inputs", [inputs(tensor("y", "INT64", [1.5]))], "wrong_type"),
    "too large for INT8": ("inputs", [inputs(tensor("y", "INT8", [300]))], "wrong_type"),
    "one name twice": ("inputs", [inputs(tensor("x", "FP64", [1]), tensor("x", "FP64", [1]))], "wrong_form"),
    "no data": ("inputs", [b'{"inputs":[{"name":"x","shape":[1],"datatype":"FP64"}]}'], "missing_tensor_data"),
    "no binary frame": ("inputs", [binary([1], "FP64", 8)], "missing_tensor_data"),
    "short binary frame": ("inputs", [binary([1], "FP64", 8), b"1234"], "bad_tensor_data"),
    "size against shape": ("inputs", [binary([3], "FP64", 8), b"12345678"], "bad_tensor_data"),
    "negative size": ("inputs", [binary([1], "FP64", -8), b"12345678"], "bad_tensor_data"),
    "huge size": ("inputs", [binary([1], "FP64", 2**63 - 1), b"12345678"], "bad_tensor_data"),
    "frame to spare": ("inputs", [binary([1], "FP64", 8), b"12345678", b"x"], "bad_frames"),
    "bytes to spare": ("inputs", [binary([1], "FP64", 8) + b"12345678" + b"tail"], "bad_frames"),
    "BYTES length beyond": ("inputs", [binary([1], "BYTES", 8), struct.pack("<I", 2**32 - 1) + b"abcd"], "bad_tensor_data"),
    "BYTES too few": ("inputs", [binary([3], "BYTES", 5), struct.pack("<I", 1) + b"a"], "bad_tensor_data"),
    "CloudEvent of a stranger": ("inputs", [b'{"specversion":"1.0","type":"a.b","data":{}}'], "wrong_form"),
    "CloudEvent, no data": ("inputs", [b'{"specversion":"1.0","type":"org.kubeflow.serving.inference.request"}'], "wrong_form"),
    "CloudEvent, bad base64": (
        "inputs", [b'{"specversion":"1.0","type":"org.kubeflow.serving.inference.request","data_base64":"%"}'], "wrong_form",
    ),
    "no outputs": ("predictions", [b"{}"], "wrong_form"),
    "labels of nothing": ("labels", [b"{}"], "wrong_form"),
    "beacon of nothing": ("beacon", [b"{}"], "wrong_form"),
    "beacon of text": ("beacon", [b'{"epoch":1,"sequences":{"rows":"many"}}'], "wrong_form"),
    "beacon not JSON": ("beacon", [b"\x00"], "bad_json"),
    "a name of 2000 bytes": ("rows", [json.dumps(row({"n" * 2000: 1})).encode()], "oversized"),
    "too many columns": ("rows", [json.dumps(row({f"c{i}": 1 for i in range(10_001)})).encode()], "oversized"),
}  # fmt: skip


@pytest.fixture(scope="module")
def hardened(tmp_path_factory, world):
    """One agent for all that cannot be read, so that what one message breaks the next would show."""
    import harness

    endpoint = tcp_endpoint()
    agent = harness.Agent(tmp_path_factory.mktemp("hardened"))
    agent.configure(stream(world / "plain.json", endpoint, rows=100_000))
    publisher = harness.Publisher(endpoint)
    agent.start()
    publisher.wait_for_subscriber()
    yield agent, publisher
    publisher.close()
    agent.kill()


@pytest.mark.parametrize("case", UNREADABLE)
def test_unreadable(hardened, case):
    agent, publisher = hardened
    kind, frames, reason = UNREADABLE[case]
    before = agent.counters()
    publisher.raw(f"{kind}/m/".encode(), *frames)
    after = agent.wait_counters(received=before["received"] + 1)
    told = {r for r, count in after["rejected"].items() if count > before["rejected"].get(r, 0)}
    assert told == {reason}
    kept = agent.quarantine()[0]
    assert (kept["topic"], kept["reason"]) == (f"{kind}/m/", reason) and kept["detail"]
    assert len(kept["frames"]) == len(frames) + 1
    assert agent.metric("leeway_messages_rejected_total", model="m", reason=reason) == after["rejected"][reason]
    still_serves(agent, publisher)


def test_quarantine_shows_the_raw_message(live):
    agent, publisher = live()
    publisher.send("rows", b'{"features":')
    publisher.send("inputs", binary([1], "FP64", 8), b"\xff\x00")
    agent.wait_counters(received=2)
    newest, oldest = agent.quarantine()
    assert [f["text"] for f in oldest["frames"]] == ["rows/m/", '{"features":']
    assert newest["frames"][2] == {"base64": "/wA="} and newest["received"] > oldest["received"]
    assert "rows/m/: bad_json" in agent.logs
    assert len(agent.quarantine(limit=1)) == 1


def test_quarantine_and_log_are_bounded(live):
    agent, publisher = live()
    for i in range(1200):
        publisher.send("rows", b"x%d" % i)
    agent.wait_rejected("bad_json", 1200)
    kept = agent.quarantine()
    assert len(kept) == 1000 and kept[0]["frames"][1]["text"] == "x1199"
    assert agent.logs.count("bad_json") == 1
    still_serves(agent, publisher)


READABLE = {
    "empty batch": ("rows", b"[]", 0),
    "0 rows of tensors": ("inputs", inputs(tensor("x", "FP64", [], [0])), 0),
    "no tensors": ("inputs", b'{"inputs":[]}', 0),
    "no features": ("rows", b'{"features":{}}', 1),
    "only nulls": ("rows", b'{"features":{"x":null,"y":null}}', 1),
    "an answer that is an error": ("predictions", b'{"parameters":{"error":"timeout"}}', 0),
    "a row that is an error": ("rows", b'{"id":"a","error":"timeout"}', 0),
    "a byte order mark and blanks": ("rows", b' \n{"features":{"x":1}}\n', 1),
    "300 byte names": ("rows", json.dumps(row({"ü" * 150: 1, "x": 2})).encode(), 1),
    "a NUL in a name": ("rows", b'{"features":{"a\\u0000b":1,"x":2}}', 1),
    "an empty name": ("rows", b'{"features":{"":1,"x":2}}', 1),
    "numbers as JavaScript and Go write 1e20": ("rows", b'{"features":{"x":100000000000000000000}}', 1),
    "escapes": ("rows", b'{"f\\u0065atures":{"x":1,"color":"r\\u0065d \\ud83d\\ude00"}}', 1),
}


@pytest.mark.parametrize("case", READABLE)
def test_readable_after_all(hardened, case):
    agent, publisher = hardened
    kind, body, rows = READABLE[case]
    before = agent.counters()
    publisher.send(kind, body)
    after = agent.wait_counters(received=before["received"] + 1)
    assert after["rejected"] == before["rejected"] and after["rows"] == before["rows"] + rows
    still_serves(agent, publisher)


def test_oversized_frame_heals(live):
    """libzmq ends the subscription for good; the agent makes it anew and says which limit was hit."""
    agent, publisher = live(max_message="64KiB")
    publisher.rows(GOOD)
    agent.wait_rows(1)
    publisher.send("rows", b"x" * 100_000)
    agent.wait_rejected("oversized")
    serves_again(agent, publisher)
    kept = agent.quarantine()[0]
    assert kept["reason"] == "oversized" and "65536" in kept["detail"]


def test_oversized_frames_again_and_again(live):
    agent, publisher = live(max_message="64KiB")
    for number in range(1, 4):
        publisher.send("rows", b"x" * 100_000)
        agent.wait_rejected("oversized", number)
        serves_again(agent, publisher)


def test_oversized_frame_from_one_of_many_peers_of_a_bound_agent(new_agent, plain):
    endpoint = tcp_endpoint()
    agent = new_agent().configure(stream(plain, endpoint, mode="bind", max_message="64KiB")).start()
    with publishing(endpoint, bind=False) as good, publishing(endpoint, bind=False) as bad:
        good.wait_for_subscriber()
        bad.wait_for_subscriber()
        bad.send("rows", b"x" * 100_000)
        still_serves(agent, good)


def test_unknown_models(new_agent, plain):
    endpoint = tcp_endpoint()
    agent = new_agent().configure(stream(plain, endpoint, socket="pull", mode="bind")).start()
    with publishing(endpoint, bind=False, kind=zmq.PUSH) as publisher:
        publisher.rows(GOOD)
        for topic in [b"rows/other/", b"rows/m", b"rows/m/x/", b"rows//", b"/", b"", b"what/m/", b"\xff/m/", b"ROWS/m/"]:
            publisher.raw(topic, b"{}")
        wait_until(lambda: agent.metric("leeway_messages_unknown_total") == 9, "9 strays")
        still_serves(agent, publisher)
        assert agent.counters()["received"] == 2


# Rows out of time


def test_rows_of_another_year(live):
    """A row of 2099 closes nothing, a row a year late is counted and nothing else."""
    agent, publisher = live(clock="arrival", window={"length": "1h", "lateness": "0s", "min_samples": 1})
    publisher.rows(row(GOOD["features"], "2099-01-01T00:00:00Z"))
    publisher.rows(row(GOOD["features"], NOW))
    publisher.rows(row(GOOD["features"], NOW - 365 * 86_400))
    publisher.rows(row(GOOD["features"], "2099-01-01T00:00:00Z"))
    publisher.rows(row(GOOD["features"], NOW))
    counters = agent.wait_counters(rows=5, late=1, future=2)
    assert (counters["late"], counters["future"]) == (1, 2)
    assert agent.metric("leeway_rows_future_total", model="m") == 2
    assert agent.windows() == []
    wait_until(lambda: agent.status().get("open_window", {}).get("rows") == 2, agent.status)


@pytest.mark.parametrize(
    "moment",
    [9_223_372_036_854_775_807, -9_223_372_036_854_775_807, "2262-04-11T23:47:16.854775807Z", "1677-09-21T00:12:44Z",
     "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", 0, -1],
)  # fmt: skip
def test_times_at_the_ends_of_the_range(live, moment):
    """With clock = "event" any time is right: even these end nothing but windows."""
    agent, publisher = live(window={"length": "1h", "lateness": "10m", "min_samples": 1})
    publisher.rows(row(GOOD["features"], moment))
    publisher.rows(row(GOOD["features"], T0))
    publisher.rows(row(GOOD["features"], moment))
    agent.wait_counters(received=3)
    publisher.beacon(1, end=True, rows=0)
    still_serves(agent, publisher)
    agent.windows(), agent.metrics()
    agent.terminate()


# A stream that does not fit its reference


def test_missing_feature_is_a_problem(live):
    agent, publisher = live(rows=1000)
    publisher.rows([row({k: v for k, v in r["features"].items() if k != "y"}) for r in TABLE.rows()])
    agent.wait_problem("'y'", "missing")
    publisher.rows(TABLE.rows())
    agent.wait_rows(200)


def test_new_feature_is_a_problem(live):
    agent, publisher = live(rows=1000)
    publisher.rows([row({**r["features"], "extra": 1}) for r in TABLE.rows()])
    agent.wait_problem("'extra'")
    assert "'extra'" in agent.logs
    still_serves(agent, publisher)


def test_type_changed_is_a_problem(live):
    agent, publisher = live(rows=1000)
    publisher.rows([row({**r["features"], "x": "high"}) for r in TABLE.rows()])
    agent.wait_problem("'x'", "numeric", "text")
    still_serves(agent, publisher)


def test_renamed_and_retyped_tensors(live):
    agent, publisher = live(rows=1000)
    publisher.send("inputs", {"inputs": [tensor("X", "FP64", [1.0] * 60), tensor("y", "BYTES", ["a"] * 60)]})
    agent.wait_problem("'X'")
    agent.wait_problem("'y'", "numeric")
    agent.wait_problem("'x'", "missing")
    still_serves(agent, publisher)


# Much of everything


def test_a_hundred_thousand_categories(live):
    agent, publisher = live(window={"rows": 100_000, "min_samples": 10})
    for start in range(0, 100_000, 10_000):
        publisher.send("inputs", inputs(
            tensor("color", "BYTES", [f"category {i}" for i in range(start, start + 10_000)]),
        ))  # fmt: skip
    window = agent.wait_windows(1, timeout=60)[0]
    color = next(f for f in window["features"] if f["name"] == "color")
    assert color["measures"]["unseen_rate"]["value"] == pytest.approx(1)
    assert agent.metric("process_resident_memory_bytes") < 400e6
    still_serves(agent, publisher)


def test_names_that_always_change(live):
    """Features, versions and ids that are new in every message leave nothing behind that grows."""
    agent, publisher = live(rows=100_000)
    for i in range(2000):
        publisher.rows({"id": f"id{i}", "model_version": f"v{i}", "features": {**GOOD["features"], f"f{i}": i}})
    agent.wait_rows(2000)
    assert len(agent.status()["problems"]) < 100
    assert len(agent.get("/metrics").body) < 100_000
    still_serves(agent, publisher)


def test_versions_of_a_window_are_bounded(live):
    """Whatever publishers call their versions, a report and an event stay small enough to send."""
    agent, publisher = live(rows=3000)
    for i in range(3000):
        publisher.rows({"model_version": f"{i}" * 50, "features": GOOD["features"]})
    window = agent.wait_windows(1)[0]
    assert len(json.dumps(window["versions"])) < 20_000


def test_one_message_of_many_rows(live):
    agent, publisher = live(window={"rows": 20_000, "min_samples": 10})
    table = Table(20_000)
    publisher.send("inputs", inputs(
        tensor("x", "FP64", table.columns["x"].tolist()), tensor("y", "INT64", table.columns["y"].tolist()),
    ))  # fmt: skip
    assert agent.wait_windows(1, timeout=40)[0]["window"]["rows"] == 20_000


# Not even messages


def test_garbage_on_the_socket(new_agent, plain):
    endpoint = tcp_endpoint()
    port = int(endpoint.rsplit(":", 1)[1])
    agent = new_agent().configure(stream(plain, endpoint, mode="bind")).start()
    chaos = random.Random(5)
    for greeting in [b"GET / HTTP/1.0\r\n\r\n", b"\x00" * 100, b"\xff" * 10_000, chaos.randbytes(5000), b""]:
        with socket.create_connection(("127.0.0.1", port)) as intruder:
            try:
                intruder.sendall(greeting)
            except OSError:
                pass
    with publishing(endpoint, bind=False) as publisher:
        publisher.wait_for_subscriber()
        still_serves(agent, publisher)


def test_a_peer_of_another_protocol(new_agent, plain):
    """The agent connects to what is no ZeroMQ at all, and is there when that changes."""
    endpoint = tcp_endpoint()
    port = int(endpoint.rsplit(":", 1)[1])
    with socket.create_server(("127.0.0.1", port)) as server:
        agent = new_agent().configure(stream(plain, endpoint)).start()
        peer, _ = server.accept()
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.close()
    with publishing(endpoint) as publisher:
        publisher.wait_for_subscriber()
        still_serves(agent, publisher)
