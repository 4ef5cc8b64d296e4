"""A reference made from the first rows of the stream."""

import pytest

from conftest import T0, Table
from harness import KS_ALONE, row, wait_until


def wait_for_monitoring(agent):
    """Until windows are counted: a checkpoint of them has been saved."""
    status = agent.wait_state("monitoring")
    wait_until(lambda: any(n == "leeway_checkpoint_age_seconds" for n, _, _ in agent.metrics()), "a checkpoint")
    return status




def test_warmup_awaits_then_monitors(live):
    agent, publisher = live(reference="warmup:500", rows=100, alerts=KS_ALONE)
    assert agent.status()["state"] == "awaiting_reference"
    assert agent.metric("leeway_model_state", model="m", state="awaiting_reference") == 1
    publisher.rows(Table(400, seed=1).rows())
    agent.wait_rows(400)
    assert agent.status()["state"] == "awaiting_reference" and agent.windows() == []
    publisher.rows(Table(100, seed=2).rows())
    status = wait_for_monitoring(agent)
    publisher.rows(Table(100, seed=3).rows(at=T0))
    publisher.rows(Table(100, seed=4, shift=4).rows(at=T0 + 100))
    windows = agent.wait_windows(2)
    assert [w["verdict"] for w in windows] == ["ok", "drifted"]
    assert agent.wait_events(1)[0]["data"]["reference"] == status["reference"]

    agent.kill()
    agent.start()
    assert agent.status()["state"] == "monitoring"
    assert agent.status()["reference"] == status["reference"]


def test_a_warmup_that_is_cut_short_begins_again(live):
    agent, publisher = live(reference="warmup:100", alerts=KS_ALONE)
    publisher.rows(Table(60).rows())
    agent.wait_rows(60)
    agent.terminate()
    agent.start()
    assert agent.status()["state"] == "awaiting_reference"


def test_warmup_of_time_gives_blocks(live):
    """A calibrated threshold works with a warm-up that spans enough windows."""
    agent, publisher = live(
        reference="warmup:600",
        window={"length": "1h", "lateness": "0s", "min_samples": 50},
        alerts={"false_alarms": "1 per 10 windows"},
    )
    publisher.rows(Table(600).rows(at=T0, step=60))
    wait_for_monitoring(agent)
    publisher.rows(Table(61, shift=5).rows(at=T0 + 600 * 60, step=60))
    window = agent.wait_windows(1)[0]
    assert (window["verdict"], window["test"]["blocks"]) == ("drifted", 10)


def test_a_warmup_too_short_for_the_budget_says_so(live):
    agent, publisher = live(reference="warmup:50", alerts={"false_alarms": "1 per month"}, window={"length": "1h"})
    publisher.rows(Table(50).rows(at=T0))
    status = agent.wait_state("failed")
    assert "1 per month" in status["problems"][0] and "reference windows" in status["problems"][0]
    publisher.rows(Table(50).rows(at=T0))
    agent.wait_rows(100)


def test_monitoring_means_that_rows_count(live):
    """From the moment the status says `monitoring`, every row is in a window."""
    agent, publisher = live(reference="warmup:50", rows=50, alerts=KS_ALONE)
    publisher.rows(Table(50).rows())
    while agent.status()["state"] != "monitoring":
        agent.check_alive()
    publisher.rows(Table(50).rows())
    agent.wait_windows(1, timeout=3)


def test_answers_alone_complete_a_warmup(live):
    """A model whose inputs never come is watched by its answers, and its warm-up does not grow without end."""
    agent, publisher = live(reference="warmup:1000")
    publisher.rows([{"prediction": i / 10_000} for i in range(2000)])
    agent.wait_state("monitoring")
    publisher.rows([{"prediction": i / 10_000} for i in range(1000)])
    window = agent.wait_windows(1)[0]
    assert [f["family"] for f in window["features"]] == ["prediction"]
    assert window["window"]["predictions"] > 0 and window["window"]["rows"] == 0


def test_answers_alone_do_not_pile_up(live):
    """Bursts of one size, so that what waits in the socket's queue, which has a budget of its own, is the same; and
    windows so large that those which wait to be judged are few."""
    agent, publisher = live(reference="warmup:1000", rows=20_000)
    body = [{"prediction": i / 10_000} for i in range(2000)]
    publisher.rows(body)
    agent.wait_state("monitoring")
    resident = []
    for burst in range(1, 6):
        for _ in range(60):
            publisher.rows(body)
        agent.wait_counters(predictions=2000 + burst * 120_000, timeout=60)
        wait_until(lambda: sum(v for n, _, v in agent.metrics() if n == "leeway_windows_total") >= burst * 6, "judged", 60)
        resident.append(agent.metric("process_resident_memory_bytes"))
    assert resident[-1] - resident[0] < 1_500_000 * 2, "480,000 answers take 3.8 MB"


def test_warmup_of_nothing(live):
    """Rows without a value make no reference; that is said, and the agent lives."""
    agent, publisher = live(reference="warmup:10")
    publisher.rows([row({"x": None})] * 10)
    status = agent.wait_state("failed")
    assert "warm-up" in status["problems"][0]


@pytest.mark.parametrize("kind, data", [("x", "text"), ("color", 3)])
def test_warmup_by_a_schema(live, tmp_path, kind, data):
    (tmp_path / "schema.json").write_text(
        '{"version":1,"features":[{"name":"x","kind":"numeric"},{"name":"color","kind":"categorical"}]}'
    )
    agent, publisher = live(reference="warmup:50", rows=50, alerts=KS_ALONE, schema=str(tmp_path / "schema.json"))
    publisher.rows([row({"x": i, "color": "red"}) for i in range(50)])
    wait_for_monitoring(agent)
    publisher.rows([row({"x": i, "color": "red", kind: data}) for i in range(50)])
    window = agent.wait_windows(1)[0]
    assert {f["name"]: f["kind"] for f in window["features"]} == {"x": "numeric", "color": "categorical"}
