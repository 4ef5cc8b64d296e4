"""Ends of every kind, and what is there afterwards."""

import signal
import time

import pytest

from conftest import T0, Table
from harness import publishing, run, stream, tcp_endpoint, wait_until

TABLE = Table(400)


def test_sigterm_loses_nothing(live):
    agent, publisher = live(rows=100)
    for start in range(0, 70, 10):
        publisher.rows(TABLE.rows(start, start + 10))
    agent.wait_rows(70)
    agent.terminate()
    agent.start()
    assert agent.status()["reference"]
    publisher.wait_for_subscriber(kinds=0)
    wait_for_connection(agent, publisher)
    seen = agent.counters()["rows"]
    publisher.rows(TABLE.rows(0, 30 - seen))
    window = agent.wait_windows(1)[0]["window"]
    assert (window["rows"], window["partial"]) == (100, True)


def wait_for_connection(agent, publisher):
    """Until a message arrives: an empty batch, which is no row."""

    def arrives():
        publisher.rows([])
        return agent.counters()["received"] > 0

    wait_until(arrives, "a message arrives")


def test_kill_resumes_from_the_last_checkpoint(live):
    agent, publisher = live(window={"length": "1h", "lateness": "0s", "min_samples": 10})
    publisher.rows(TABLE.rows(0, 60, at=T0))
    agent.wait_rows(60)
    wait_until(lambda: agent.status().get("open_window", {}).get("rows") == 60, "the checkpoint has 60 rows")
    publisher.rows(TABLE.rows(0, 0))
    agent.signal(signal.SIGKILL)
    agent.wait()
    agent.start()
    assert "resumed from the last checkpoint" in agent.logs
    wait_for_connection(agent, publisher)
    publisher.rows(TABLE.rows(0, 40, at=T0 + 60))
    publisher.rows(TABLE.rows(0, 1, at=T0 + 3600))
    window = agent.wait_windows(1)[0]["window"]
    assert (window["rows"], window["partial"]) == (100, True)


def test_kill_loses_no_more_than_a_checkpoint_interval(live):
    agent, publisher = live(rows=1000)
    publisher.rows(TABLE.rows(0, 300))
    agent.wait_rows(300)
    wait_until(lambda: agent.status().get("open_window", {}).get("rows") == 300, "a checkpoint", 3)


def test_reports_and_alerts_survive(live):
    agent, publisher = live(rows=100)
    publisher.rows(Table(100, seed=3, shift=3).rows())
    agent.wait_events(1)
    windows = agent.wait_windows(1)
    agent.kill()
    agent.start()
    assert agent.windows() == windows
    assert agent.api("drift")["alerts"][0]["state"] == "firing"
    assert agent.metric("leeway_alert_firing", model="m") == 1
    wait_for_connection(agent, publisher)
    publisher.rows(Table(100, seed=3, shift=3).rows())
    agent.wait_windows(2)
    publisher.rows(Table(100, seed=5).rows())
    events = agent.wait_events(2)
    assert [e["type"].rsplit(".")[-1] for e in events] == ["firing", "resolved"]


def test_an_idle_agent_ends_at_once(live):
    agent, _ = live()
    began = time.monotonic()
    agent.terminate()
    assert time.monotonic() - began < 3


def test_a_second_sigterm_and_sigint(live):
    agent, _ = live()
    agent.signal(signal.SIGINT)
    assert agent.wait() == 0


def test_sigterm_under_load(live):
    agent, publisher = live()
    rows = TABLE.rows(0, 100)
    for _ in range(300):
        publisher.rows(rows)
    agent.wait_rows(100)
    agent.terminate()
    assert agent.start().windows()


def test_sigterm_at_start(new_agent, plain):
    """A signal that comes before the agent is ready is obeyed as well."""
    agent = new_agent().configure(stream(plain, tcp_endpoint()))
    for pause in (0.02, 0.05, 0.1, 0.2):
        agent.start(ready=False)
        time.sleep(pause)
        agent.signal(signal.SIGTERM)
        assert agent.wait() in (0, -signal.SIGTERM)


# Reload


def reload(agent, succeeded=True):
    before = agent.logs.count("configuration")
    agent.signal(signal.SIGHUP)
    word = "configuration reloaded" if succeeded else "the configuration stays as it was"
    wait_until(lambda: agent.logs.count("configuration") > before, "the reload is logged")
    assert word in agent.logs.splitlines()[-1] or word in agent.logs
    assert agent.metric("leeway_config_last_reload_successful") == int(succeeded)


