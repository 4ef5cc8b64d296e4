"""The console's pages in a real browser, on real processes: what they show, live, by keyboard, and to whom names mean harm."""

import csv
import itertools
import time
import urllib.parse

import numpy as np
import pytest

import console
import harness
from console import SCHEMES, WIDTHS, Visitor
from rollouts import RolloutRegistry, Traffic
from test_jobs import ID, add_job, finish

HOSTILE = ["<script>window.hacked = 1</script>", 'say "hi"', "two\nlines", "emoji 🦊", "path/like?#%"]
FEATURES = ["x", *HOSTILE]
FIRST_PAINT = 100_000
TOKEN = "0123456789abcdef0123"
LOSS, RANKING = "valid.log_loss", "auc"


@pytest.fixture(scope="module")
def browser():
    with console.browsing() as browser:
        yield browser


@pytest.fixture
def visit(browser):
    """Opens a tab on a server, and closes it after the test. What went wrong on it is the test's failure."""
    opened = []

    def make(server, **options):
        opened.append(Visitor(browser, server, **options))
        return opened[-1]

    yield make
    for visitor in opened:
        visitor.close()


# MARK: What they look at


def rows(count, seed, shift=0.0):
    values = np.random.default_rng(seed).normal(0, 1, (count, len(FEATURES)))
    values[:, 0] += shift
    return [harness.row(dict(zip(FEATURES, line.round(4).tolist())), prediction=0.5) for line in values]


def reference(folder):
    table, made = folder / "reference.csv", folder / "reference.json"
    with open(table, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*FEATURES, "score"])
        writer.writerows([[*row["features"].values(), 0.5] for row in rows(500, seed=1)])
    harness.succeed("reference", "build", "--input", table, "--output", made, "--prediction-column", "score")
    return made


class WatchedModel:
    """An agent, and a service whose feature x drifts in the last of its windows."""

    def __init__(self, folder):
        endpoint = harness.tcp_endpoint()
        self.agent = harness.Agent(folder)
        self.agent.configure(harness.stream(reference(folder), endpoint, rows=100))
        self.publisher = harness.Publisher(endpoint)
        self.windows = 0
        self.agent.start()
        self.publisher.wait_for_subscriber()

    def serve(self, windows, shift=0.0):
        for _ in range(windows):
            self.windows += 1
            self.publisher.rows(rows(100, seed=10 + self.windows, shift=shift))
            self.agent.wait_windows(self.windows)

    def alert(self):
        return self.agent.json("/api/v1/alerts")["alerts"][0]

    def close(self):
        self.publisher.close()
        self.agent.kill()


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    watched = WatchedModel(tmp_path_factory.mktemp("console") / "agent")
    try:
        watched.serve(6)
        watched.serve(3, shift=2.0)
        watched.publisher.rows("no json")
        watched.agent.wait_rejected("bad_json")
        yield watched
    finally:
        watched.close()


class Record:
    """A registry with runs, a model of two versions that are compared in service, and a job."""

    def __init__(self, folder):
        folder.mkdir()
        self.registry = RolloutRegistry(folder).start()
        self.experiment = self.registry.post("experiments/create", {"name": HOSTILE[0]})["experiment_id"]
        self.runs = [self.run(depth) for depth in (2, 4, 8)]
        self.champion, self.candidate = self.registry.versions("fraud")
        self.rollout = self.registry.begin("fraud", self.candidate, policy={"minimum_duration": 600})
        self.traffic = Traffic(self.registry, "fraud", self.rollout, (0.6, 0.4))
        self.job = ID
        self.log = add_job(self.registry, model="fraud")
        self.log.write_text(f"{HOSTILE[0]}\n")

    def run(self, depth):
        body = {"experiment_id": self.experiment, "start_time": int(time.time() * 1000), "run_name": HOSTILE[depth % 3]}
        run = self.registry.post("runs/create", body)["run"]["info"]["run_id"]
        curve = [{"key": LOSS, "value": 1 / (step + depth), "timestamp": 1, "step": step} for step in range(20)]
        metrics = [*curve, {"key": RANKING, "value": 0.9 + depth / 1000, "timestamp": 1, "step": 0}]
        params = [{"key": "max_depth", "value": str(depth)}, {"key": "note", "value": "".join(HOSTILE)}]
        self.registry.post("runs/log-batch", {"run_id": run, "metrics": metrics, "params": params})
        self.registry.post("runs/update", {"run_id": run, "status": "FINISHED", "end_time": int(time.time() * 1000) + 1000})
        return run

    def looks(self):
        """How often the difference had an interval: as many points the page can draw."""
        status, sequence = self.registry.call("GET", f"/api/v1/rollouts/{self.rollout}/sequence")
        assert status == 200, sequence
        return sum("lower" in point for point in sequence["candidates"][0])

    def serve(self, looks):
        def enough():
            assert self.traffic.send() or self.registry.rollout(self.rollout)["phase"] == "shadow"
            return self.looks() >= looks

        harness.wait_until(enough, lambda: f"{looks} looks, there are {self.looks()}", timeout=60)


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    record = Record(tmp_path_factory.mktemp("console") / "registry")
    try:
        record.registry.wait_phase(record.rollout, "stage 1")
        record.serve(looks=8)
        yield record
    finally:
        record.registry.kill()


