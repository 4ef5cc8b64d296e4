"""Drift, end to end: windows by rows and by event time, judged, told once, resolved, and their numbers."""

import numpy as np
import pytest

import harness
from conftest import COLORS, T0, Table, draw
from harness import KS_ALONE, wait_until

IID = {"threshold": "iid", "false_alarms": "1 per 1000 windows", "cooldown": "0s"}
EVENT_DATA = {
    "model", "feature", "measure", "value", "threshold", "p_value", "q_value", "error_bound", "severity",
    "window", "reference", "versions", "contributors", "histogram",
}  # fmt: skip
WINDOW = {"start", "end", "rows", "missed", "partial"}


def feature(window, name):
    return next(f for f in window["features"] if f["name"] == name)


# Alerts


def test_drift_fires_once_and_resolves(live):
    agent, publisher = live(rows=200, alerts=IID)
    publisher.rows(Table(200, seed=2).rows(at=T0))
    publisher.rows(Table(200, seed=3, shift=2).rows(at=T0 + 200, model_version="7"))
    publisher.rows(Table(200, seed=4, shift=2).rows(at=T0 + 400, model_version="7"))
    publisher.rows(Table(200, seed=5).rows(at=T0 + 600))
    windows = agent.wait_windows(4)
    assert [w["verdict"] for w in windows] == ["ok", "drifted", "drifted", "ok"]
    agent.wait_events(2)
    told = wait_until(lambda: [e for e in agent.events() if e["data"]["kind"] == "data"][1:] and agent.events(), "two events")
    fired, resolved = [e for e in told if e["data"]["kind"] == "data"]  # and no more than these two

    assert (fired["type"], resolved["type"]) == ("dev.leeway.drift.firing", "dev.leeway.drift.resolved")
    assert fired["specversion"] == "1.0" and fired["source"] == "/agents/qa" and fired["subject"] == "m/x"
    assert fired["id"] != resolved["id"] and fired["id"]
    data = fired["data"]
    assert EVENT_DATA <= data.keys(), EVENT_DATA - data.keys()
    assert WINDOW <= data["window"].keys()
    assert (data["model"], data["feature"], data["measure"]) == ("m", "x", "ks")
    assert data["severity"] == "critical" and data["versions"] == ["7"]
    assert data["value"] > data["threshold"] and data["p_value"] < 1e-20 and data["q_value"] < 1e-20
    assert data["window"]["rows"] == 200 and data["window"]["missed"] == 0
    assert data["reference"] == windows[1]["reference"] and data["reference"].startswith("sha256:")
    assert data["contributors"][0]["feature"] == "x"
    assert {c["feature"] for c in data["contributors"]} <= {"x", "y", "color", "flag"}
    histogram = data["histogram"]
    assert len(histogram["reference"]) == len(histogram["current"]) <= 20
    assert sum(histogram["reference"]) == pytest.approx(1) and sum(histogram["current"]) == pytest.approx(1)
    assert resolved["data"]["fingerprint"] == data["fingerprint"]
    assert (resolved["data"]["feature"], resolved["subject"]) == ("x", "m/x")


def test_an_event_has_every_field_when_calibrated(live, world):
    agent, publisher = live(
        reference=world / "scored.json",
        window={"length": "1h", "lateness": "0s", "min_samples": 20},
        alerts={"false_alarms": "1 per day", "cooldown": "0s"},
    )
    publisher.rows(Table(60, seed=3, shift=4).rows(at=T0, step=60))
    publisher.rows(Table(1, seed=3).rows(at=T0 + 3600))
    fired = next(e for e in agent.wait_events(1) if e["data"]["kind"] == "data")
    data = fired["data"]
    assert (data["feature"], data["measure"]) == ("x", "wasserstein")
    assert EVENT_DATA <= data.keys(), f"lacks {EVENT_DATA - data.keys()}"
    assert data["test"]["threshold"] == "calibrated" and data["test"]["p_value"] == pytest.approx(1 / 34, rel=0.1)


def test_fixed_thresholds_name_feature_and_measure(live):
    agent, publisher = live(rows=200)
    publisher.rows(Table(200, seed=3, shift=3).rows())
    publisher.rows(Table(200, seed=5).rows())
    events = agent.wait_events(2)
    assert [(e["subject"], e["data"]["measure"]) for e in events] == [("m/x", "ks")] * 2
    assert [e["type"].rsplit(".")[-1] for e in events] == ["firing", "resolved"]