def test_reload_keeps_the_windows_of_what_is_unchanged(new_agent, plain):
    first, second = tcp_endpoint(), tcp_endpoint()
    same = stream(plain, first, model="a")
    agent = new_agent().configure(same, stream(plain, second, model="b"))
    with publishing(first, model="a") as one, publishing(second, model="b") as two:
        agent.start()
        one.wait_for_subscriber(), two.wait_for_subscriber()
        one.rows(TABLE.rows(0, 60)), two.rows(TABLE.rows(0, 60))
        agent.wait_rows(60, "a"), agent.wait_rows(60, "b")
        agent.configure(same, stream(plain, second, model="b", rows=80))
        reload(agent)
        one.rows(TABLE.rows(0, 40))
        assert agent.wait_windows(1, "a")[0]["window"]["rows"] == 100
        assert agent.windows("b") == []
        agent.configure(same)
        reload(agent)
        assert agent.get("/api/v1/models/b/windows").status == 404
        one.rows(TABLE.rows(0, 100))
        agent.wait_windows(2, "a")


@pytest.mark.parametrize("scheme", ["tcp", "ipc"])
def test_reload_of_a_bound_endpoint(new_agent, plain, tmp_path, scheme):
    """Where the stream has changed the socket is closed and bound anew."""
    endpoint = tcp_endpoint() if scheme == "tcp" else f"ipc://{tmp_path}/s"
    same = stream(plain, endpoint, model="a", mode="bind")
    agent = new_agent().configure(same).start()
    with publishing(endpoint, bind=False, model="a") as publisher:
        publisher.wait_for_subscriber()
        publisher.rows(TABLE.rows(0, 60))
        agent.wait_rows(60, "a")
        agent.configure(stream(plain, endpoint, model="a", mode="bind"), agent={"log_level": "debug"})
        reload(agent)
        publisher.rows(TABLE.rows(0, 40))
        assert agent.wait_windows(1, "a")[0]["window"]["rows"] == 100
        agent.configure(stream(plain, endpoint, model="a", mode="bind", rows=50))
        reload(agent)
        assert agent.status("a")["state"] == "monitoring", agent.status("a")

        def arrives():
            publisher.rows(TABLE.rows(0, 10))
            return agent.counters("a")["rows"] > 0

        wait_until(arrives, "a row arrives", 5)


def test_a_bad_file_changes_nothing(live):
    agent, publisher = live()
    good = agent.config.read_text()
    publisher.rows(TABLE.rows(0, 60))
    agent.wait_rows(60)
    for bad in ["[agent", good.replace("[stream.window]", "[stream.windows]"), "", good.replace("plain.json", "none.json")]:
        agent.config.write_text(bad)
        agent.signal(signal.SIGHUP)
        wait_until(lambda: agent.metric("leeway_config_last_reload_successful") == 0, "the reload fails")
        agent.config.write_text(good)
        reload(agent)
    publisher.rows(TABLE.rows(0, 40))
    assert agent.wait_windows(1)[0]["window"]["rows"] == 100


def test_a_reload_that_cannot_be_watched_changes_nothing(live, tmp_path):
    """A reference that is damaged, or does not support the budget, is as bad as a key misspelt: `leeway check`
    says 78 to such a file."""
    agent, publisher = live()
    publisher.rows(TABLE.rows(0, 60))
    agent.wait_rows(60)
    (tmp_path / "broken.json").write_text("{}")
    endpoint = publisher.endpoint
    agent.configure(stream(tmp_path / "broken.json", endpoint))
    assert run("check", "--config", agent.config).returncode == 78
    agent.signal(signal.SIGHUP)
    wait_until(lambda: "broken.json" in agent.logs, "the file is read")
    assert agent.status()["state"] == "monitoring"
    assert agent.metric("leeway_config_last_reload_successful") == 0
    publisher.rows(TABLE.rows(0, 40))
    assert agent.wait_windows(1)[0]["window"]["rows"] == 100


