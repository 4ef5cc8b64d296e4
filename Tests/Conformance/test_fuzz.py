"""Hostile publishers, seeded so that a failure comes back: mutated frames, many at once, slow readers."""

import os
import random
import struct
import threading

import pytest
import zmq

import triton
from conftest import T0, Table
from harness import encoded, publishing, stream, tcp_endpoint, tensor, wait_until

TABLE = Table(20)
MESSAGES = 1500
SEEDS = int(os.environ.get("LEEWAY_FUZZ_SEEDS", 4))
INTERESTING = [0, 1, 0x7F, 0x80, 0xFF, ord('"'), ord("{"), ord("}"), ord("["), ord("]"), ord(","), ord("\\"), ord("-"), ord("e"), ord("9")]


def seeds():
    """Good messages of every form: kind and frames behind the topic."""
    sequence = struct.pack(">QQ", 9, 1)
    binary = {"inputs": [{"name": n, "shape": [2], "datatype": d, "parameters": {"binary_data_size": s}}
                         for n, d, s in [("x", "FP64", 16), ("color", "BYTES", 10), ("flag", "BOOL", 2)]]}  # fmt: skip
    frames = [bytes(16), b"\x01\0\0\0a\x01\0\0\0b", b"\0\1"]
    yield "rows", [encoded(TABLE.rows(0, 3, at=T0))]
    yield "rows", [sequence, encoded({**TABLE.rows(0, 1)[0], "id": "a", "prediction": [0.1, 0.9], "label": 1})]
    yield "inputs", [encoded({"id": "a", "parameters": {"time": T0}, "inputs": [tensor("x", "FP32", [1.5, 2]), tensor("color", "BYTES", ["a", "b"])]})]  # fmt: skip
    yield "inputs", [encoded(binary), *frames]
    yield "inputs", [encoded(binary) + b"".join(frames)]
    yield "inputs", [triton.request_body(TABLE.columns, binary=True)]
    yield "predictions", [encoded({"id": "a", "outputs": [tensor("score", "FP16", [0.5])]})]
    yield "labels", [sequence, encoded({"outputs": [tensor("id", "BYTES", ["a"]), tensor("l", "BOOL", [True])]})]
    yield "beacon", [encoded({"epoch": 9, "sequences": {"rows": 5, "inputs": 7}})]
    yield "inputs", [encoded({"specversion": "1.0", "type": "org.kubeflow.serving.inference.request", "id": "a", "data": {"inputs": [tensor("x", "UINT8", [1])]}})]  # fmt: skip


def mutate(chaos, data):
    data = bytearray(data)
    for _ in range(chaos.choice([1, 1, 2, 5])):
        at = chaos.randrange(len(data) + 1)
        match chaos.randrange(6):
            case 0:
                data[at : at + 1] = bytes([chaos.choice(INTERESTING)])
            case 1:
                del data[at : at + chaos.randrange(1, 9)]
            case 2:
                data[at:at] = bytes([chaos.choice(INTERESTING)]) * chaos.choice([1, 3, 50])
            case 3:
                data[at:at] = data[at : at + chaos.randrange(1, 40)]
            case 4:
                data[at:at] = chaos.choice([b"1e999", b"-0", b"null", b"NaN", b"18446744073709551615", b"-9223372036854775808", b"\xed\xa0\x80", b'"\\ud800"', b"[[[[", b"{}"])  # fmt: skip
            case 5:
                data[at : at + 8] = chaos.randbytes(8)
    return bytes(data)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_mutated_messages(new_agent, world, seed):
    """Whatever the frames hold, every message is either read or rejected, and the agent goes on."""
    chaos = random.Random(seed)
    endpoint = tcp_endpoint()
    keys = {"rows": 500} if seed % 2 else {"window": {"length": "1h", "min_samples": 10}}
    agent = new_agent().configure(stream(world / "scored.json", endpoint, socket="pull", mode="bind", **keys)).start()
    pool = list(seeds())
    sent = []
    with publishing(endpoint, bind=False, kind=zmq.PUSH) as publisher:
        for _ in range(MESSAGES):
            kind, frames = chaos.choice(pool)
            frames = [mutate(chaos, f) if chaos.random() < 0.6 else f for f in frames]
            if chaos.random() < 0.05:
                chaos.shuffle(frames)
            if chaos.random() < 0.05:
                frames = frames[:-1] or [b""]
            topic = f"{kind}/m/".encode()
            message = [mutate(chaos, topic) if chaos.random() < 0.03 else topic, *frames]
            sent.append(message)
            publisher.raw(*message)

        def all_in():
            agent.check_alive()
            strays = agent.metric("leeway_messages_unknown_total")
            return agent.counters()["received"] + strays >= MESSAGES

        wait_until(all_in, lambda: f"all are received\n{agent.logs[-2000:]}", 40)
        agent.assert_books_balance()
        before = agent.counters()["rows"]
        publisher.rows(TABLE.rows())
        agent.wait_rows(before + TABLE.count)
        agent.windows(), agent.api("drift"), agent.metrics(), agent.quarantine()
    agent.terminate()
    agent.start()
    assert agent.status()["state"] == "monitoring", "what was saved can be read again"


