"""Every form of message that wire.md allows, from a publisher of three lines, over every kind of socket."""

import base64
import json
import struct

import numpy as np
import pytest
import zmq

import triton
from conftest import T0, Table
from harness import DEADLINE, Publisher, publishing, stream, tcp_endpoint, tensor

TABLE = Table(40)
COUNT = TABLE.count
COLUMNS = TABLE.columns
PROBE = {"x": 0.5, "y": 3, "color": "red", "flag": True}


def tensors(**changes):
    made = {
        "x": tensor("x", "FP64", COLUMNS["x"].tolist()),
        "y": tensor("y", "INT64", COLUMNS["y"].tolist()),
        "color": tensor("color", "BYTES", COLUMNS["color"].tolist()),
        "flag": tensor("flag", "BOOL", COLUMNS["flag"].tolist()),
    }
    return list({**made, **changes}.values())


def bytes_tensor(strings):
    return b"".join(struct.pack("<I", len(s.encode())) + s.encode() for s in strings)


BINARY = [
    ("x", "FP64", COLUMNS["x"].astype("<f8").tobytes()),
    ("y", "INT64", COLUMNS["y"].astype("<i8").tobytes()),
    ("color", "BYTES", bytes_tensor(COLUMNS["color"])),
    ("flag", "BOOL", COLUMNS["flag"].astype("?").tobytes()),
]


def binary_header(columns=BINARY, count=COUNT):
    return {
        "inputs": [
            {"name": n, "shape": [count], "datatype": d, "parameters": {"binary_data_size": len(b)}}
            for n, d, b in columns
        ]
    }


def as_window(agent, publisher):
    """Fills the window up and returns what the first COUNT rows did to it: nothing may be missing."""
    agent.wait_rows(COUNT)
    publisher.rows(TABLE.rows() + TABLE.rows(0, 20))
    window = agent.wait_windows(1)[0]
    agent.assert_books_balance()
    return window


def check_nothing_lost(window):
    """100 rows of which none lacks a value or has an unknown category."""
    assert window["window"]["rows"] == 100
    for feature in window["features"]:
        assert (feature["rows"], feature["missing"]) == (100, 0), feature
        assert feature["measures"].get("unseen_rate", {"value": 0})["value"] == 0, feature