def test_a_reload_takes_a_mended_reference(new_agent, plain, tmp_path):
    """A model that failed for its reference is tried again by SIGHUP, without a change to agent.conf."""
    endpoints = [tcp_endpoint(), tcp_endpoint()]
    path = tmp_path / "r.json"
    path.write_text("{}")
    agent = new_agent().configure(stream(plain, endpoints[0]), stream(path, endpoints[1], model="b")).start()
    assert agent.status("b")["state"] == "failed"
    path.write_bytes(plain.read_bytes())
    reload(agent)
    agent.wait_state("monitoring", "b", timeout=3)


# Two of a kind


def test_a_second_agent_on_the_same_port(live, new_agent, plain):
    agent, publisher = live()
    second = new_agent("second", http=agent.http).configure(stream(plain, tcp_endpoint())).start(ready=False)
    assert second.wait() != 0
    assert f"127.0.0.1:{agent.http}" in second.logs and "another process" in second.logs
    publisher.rows(TABLE.rows(0, 1))
    agent.wait_rows(1)


@pytest.mark.parametrize("scheme", ["tcp", "ipc"])
def test_a_second_agent_on_the_same_endpoint(new_agent, plain, tmp_path, scheme):
    endpoint = tcp_endpoint() if scheme == "tcp" else f"ipc://{tmp_path}/s"
    first = new_agent("first").configure(stream(plain, endpoint, mode="bind")).start()
    second = new_agent("second").configure(stream(plain, endpoint, mode="bind")).start(ready=False)
    assert second.wait() != 0
    assert endpoint in second.logs and ("in use" in second.logs or "another process" in second.logs), second.logs
    with publishing(endpoint, bind=False) as publisher:
        publisher.wait_for_subscriber()
        publisher.rows(TABLE.rows(0, 5))
        first.wait_rows(5)


def test_an_ipc_path_that_is_a_file_is_left_alone(new_agent, plain, tmp_path):
    path = tmp_path / "precious"
    path.write_text("data")
    agent = new_agent().configure(stream(plain, f"ipc://{path}", mode="bind")).start(ready=False)
    assert agent.wait() != 0 and str(path) in agent.logs
    assert path.read_text() == "data"


def test_an_ipc_socket_of_the_dead_is_taken_over(new_agent, plain, tmp_path):
    endpoint = f"ipc://{tmp_path}/s"
    agent = new_agent().configure(stream(plain, endpoint, mode="bind")).start()
    agent.kill()
    agent.start()
    with publishing(endpoint, bind=False) as publisher:
        publisher.wait_for_subscriber()
        publisher.rows(TABLE.rows(0, 5))
        agent.wait_rows(5)


def test_two_agents_do_not_share_a_state_folder(live, new_agent, plain):
    """Each would overwrite the other's checkpoints, and deliver its events."""
    agent, _ = live()
    second = new_agent("second").configure(stream(plain, tcp_endpoint()), agent={"state": str(agent.folder / "state")})
    second.start(ready=False)
    wait_until(lambda: second.process.poll() is not None, "the second agent ends", 5)
    assert "state" in second.logs


def test_one_bad_model_does_not_stop_the_others(new_agent, plain, tmp_path):
    (tmp_path / "r.json").write_text("{}")
    endpoint = tcp_endpoint()
    agent = new_agent().configure(stream(plain, endpoint), stream(tmp_path / "r.json", tcp_endpoint(), model="b"))
    with publishing(endpoint) as publisher:
        agent.start()
        publisher.wait_for_subscriber()
        status = agent.status("b")
        assert status["state"] == "failed" and "r.json" in status["problems"][0]
        publisher.rows(TABLE.rows(0, 5))
        agent.wait_rows(5)
        assert agent.metric("leeway_model_state", model="b", state="failed") == 1


def test_windows_of_another_plan_are_dropped_not_mixed(live):
    agent, publisher = live(rows=100)
    publisher.rows(TABLE.rows(0, 60))
    agent.wait_rows(60)
    agent.terminate()
    agent.config.write_text(agent.config.read_text().replace("rows = 100", "rows = 80"))
    agent.start()
    wait_for_connection(agent, publisher)
    publisher.rows(TABLE.rows(0, 80))
    assert agent.wait_windows(1)[0]["window"]["rows"] == 80


def test_a_damaged_state_is_a_clear_error(live):
    agent, _ = live()
    agent.terminate()
    for path in (agent.folder / "state").iterdir():
        if path.is_file():
            path.write_bytes(b"garbage" * 1000)
    agent.start(ready=False)
    assert agent.wait() in (1, 78)
    assert "agent.sqlite" in agent.logs.splitlines()[-1]