def test_patience(live):
    """`for` and `clear_for` count windows in a row."""
    agent, publisher = live(rows=100, alerts={**KS_ALONE, "for": 2, "clear_for": 2})
    for index, shift in enumerate([3, 0, 3, 3, 0, 3, 0, 0, 0]):
        publisher.rows(Table(100, seed=10 + index, shift=shift).rows(at=T0 + index * 100))
    windows = agent.wait_windows(9)
    events = agent.wait_events(2)
    ends = [e["data"]["window"]["end"] for e in events]
    assert len(events) == 2 and ends == [windows[3]["window"]["end"], windows[7]["window"]["end"]]


def test_too_few_rows_are_insufficient(live):
    agent, publisher = live(
        window={"length": "1h", "lateness": "0s", "min_samples": 50},
    )
    publisher.rows(Table(10, seed=3, shift=9).rows(at=T0))
    publisher.rows(Table(1, seed=3).rows(at=T0 + 3600))
    window = agent.wait_windows(1)[0]
    assert window["verdict"] == "insufficient" and window["window"]["rows"] == 10
    assert agent.events() == []


def test_missing_values_are_a_quality_alert(live):
    agent, publisher = live(rows=200, alerts=IID)
    rows = Table(200, seed=2).rows()
    for made in rows[::2]:
        made["features"]["x"] = None
    publisher.rows(rows)
    event = agent.wait_events(1)[0]
    assert (event["data"]["kind"], event["data"]["measure"], event["data"]["feature"]) == ("quality", "missing_rate", "x")
    assert event["data"]["value"] == pytest.approx(0.5)


def test_infinite_values_do_not_stop_the_reports(live):
    """Infinity is a value a model can be fed: the window is reported, and what follows as well."""
    agent, publisher = live(rows=100)
    rows = Table(100, seed=2).rows()
    for made in rows[:5]:
        made["features"]["x"] = float("inf")
    for made in rows[5:8]:
        made["features"]["y"] = float("-inf")
    publisher.rows(rows)
    agent.wait_windows(1)
    publisher.rows(Table(100, seed=3).rows())
    windows = agent.wait_windows(2)
    assert [w["window"]["rows"] for w in windows] == [100, 100]
    assert "error" not in agent.logs


def test_absurd_values_do_not_stop_the_reports(live):
    agent, publisher = live(rows=100)
    rows = Table(100, seed=2).rows()
    for value, made in zip([1e308, -1e308, 5e-324, 1.7976931348623157e308, -0.0], rows):
        made["features"]["x"] = value
    publisher.rows(rows)
    window = agent.wait_windows(1, timeout=5)[0]
    assert 0 <= feature(window, "x")["measures"]["wasserstein"]["value"] < 1e3
    assert feature(window, "x")["measures"]["out_of_range_rate"]["value"] >= 0.03


# Numbers


def ks(a, b):
    points = np.concatenate([a, b])
    below = lambda sample: np.searchsorted(np.sort(sample), points, "right") / len(sample)  # noqa: E731
    return np.abs(below(a) - below(b)).max()


def wasserstein(a, b):
    points = np.sort(np.concatenate([a, b]))
    below = lambda sample: np.searchsorted(np.sort(sample), points[:-1], "right") / len(sample)  # noqa: E731
    return np.sum(np.abs(below(a) - below(b)) * np.diff(points))


def shares(values, categories):
    return np.array([(values == category).mean() for category in categories])