BODIES = {
    "rows, single": lambda p: [p.rows(r) for r in TABLE.rows()],
    "rows, array": lambda p: p.rows(TABLE.rows()),
    "inputs, JSON": lambda p: p.send("inputs", {"inputs": tensors()}),
    "inputs, [N,1] and nested": lambda p: p.send(
        "inputs",
        {"inputs": tensors(x=tensor("x", "FP64", [[v] for v in COLUMNS["x"].tolist()], [COUNT, 1]))},
    ),
    "inputs, KServe v1.0 nulls": lambda p: p.send(
        "inputs", {"id": None, "model_name": "m", "model_version": None, "parameters": None, "inputs": tensors()}
    ),
    "inputs, binary frames": lambda p: p.send("inputs", binary_header(), *[b for _, _, b in BINARY]),
    "inputs, JSON+binary in one body": lambda p: p.send(
        "inputs", json.dumps(binary_header()).encode() + b"".join(b for _, _, b in BINARY)
    ),
    "inputs, binary frames and JSON mixed": lambda p: p.send(
        "inputs", {"inputs": binary_header(BINARY[:1])["inputs"] + tensors()[1:]}, BINARY[0][2]
    ),
    "inputs, tritonclient binary": lambda p: p.send("inputs", triton.request_body(COLUMNS, binary=True)),
    "inputs, tritonclient JSON": lambda p: p.send("inputs", triton.request_body(COLUMNS, binary=False)),
    "CloudEvent, structured": lambda p: p.send(
        "inputs",
        {
            "specversion": "1.0", "type": "org.kubeflow.serving.inference.request", "source": "kserve",
            "id": "a1", "time": "2023-11-15T00:00:00Z", "data": {"inputs": tensors()},
        },
    ),
    "CloudEvent, base64 with binary": lambda p: p.send(
        "inputs",
        {
            "specversion": "1.0", "type": "org.kubeflow.serving.inference.request", "source": "kserve",
            "id": "a1",
            "data_base64": base64.b64encode(
                json.dumps(binary_header()).encode() + b"".join(b for _, _, b in BINARY)
            ).decode(),
        },
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def form_agent(tmp_path_factory, world):
    """One agent for all the forms: a model each."""
    import harness

    endpoint = tcp_endpoint()
    agent = harness.Agent(tmp_path_factory.mktemp("forms"))
    agent.configure(*[stream(world / "plain.json", endpoint, model=f"m{i}") for i in range(len(BODIES))])
    publisher = Publisher(endpoint, model=f"m{len(BODIES) - 1}")
    agent.start()
    publisher.wait_for_subscriber()
    yield agent, publisher
    publisher.close()
    agent.kill()


@pytest.mark.parametrize("index", range(len(BODIES)), ids=list(BODIES))
def test_every_form_is_read_in_full(form_agent, index):
    agent, publisher = form_agent
    publisher.model = model = f"m{index}"
    list(BODIES.values())[index](publisher)
    counters = agent.wait_rows(COUNT, model)
    assert counters["rejected"] == {} and counters["rows"] == COUNT
    publisher.rows(TABLE.rows() + TABLE.rows(0, 20))
    check_nothing_lost(agent.wait_windows(1, model)[0])
    agent.assert_books_balance(model)


DATATYPES = [
    ("BOOL", "?"), ("INT8", "<i1"), ("INT16", "<i2"), ("INT32", "<i4"), ("INT64", "<i8"), ("UINT8", "<u1"),
    ("UINT16", "<u2"), ("UINT32", "<u4"), ("UINT64", "<u8"), ("FP16", "<f2"), ("FP32", "<f4"), ("FP64", "<f8"),
]  # fmt: skip


def test_every_binary_datatype_has_its_value(live, tmp_path):
    """Ones and zeros in every datatype agree with a reference of ones and zeros: KS is 0."""
    import harness

    names = [name for name, _ in DATATYPES] + ["BF16"]
    harness.write_csv(tmp_path / "r.csv", {name: [0, 1] * 50 for name in names})
    harness.succeed("reference", "build", "--input", tmp_path / "r.csv", "--output", tmp_path / "r.json")
    agent, publisher = live(reference=tmp_path / "r.json")
    values = np.array([0, 1] * 50)
    columns = [(name, name, values.astype(code).tobytes()) for name, code in DATATYPES]
    bf16 = (values.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
    columns.append(("BF16", "BF16", bf16))
    publisher.send("inputs", binary_header(columns, 100), *[b for _, _, b in columns])
    window = agent.wait_windows(1)[0]
    assert {f["name"]: f["measures"]["ks"]["value"] for f in window["features"]} == dict.fromkeys(names, 0)


def test_wide_tensor_takes_the_configured_names(live, tmp_path):
    import harness

    harness.write_csv(tmp_path / "r.csv", {"a": [0, 1] * 50, "b": [5, 6] * 50, "c": [8, 9] * 50})
    harness.succeed("reference", "build", "--input", tmp_path / "r.csv", "--output", tmp_path / "r.json")
    agent, publisher = live(reference=tmp_path / "r.json", features=["a", "b", "c"])
    data = np.array([[0, 5, 8], [1, 6, 9]] * 25, "<f4")
    publisher.send("inputs", {"inputs": [tensor("in", "FP32", data.tolist(), [50, 3])]})
    header = {
        "inputs": [
            {"name": "in", "shape": [50, 3], "datatype": "FP32", "parameters": {"binary_data_size": data.nbytes}}
        ]
    }
    publisher.send("inputs", header, data.tobytes())
    window = agent.wait_windows(1)[0]
    assert [f["measures"]["ks"]["value"] for f in window["features"]] == [0, 0, 0]
    publisher.send("inputs", {"inputs": [tensor("in", "FP32", [[1, 2]], [1, 2])]})
    agent.wait_rejected("wrong_shape")


def test_json_in_the_wild(live):
    """Bare NaN and Infinity, null for NaN, INT64 past 2⁵³, unknown members: all read."""
    agent, publisher = live()
    publisher.send("inputs", '{"inputs":[{"name":"x","shape":[4],"datatype":"FP64","data":[NaN,Infinity,-Infinity,null]},'
                   '{"name":"y","shape":[4],"datatype":"INT64","data":[9007199254740993,9223372036854775807,-1,0]}]}')  # fmt: skip
    publisher.rows('{"features":{"x":NaN,"y":null,"color":"red","flag":true},"what":{"is":[1]}}')
    counters = agent.wait_rows(5)
    assert counters["rejected"] == {}
    agent.assert_books_balance()


def test_predictions_and_labels_are_counted_and_judged(live, world):
    agent, publisher = live(reference=world / "scored.json")
    inputs = TABLE.rows(at=T0)
    for i, made in enumerate(inputs):
        publisher.rows({**made, "id": f"r{i}", "model_version": "3"})
    publisher.send(
        "predictions",
        {"id": "r0", "model_name": "m", "model_version": "3", "outputs": [tensor("score", "FP32", [0.25])]},
    )
    publisher.rows([{"id": f"r{i}", "prediction": 0.5, "model_version": "3"} for i in range(1, COUNT)])
    publisher.send(
        "labels",
        {"outputs": [tensor("id", "BYTES", [f"r{i}" for i in range(COUNT)]), tensor("label", "INT64", [1] * COUNT)]},
    )
    counters = agent.wait_counters(rows=COUNT, predictions=COUNT, labels=COUNT)
    assert counters["rejected"] == {}
    assert agent.metric("leeway_labels_total", model="m") == COUNT
    publisher.rows(TABLE.rows() + TABLE.rows(0, 20))
    window = agent.wait_windows(1)[0]
    assert (window["window"]["rows"], window["window"]["labels"]) == (100, COUNT)
    score = next(f for f in window["features"] if f["family"] == "prediction")
    assert score["name"] == "score" and score["rows"] == COUNT and score["measures"]["ks"]["value"] > 0.4
    assert window["versions"] == ["3", "unknown"]


def test_row_windows_stay_full_when_inputs_and_predictions_come_apart(live, world):
    """A service publishes each request, then each response. Every window of 100 rows has 100 rows."""
    agent, publisher = live(reference=world / "scored.json")
    table = Table(600)
    for start in range(0, 600, 10):
        publisher.send("inputs", {"inputs": [
            tensor("x", "FP64", table.columns["x"][start:start + 10].tolist()),
            tensor("y", "INT64", table.columns["y"][start:start + 10].tolist()),
            tensor("color", "BYTES", table.columns["color"][start:start + 10].tolist()),
            tensor("flag", "BOOL", table.columns["flag"][start:start + 10].tolist()),
        ]})  # fmt: skip
        publisher.send(
            "predictions", {"outputs": [tensor("score", "FP64", table.columns["score"][start:start + 10].tolist())]}
        )
    agent.wait_counters(rows=600, predictions=600)
    windows = agent.wait_windows(5)
    assert [w["window"]["rows"] for w in windows[:5]] == [100] * 5


SOCKETS = [
    (transport, socket, mode)
    for transport in ("tcp", "ipc")
    for socket in ("sub", "pull")
    for mode in ("bind", "connect")
]


@pytest.mark.parametrize("transport, socket, mode", SOCKETS)
def test_sockets(new_agent, plain, tmp_path, transport, socket, mode):
    """A plain PUB or PUSH reaches the agent whichever side binds, and after the agent comes back."""
    endpoint = tcp_endpoint() if transport == "tcp" else f"ipc://{tmp_path}/s"
    agent = new_agent().configure(stream(plain, endpoint, socket=socket, mode=mode))
    kind = zmq.PUB if socket == "sub" else zmq.PUSH
    with publishing(endpoint, bind=mode == "connect", kind=kind) as publisher:
        agent.start()
        publisher.rows(TABLE.rows(0, 1))

        def arrives():
            if socket == "sub":  # until subscriptions have travelled, messages go nowhere
                publisher.rows(TABLE.rows(0, 1))
            return agent.counters()["rows"] > 0

        from harness import wait_until

        wait_until(arrives, "a row arrives", DEADLINE)
        before = agent.counters()["rows"]
        publisher.rows(TABLE.rows())
        agent.wait_rows(before + COUNT)
        agent.assert_books_balance()


def test_two_models_on_one_endpoint_and_one_model_on_two(new_agent, plain):
    first, second = tcp_endpoint(), tcp_endpoint()
    agent = new_agent().configure(
        stream(plain, first, model="a"), stream(plain, first, model="a/b"), stream(plain, [second, tcp_endpoint()], model="c")
    )  # fmt: skip
    with publishing(first, model="a/b") as one, publishing(second, model="c") as two:
        agent.start()
        one.wait_for_subscriber()
        two.wait_for_subscriber()
        one.rows(TABLE.rows(0, 3))
        one.model = "a"
        one.rows(TABLE.rows(0, 2))
        two.rows(TABLE.rows(0, 4))
        assert agent.wait_rows(3, "a/b")["rows"] == 3
        assert agent.wait_rows(2, "a")["rows"] == 2
        assert agent.wait_rows(4, "c")["rows"] == 4


def test_model_names_of_any_kind(new_agent, plain):
    """Names with spaces, quotes, slashes and umlauts in topics, paths of the API, and labels of metrics."""
    name, endpoint = 'Größe "7"/ü %20', tcp_endpoint()
    agent = new_agent().configure(stream(plain, endpoint, model=name))
    with publishing(endpoint, model=name) as publisher:
        agent.start()
        publisher.wait_for_subscriber()
        publisher.rows(TABLE.rows() + TABLE.rows() + TABLE.rows(0, 20))
        assert agent.wait_windows(1, name)[0]["model"] == name
        assert agent.metric("leeway_rows_total", model=name) == 100