def feature_path(name):
    return f"/models/m/features/{urllib.parse.quote(name, safe='')}"


AGENT_PAGES = {
    "models": lambda watched: "/",
    "model": lambda watched: "/models/m",
    "feature": lambda watched: feature_path("x"),
    "hostile feature": lambda watched: feature_path(HOSTILE[0]),
    "alerts": lambda watched: "/alerts",
    "alert": lambda watched: f"/alerts/{watched.alert()['id']}",
    "streams": lambda watched: "/streams",
}
REGISTRY_PAGES = {
    "overview": lambda record: "/",
    "runs": lambda record: "/runs",
    "run": lambda record: f"/runs/{record.runs[0]}",
    "compare": lambda record: "/compare?" + urllib.parse.urlencode({"run": record.runs}, doseq=True),
    "registered model": lambda record: "/models/fraud",
    "rollouts": lambda record: "/rollouts",
    "rollout": lambda record: f"/rollouts/{record.rollout}",
    "retraining": lambda record: "/retraining",
    "job": lambda record: f"/jobs/{record.job}",
}


def look(visitor, path, name):
    """Opens a page, and holds it against what every page must keep to, at every width, in light and dark."""
    page = visitor.open(path)
    assert page.locator(".failure").count() == 0
    for width, scheme in itertools.product(WIDTHS, SCHEMES):
        visitor.resize(width, scheme)
        visitor.photograph(f"{name} {width} {scheme}")
        assert visitor.audit() == [], (width, scheme)
        assert visitor.overflow() == [], (width, scheme)
    visitor.assert_well()


@pytest.mark.parametrize("name", AGENT_PAGES)
def test_a_page_of_an_agent_is_well_at_every_width_in_light_and_dark(visit, watched, name):
    look(visit(watched.agent), AGENT_PAGES[name](watched), f"agent {name}")


@pytest.mark.parametrize("name", REGISTRY_PAGES)
def test_a_page_of_a_registry_is_well_at_every_width_in_light_and_dark(visit, record, name):
    look(visit(record.registry), REGISTRY_PAGES[name](record), f"registry {name}")


# MARK: The first page


@pytest.mark.parametrize("kind", ["agent", "registry"])
def test_the_first_page_is_small(visit, watched, record, kind):
    visitor = visit(watched.agent if kind == "agent" else record.registry)
    page = visitor.open("/")
    entries = page.evaluate(
        """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
            .filter(({ name }) => !name.includes("/api/")).map(({ name, decodedBodySize }) => [name, decodedBodySize])"""
    )
    assert any(name.endswith("/assets/main.js") for name, _ in entries)
    assert 0 < sum(size for _, size in entries) <= FIRST_PAINT, entries


def test_ten_seconds_tell_which_model_drifts_where_and_since_when(visit, watched):
    page = visit(watched.agent).open("/")
    alert = watched.alert()
    headline = page.inner_text(".headline")
    assert "m" in headline and "x" in headline and alert["since"][:16].replace("T", " ") in headline
    page.locator(".headline a").first.click()
    page.wait_for_url(f"**/alerts/{alert['id']}")
    story = page.inner_text(".story")
    assert "fired" in story and "ks" in story