def test_numbers_agree_with_numpy(live, reference_rows):
    agent, publisher = live(rows=300)
    table = Table(300, seed=9, shift=0.4, colors=(0.2, 0.3, 0.5))
    rows = table.rows()
    for made in rows[:30]:
        made["features"]["y"] = None
    for made in rows[:60]:
        made["features"]["color"] = "violet"
    publisher.rows(rows)
    window = agent.wait_windows(1)[0]
    reference, current = reference_rows.columns, table.columns

    x = feature(window, "x")["measures"]
    assert x["ks"]["value"] == pytest.approx(ks(reference["x"], current["x"]), abs=1e-9)
    assert x["ks"]["error_bound"] == 0
    outside = (current["x"] < reference["x"].min()) | (current["x"] > reference["x"].max())
    assert x["out_of_range_rate"]["value"] == pytest.approx(outside.mean(), abs=1e-9)
    distance = wasserstein(reference["x"], current["x"])
    bound = x["wasserstein"]["error_bound"]
    for sigma in (reference["x"].std(), reference["x"].std(ddof=1)):
        if abs(x["wasserstein"]["value"] - distance / sigma) <= bound + 1e-9:
            break
    else:
        raise AssertionError((x["wasserstein"], distance / sigma))

    y = feature(window, "y")
    assert (y["rows"], y["missing"]) == (300, 30)
    assert y["measures"]["ks"]["value"] == pytest.approx(ks(reference["y"], current["y"][30:]), abs=1e-9)
    assert y["measures"]["missing_rate"]["value"] == pytest.approx(0.1, abs=1e-9)

    colors = np.concatenate([np.repeat("violet", 60), current["color"][60:]])
    color = feature(window, "color")["measures"]
    p, q = shares(reference["color"], [*COLORS, "violet"]), shares(colors, [*COLORS, "violet"])
    n, m = 2000, 300
    pooled, middle = (p * n + q * m) / (n + m), (p + q) / 2
    assert pooled.min() * m >= 5, "no category is too rare for a column of its own"
    divergence = sum(np.sum(s[s > 0] * np.log2(s[s > 0] / middle[s > 0])) / 2 for s in (p, q))
    chi2 = np.sum((p - pooled) ** 2 * n / pooled + (q - pooled) ** 2 * m / pooled)
    assert color["unseen_rate"]["value"] == pytest.approx(60 / 300, abs=1e-9)
    assert color["tv"]["value"] == pytest.approx(np.abs(p - q).sum() / 2, abs=1e-9)
    assert color["linf"]["value"] == pytest.approx(np.abs(p - q).max(), abs=1e-9)
    assert color["hellinger"]["value"] == pytest.approx(np.sqrt(np.sum((p**0.5 - q**0.5) ** 2) / 2), abs=1e-9)
    assert color["js"]["value"] == pytest.approx(np.sqrt(divergence), abs=1e-9)
    assert color["chi2"]["value"] == pytest.approx(chi2, rel=1e-9)
    assert color["cramers_v"]["value"] == pytest.approx(np.sqrt(chi2 / (n + m)), rel=1e-9)
    floored = np.maximum(p, 1e-4)
    assert color["psi"]["value"] == pytest.approx(np.sum((q - floored) * np.log(q / floored)), abs=1e-9)


def test_compressed_reference_states_an_error_that_holds(live, world, tmp_path, reference_rows):
    path = tmp_path / "small.json"
    harness.succeed("reference", "build", "--input", world / "reference.csv", "--output", path, "--knots", 63)
    agent, publisher = live(rows=300, reference=path)
    table = Table(300, seed=9, shift=0.2)
    publisher.rows(table.rows())
    measure = feature(agent.wait_windows(1)[0], "x")["measures"]["ks"]
    true = ks(reference_rows.columns["x"], table.columns["x"])
    assert 0 < measure["error_bound"] < 1 / 60
    assert measure["value"] - 1e-12 <= true <= measure["value"] + measure["error_bound"] + 1e-12


# Windows


HOUR = {"length": "1h", "lateness": "10m", "min_samples": 10}


def spans(windows):
    return [(w["window"]["start"], w["window"]["end"], w["window"]["rows"]) for w in windows]


def clock(hours):
    return f"2023-11-15T{hours:02d}:00:00Z"


def test_windows_of_event_time_wait_for_late_rows(live):
    agent, publisher = live(window=HOUR)
    table = Table(100)
    publisher.rows(table.rows(0, 60, at=T0, step=60))
    publisher.rows(table.rows(0, 5, at=T0 + 3600 + 300))  # 01:05; the watermark is 00:55
    publisher.rows(table.rows(0, 7, at=T0 + 3500))  # out of order, in time
    agent.wait_rows(72)
    assert agent.windows() == []
    publisher.rows(table.rows(0, 1, at=T0 + 3600 + 601))
    assert spans(agent.wait_windows(1)) == [(clock(0), clock(1), 67)]
    publisher.rows(table.rows(0, 3, at=T0 + 3000))
    agent.wait_counters(rows=76, late=3)
    assert agent.metric("leeway_rows_late_total", model="m") == 3
    assert spans(agent.windows()) == [(clock(0), clock(1), 67)]
    assert agent.status()["open_window"]["start"] == clock(1)
    assert agent.metric("leeway_window_end_timestamp_seconds", model="m") == T0 + 3600


def test_windows_begin_at_the_offset(live, world, tmp_path):
    agent, publisher = live(window={**HOUR, "offset": "20m", "lateness": "0s"})
    publisher.rows(Table(30).rows(at=T0, step=60))
    window = agent.wait_windows(1)[0]["window"]
    assert (window["start"], window["end"], window["rows"]) == ("2023-11-14T23:20:00Z", "2023-11-15T00:20:00Z", 20)