def test_concurrent_publishers(new_agent, plain):
    """Eight publishers of their own epochs on one bound endpoint: nothing is lost, nothing is a duplicate."""
    endpoint = tcp_endpoint()
    agent = new_agent().configure(stream(plain, endpoint, socket="pull", mode="bind", rows=500)).start()

    def publish(epoch):
        with publishing(endpoint, bind=False, kind=zmq.PUSH) as publisher:
            for number in range(1, 101):
                publisher.rows(TABLE.rows(0, 2, at=T0 + number * 10), sequence=(epoch, number))

    threads = [threading.Thread(target=publish, args=(epoch,)) for epoch in range(1, 9)]
    [t.start() for t in threads], [t.join() for t in threads]
    counters = agent.wait_rows(1600, timeout=40)
    assert (counters["rows"], counters["missed"], counters["duplicate"]) == (1600, 0, 0)
    wait_until(lambda: sum(v for n, _, v in agent.metrics() if n == "leeway_windows_total") == 3, "three windows")
    agent.assert_books_balance()


def test_asking_while_it_is_busy(live):
    """A console that is asked all the time, a stream at full speed: both go on."""
    agent, publisher = live(rows=200)
    stop = threading.Event()
    failures = []

    def ask():
        while not stop.is_set():
            for path in ["/metrics", "/api/v1/status", "/api/v1/models/m/windows?limit=5", "/healthz"]:
                if (answer := agent.get(path)).status != 200:
                    failures.append(answer)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        for number in range(1, 101):
            publisher.rows(TABLE.rows(at=T0 + 100 * number) * 5, sequence=(1, number))
        counters = agent.wait_rows(10_000, timeout=40)
    finally:
        stop.set()
        asker.join()
    assert not failures and counters["missed"] == 0
    assert len(agent.wait_windows(50)) == 50


def test_many_epochs_many_versions_many_gaps(live):
    """State kept for publishers is bounded, whatever they claim."""
    agent, publisher = live(rows=100_000)
    body = encoded(TABLE.rows(0, 1))
    for epoch in range(1, 301):
        publisher.rows(body, sequence=(epoch, 1))
        publisher.rows(body, sequence=(epoch, 1000))
    for number in range(3000, 9000, 3):
        publisher.rows(body, sequence=(1, number))
    agent.wait_rows(2600, timeout=40)
    assert agent.metric("process_resident_memory_bytes") < 200e6
    agent.assert_books_balance()


def test_a_publisher_of_a_thousand_topics(new_agent, plain):
    """Models nobody asked for cost nothing but a count."""
    endpoint = tcp_endpoint()
    agent = new_agent().configure(stream(plain, endpoint, socket="pull", mode="bind")).start()
    with publishing(endpoint, bind=False, kind=zmq.PUSH) as publisher:
        for number in range(1500):
            publisher.raw(b"rows/stranger%d/" % number, b"{}")
        publisher.rows(TABLE.rows())
        agent.wait_rows(TABLE.count)
        assert agent.metric("leeway_messages_unknown_total") == 1500
        assert len(agent.get("/metrics").body) < 50_000
        assert agent.logs.count(": unknown_model: ") < 1100