# MARK: Live


def test_a_window_that_closes_appears_by_itself(visit, watched):
    visitor = visit(watched.agent)
    page = visitor.open("/models/m")
    grid = page.locator("[role=grid]")
    before = int(grid.get_attribute("aria-colcount"))
    watched.serve(1, shift=2.0)
    page.wait_for_function("(count) => document.querySelector('[role=grid]').ariaColCount == count", arg=str(before + 1))
    visitor.assert_well()


def test_evidence_of_a_rollout_appears_by_itself(visit, record):
    visitor = visit(record.registry)
    page = visitor.open(f"/rollouts/{record.rollout}")
    units = "() => Number(document.querySelector('main table tbody tr td:nth-of-type(3)').textContent.replaceAll(',', ''))"
    before = page.evaluate(units)
    assert before > 0
    record.serve(looks=record.looks() + 2)
    page.wait_for_function(f"(before) => ({units})() > before", arg=before)
    visitor.assert_well()


def test_a_stale_tab_says_that_nobody_answers_and_finds_back(visit, new_registry):
    registry = new_registry().start()
    page = visit(registry).open("/runs")
    registry.kill()
    page.wait_for_selector("#banner.critical:has-text('does not answer')")
    assert page.inner_text("h1") == "Runs"
    registry.start()
    registry.post("runs/create", {"experiment_id": "0", "start_time": 1, "run_name": "after the restart"})
    page.wait_for_selector("#connection.live")
    page.wait_for_selector("text=after the restart")
    assert page.inner_text("#banner") == ""


def test_a_registry_with_tokens_asks_for_one(visit, new_registry, tmp_path):
    tokens = tmp_path / "tokens"
    tokens.touch(mode=0o600)
    tokens.write_text(f"ci {TOKEN}\n")
    registry = new_registry(arguments=["--token-file", tokens]).start()
    visitor = visit(registry)
    page = visitor.page
    page.goto(visitor.base + "/runs")
    page.get_by_label("Token").fill(TOKEN[::-1])
    page.get_by_role("button", name="Go on").click()
    page.wait_for_selector("text=is not known here")
    page.get_by_label("Token").fill(TOKEN)
    page.keyboard.press("Enter")
    page.wait_for_selector("#connection.live")
    assert page.inner_text("h1") == "Runs"


# MARK: The heat map


def open_cell(page):
    page.wait_for_selector("dialog[open] .picture path, dialog[open] .picture rect")
    return page.inner_text("dialog")


def test_a_cell_opens_by_mouse_with_both_histograms_and_where_they_are_furthest_apart(visit, watched):
    visitor = visit(watched.agent)
    page = visitor.open("/models/m")
    grid = page.locator("[role=grid]")
    columns = int(grid.get_attribute("aria-colcount")) - 1
    box = page.locator(".extent").bounding_box()
    width = (box["width"] - 180) / columns
    grid.click(position={"x": 180 + width * 7.5, "y": 36 + 9})
    text = open_cell(page)
    assert "x" in page.inner_text("dialog h2") and "alarmed" in text and "D = " in text
    assert page.locator("dialog .bar-current").count() > 5 and page.locator("dialog line.distance").count() >= 3
    assert visitor.audit() == []
    visitor.assert_well()


def test_the_keyboard_finds_opens_and_leaves_a_cell(visit, watched):
    visitor = visit(watched.agent)
    page = visitor.open("/models/m")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "grid":
            break
    chosen = page.locator("#chosen-cell")
    for key in ("End", "ArrowDown", "ArrowUp", "Home", "ArrowRight"):
        page.keyboard.press(key)
    assert chosen.get_attribute("aria-colindex") == "3" and "x" in chosen.inner_text()
    page.keyboard.press("Enter")
    first = open_cell(page)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(text) => document.querySelector('dialog').innerText !== text", arg=first)
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    assert page.evaluate("document.activeElement.getAttribute('role')") == "grid"
    visitor.assert_well()