def test_sliding_windows_share_their_panes(live):
    agent, publisher = live(window={**HOUR, "kind": "sliding", "length": "3h", "step": "1h", "lateness": "0s"})
    publisher.rows(Table(600).rows(0, 60 * 5 + 1, at=T0, step=60))
    assert spans(agent.wait_windows(3)) == [
        (clock(0), clock(3), 180), (clock(1), clock(4), 180), (clock(2), clock(5), 180),
    ]  # fmt: skip


def test_a_sliding_window_over_a_gap_is_as_long_as_any(live):
    """Hours without rows are part of a window, not a reason to begin it later."""
    agent, publisher = live(window={**HOUR, "kind": "sliding", "length": "3h", "step": "1h", "lateness": "0s"})
    table = Table(200)
    publisher.rows(table.rows(0, 180, at=T0, step=60))  # 00–03
    publisher.rows(table.rows(0, 60, at=T0 + 6 * 3600, step=60))  # 06–07, after three quiet hours
    publisher.rows(table.rows(0, 1, at=T0 + 7 * 3600))
    agent.wait_windows(2)
    last = spans(agent.windows())[-1]
    assert last == (clock(4), clock(7), 60)


def test_sliding_windows_of_rows(live):
    agent, publisher = live(window={"kind": "sliding", "rows": 100, "step": 50, "min_samples": 10})
    for start in range(0, 250, 50):
        publisher.rows(Table(250).rows(start, start + 50, at=T0 + start))
    assert [w["window"]["rows"] for w in agent.wait_windows(4)] == [100] * 4


@pytest.mark.parametrize("at, clock", [(None, "arrival"), (None, "event"), (T0, "event")])
def test_windows_of_rows_at_one_time_are_all_kept(live, at, clock):
    """One message may fill several windows, whose rows all have the same time."""
    agent, publisher = live(rows=50, clock=clock)
    publisher.rows(Table(250).rows(at=at, step=0))
    wait_until(lambda: agent.metric("leeway_windows_total", model="m", verdict="ok") == 5, "5 windows judged")
    assert len(agent.wait_windows(5, timeout=3)) == 5


def test_rows_without_a_time_take_the_arrival_time(live):
    """wire.md: a part without a time takes its request's, else the arrival time, whatever the clock."""
    agent, publisher = live(rows=10, clock="event")
    for start in (0, 10):
        publisher.rows(Table(20).rows(start, start + 10))
        agent.wait_rows(start + 10)
    wait_until(lambda: agent.metric("leeway_windows_total", model="m", verdict="ok") + agent.metric("leeway_windows_total", model="m", verdict="drifted") == 2, "two windows judged")  # fmt: skip
    first, second = agent.wait_windows(2, timeout=3)
    assert first["window"]["end"] < second["window"]["start"]


def test_silence_closes_a_window_where_asked(live):
    agent, publisher = live(window=HOUR, idle_timeout="1s")
    publisher.rows(Table(30).rows(at=T0))
    assert spans(agent.wait_windows(1)) == [(clock(0), clock(1), 30)]


def test_an_end_beacon_closes_the_last_window(live):
    agent, publisher = live(window=HOUR)
    publisher.rows(Table(30).rows(at=T0))
    publisher.beacon(1, end=True, rows=0)
    assert spans(agent.wait_windows(1)) == [(clock(0), clock(1), 30)]


def test_one_window_is_told_the_same_everywhere(live):
    """windows, drift, status and metrics agree."""
    agent, publisher = live(rows=200)
    publisher.rows(Table(200, seed=3, shift=3).rows())
    window = agent.wait_windows(1)[0]
    drift = agent.api("drift")
    assert drift["window"] == window["window"] and drift["features"] == window["features"]
    assert drift["verdict"] == "drifted" and drift["alerts"][0]["state"] == "firing"
    value = feature(window, "x")["measures"]["ks"]["value"]
    labels = {"model": "m", "feature": "x", "measure": "ks"}
    assert agent.metric("leeway_drift_statistic", **labels) == pytest.approx(value, abs=1e-12)
    assert agent.metric("leeway_drift_threshold", **labels) == 0.25
    assert agent.metric("leeway_drift_window_rows", model="m") == 200
    assert agent.metric("leeway_windows_total", model="m", verdict="drifted") == 1
    assert agent.metric("leeway_alert_firing", model="m") == 1


def test_draw_is_seeded():
    """The tests above depend on it."""
    assert draw(3, 1)["x"].tolist() == draw(3, 1)["x"].tolist()