def test_the_focus_can_be_seen_wherever_it_goes(visit, watched):
    page = visit(watched.agent).open("/")
    outline = "(() => { const style = getComputedStyle(document.activeElement); return [style.outlineStyle, parseFloat(style.outlineWidth)] })()"
    stops = 0
    while page.keyboard.press("Tab") or page.evaluate("document.activeElement !== document.body"):
        kind, width = page.evaluate(outline)
        assert kind != "none" and width >= 1, page.evaluate("document.activeElement.outerHTML")
        stops += 1
    assert stops > 6


# MARK: Names that mean harm


def test_hostile_names_are_shown_and_never_parsed(visit, watched):
    visitor = visit(watched.agent)
    page = visitor.open("/models/m")
    names = page.locator(".names a").evaluate_all("(links) => links.map((link) => link.firstChild.textContent)")
    assert set(FEATURES) <= set(names)
    page.locator(".names a", has_text="path/like").click()
    page.wait_for_selector("h1:has-text('path/like?#%')")
    assert page.locator("main script, main b").count() == 0
    visitor.assert_well()


# MARK: Runs


def test_runs_are_searched_by_mlflows_grammar_and_compared(visit, record):
    visitor = visit(record.registry)
    page = visitor.open("/runs")
    page.fill("#filter", "params.max_depth = '4'")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 1")
    page.fill("#filter", "params.max_depth != '4' and metrics.auc > 0.9")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('tbody tr').length === 2")
    for box in page.locator("tbody input[type=checkbox]").all():
        box.check()
    page.get_by_role("link", name="Compare 2 runs").click()
    page.wait_for_selector("tr.differs th:has-text('max_depth')")
    assert page.locator("tr.differs").count() == 1
    assert page.locator(".chart path.series-2").count() == 1
    visitor.assert_well()


def test_a_filter_that_says_nothing_is_answered_with_what_is_wrong(visit, record):
    page = visit(record.registry).open("/runs")
    page.fill("#filter", "metrics.")
    page.keyboard.press("Enter")
    assert page.wait_for_selector(".problems").inner_text()


# MARK: Rollouts and jobs


def test_a_rollout_shows_its_confidence_sequence_and_its_decisions(visit, record):
    visitor = visit(record.registry)
    page = visitor.open(f"/rollouts/{record.rollout}")
    page.wait_for_selector(".chart path.band[d^=M]")
    assert page.locator(".chart .margin").count() >= 1 and page.locator(".chart g.decision").count() >= 1
    frame = page.locator(".frame[role=group]").first
    frame.focus()
    page.keyboard.press("End")
    assert "difference −" in page.locator(".readout").first.inner_text()
    assert "goes to stage 1" in page.inner_text(".story")
    visitor.assert_well()


def test_a_jobs_log_is_shown_while_it_is_written(visit, record):
    visitor = visit(record.registry)
    page = visitor.open(f"/jobs/{record.job}")
    page.wait_for_selector(f".log:has-text('{HOSTILE[0]}')")
    with open(record.log, "a") as log:
        log.write("round 2\n")
    page.wait_for_selector(".log:has-text('round 2')")
    finish(record.registry, "succeeded", "done after 2s", record.job)
    page.wait_for_selector(".note:has-text('has ended')")
    visitor.assert_well()


# MARK: Paths


def test_what_is_not_there_is_said_with_a_way_back(visit, watched):
    page = visit(watched.agent).open("/alerts/none")
    assert page.inner_text("h1") == "There is nothing here"
    page.get_by_role("link", name="Back to the overview").click()
    page.wait_for_selector(".cards")


def test_back_and_forward_lead_through_the_pages(visit, watched):
    visitor = visit(watched.agent)
    page = visitor.open("/")
    page.get_by_role("link", name="Alerts").click()
    page.wait_for_selector("h1:has-text('Alerts')")
    assert page.locator("#navigation [aria-current]").inner_text() == "Alerts"
    page.go_back()
    page.wait_for_selector("h1:has-text('Models')")
    page.go_forward()
    page.wait_for_selector("h1:has-text('Alerts')")
    visitor.assert_well()
