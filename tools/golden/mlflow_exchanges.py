"""Records how MLflow's own server answers plain HTTP: Tests/Conformance/mlflow/exchanges.json, which
Tests/Conformance/test_mlflow_wire.py plays to ours. See Tests/Conformance/exchanges.py for what a step is.

    MLFLOW_SERVER=…/mlflow python mlflow_exchanges.py

Needs mlflow_requirements.txt for the server, and pyzmq (the harness imports it) for this script.
"""

import json
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Conformance"))

import exchanges
import harness

A = "/api/2.0/mlflow-artifacts/artifacts"
OUTPUT = ROOT / "Tests" / "Conformance" / "mlflow" / "exchanges.json"

CRASH = "the real server's own mistake, which the client would repeat for four minutes"
LAX = "the real server takes what makes no sense"
WORDS = "the real server shows its SQL; ours says it in words of its own"
HTML = "the real server answers HTML"


class Recorder:
    def __init__(self, server):
        self.player = exchanges.Player(server)
        self.scenarios = {}

    def scenario(self, name):
        self.steps = self.scenarios[name] = []

    def do(self, what, *, keep=None, ours=None, headers=False, **step):
        """`ours`: a reason, or a dict of `why` and of what is to be answered instead."""
        step = {"do": what, **step}
        if keep:
            step["keep"] = keep
        if headers:
            step["headers"] = {}
        answer = self.player.play(step)
        step |= answer
        if ours:
            # What ours does not repeat need not be kept, with the paths of a machine and the SQL in it.
            step.get("answer", {}).pop("message", None)
            step["ours"] = {"status": answer["status"], **(ours if isinstance(ours, dict) else {"why": ours})}
        self.steps.append(step)
        return answer

    def get(self, path, /, keep=None, ours=None, **query):
        pairs = [(k, v) for k, vs in query.items() for v in (vs if isinstance(vs, list) else [vs])]
        query = "&".join(f"{k}={exchanges.quoted(str(v))}" for k, v in pairs)
        return self.do(f"GET {path}" + (f"?{query}" if query else ""), keep=keep, ours=ours)

    def post(self, path, /, keep=None, ours=None, **send):
        return self.do(f"POST {path}", send=send, keep=keep, ours=ours)

    def patch(self, path, /, keep=None, ours=None, **send):
        return self.do(f"PATCH {path}", send=send, keep=keep, ours=ours)

    def delete(self, path, /, keep=None, ours=None, **send):
        return self.do(f"DELETE {path}", send=send, keep=keep, ours=ours)

    def experiment(self, name):
        self.post("experiments/create", name=name, keep={"e": "experiment_id"})

    def run(self, keep="r", **send):
        self.post("runs/create", experiment_id="${e}", **{"start_time": 1000, "run_name": "a run", **send}, keep={keep: "run.info.run_id"})  # fmt: skip


def refused(why=LAX, code="INVALID_PARAMETER_VALUE"):
    return {"why": why, "status": 400, "error_code": code}


def either(*statuses, why=LAX):
    """Ours may refuse it, or not; it only has to be one of these."""
    return {"why": why, "status": list(statuses or (200, 400))}


NO_OBJECT = refused("ours says that the body is no JSON object")
MISSING = "f" * 32


def long(count):
    """A text of so many characters, written short."""
    return f"${{x*{count}}}"


LONG = long(251)


def experiments(r):
    r.scenario("experiments")
    r.get("experiments/get", experiment_id="0")
    r.get("experiments/get-by-name", experiment_name="Default")
    r.get("experiments/get-by-name", experiment_name="none")
    r.post("experiments/create", name="wire", tags=[{"key": "a", "value": "1"}, {"key": "b"}], keep={"e": "experiment_id"})  # fmt: skip
    r.get("experiments/get", experiment_id="${e}")
    r.get("experiments/get-by-name", experiment_name="wire")
    r.post("experiments/create", name="wire")
    r.post("experiments/create", name="wire elsewhere", artifact_location="mlflow-artifacts:/elsewhere", keep={"w": "experiment_id"})  # fmt: skip
    r.get("experiments/get", experiment_id="${w}")
    r.post("experiments/create")
    r.post("experiments/create", name="")
    r.post("experiments/create", name=None)
    r.post("experiments/create", name=7)
    r.post("experiments/create", name=long(501))
    r.post("experiments/create", name=long(500), keep={"long": "experiment_id"})
    r.post("experiments/create", name="wire bad location", artifact_location="http://h/#fragment")
    r.post("experiments/create", name="wire bad location", artifact_location="mlflow-artifacts:/a/../b", ours=either())
    r.get("experiments/get", experiment_id="987654")
    r.get("experiments/get", experiment_id="abc")
    r.get("experiments/get")
    r.get("experiments/get-by-name")
    r.post("experiments/update", experiment_id="${e}", new_name="wire renamed")
    r.get("experiments/get", experiment_id="${e}")
    r.post("experiments/update", experiment_id="${e}", new_name="wire elsewhere", ours={"why": WORDS, "status": 400})
    r.post("experiments/update", experiment_id="${e}", new_name="wire renamed")
    r.post("experiments/update", experiment_id="${e}")
    r.post("experiments/update", new_name="n")
    r.post("experiments/update", experiment_id="987654", new_name="n")
    r.post("experiments/update", experiment_id="abc", new_name="n")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", key="k", value="v")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", key="k", value="w")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", key="empty", value="")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", key="no value")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", value="v")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", key="", value="v")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", key=LONG, value="v")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", key="a$b", value="v")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", key="a/../b", value="v")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", key="long", value=long(5001))
    r.post("experiments/set-experiment-tag", experiment_id="987654", key="k", value="v")
    r.get("experiments/get", experiment_id="${w}")
    r.post("experiments/delete-experiment-tag", experiment_id="${e}", key="k")
    r.post("experiments/delete-experiment-tag", experiment_id="${e}", key="k")
    r.post("experiments/delete-experiment-tag", experiment_id="${e}")
    r.post("experiments/delete-experiment-tag", experiment_id="987654", key="k")
    r.post("experiments/delete", experiment_id="${e}")
    r.get("experiments/get", experiment_id="${e}")
    r.get("experiments/get-by-name", experiment_name="wire renamed")
    r.post("experiments/delete", experiment_id="${e}")
    r.post("experiments/update", experiment_id="${e}", new_name="n")
    r.post("experiments/set-experiment-tag", experiment_id="${e}", key="k", value="v")
    r.post("runs/create", experiment_id="${e}")
    r.post("experiments/create", name="wire renamed")
    r.post("experiments/restore", experiment_id="${e}")
    r.post("experiments/restore", experiment_id="${e}")
    r.post("experiments/restore", experiment_id="987654")
    r.post("experiments/restore")
    r.post("experiments/delete")
    r.post("experiments/delete", experiment_id="987654")
    r.post("experiments/delete", experiment_id="abc")


def experiment_search(r):
    r.scenario("searching experiments")
    for i in range(5):
        r.post("experiments/create", name=f"find {i}", tags=[{"key": "group", "value": "odd" if i % 2 else "even"}], keep={f"e{i}": "experiment_id"})  # fmt: skip
    r.post("experiments/delete", experiment_id="${e4}")
    mine = "name LIKE 'find %'"
    s = lambda ours=None, **o: r.post("experiments/search", ours=ours, **{"max_results": 10, "filter": mine, "order_by": ["name"], **o})  # noqa: E731
    s()
    s(order_by=None)
    s(view_type="ALL")
    s(view_type="DELETED_ONLY")
    s(view_type="ACTIVE_ONLY", order_by=["name DESC"])
    s(view_type="BOGUS")
    s(filter=mine + " AND tags.group = 'odd'")
    s(filter=mine + " AND tags.group != 'odd'")
    s(filter=mine + " and tag.`group` ILIKE 'E%'")
    s(filter=mine + " and tag.`group` ilike 'E%'", ours=either(why="ours takes keywords in any case"))
    s(filter="name = 'find 1'")
    s(filter="attribute.name = \"find 1\"")
    s(filter=mine + " AND creation_time > 10 AND last_update_time > 10")
    s(filter="experiment_id IN ('${e1}', '${e2}')")
    s(filter="experiment_id = '${e1}'")
    s(filter="name = 'nothing'")
    s(order_by=["creation_time DESC"])
    s(order_by=["last_update_time", "experiment_id ASC"])
    s(max_results=2)
    s(max_results=4)
    r.post("experiments/search", max_results=2, filter=mine, order_by=["name"], keep={"t": "next_page_token"})
    r.post("experiments/search", max_results=2, filter=mine, order_by=["name"], page_token="${t}")
    r.get("experiments/search", max_results=2, filter=mine, order_by=["name DESC"])
    r.post("experiments/search", filter=mine)
    r.post("experiments/search")
    s(max_results=0)
    s(max_results=-1)
    s(max_results=50001)
    s(page_token="junk")
    s(page_token="")
    for filter in ["name > 'x'", "name", "name = ", "name = x", "metrics.a = 1", "colour = 'red'", "name = 'a' OR name = 'b'", "(name = 'a')", "creation_time > 'x'"]:  # fmt: skip
        s(filter=filter)
    s(filter="  ")
    s(order_by=["colour"])
    s(order_by=["name UP"])
    s(order_by=["name", "name"], ours=either(why="ours refuses a key named twice"))


def runs(r):
    r.scenario("runs")
    r.experiment("runs")
    r.post("runs/create", experiment_id="${e}", keep={"r0": "run.info.run_id", "n0": "run.info.run_name"})
    r.get("runs/get", run_id="${r0}")
    r.run(user_id="u", tags=[{"key": "k", "value": "v"}, {"key": "mlflow.user", "value": "w"}])
    r.get("runs/get", run_id="${r}")
    r.get("runs/get", run_uuid="${r}")
    r.get("runs/get", run_id="${r}", run_uuid="${r}")
    r.get("runs/get")
    r.get("runs/get", run_id="")
    r.get("runs/get", run_id=MISSING)
    r.get("runs/get", run_id="not hex '; --")
    r.post("runs/create", experiment_id="${e}", run_name="a", tags=[{"key": "mlflow.runName", "value": "b"}])
    r.post("runs/create", experiment_id="${e}", tags=[{"key": "mlflow.runName", "value": "by tag"}], start_time=5)
    r.post("runs/create", experiment_id="${e}", run_name="same", tags=[{"key": "mlflow.runName", "value": "same"}], start_time=5)  # fmt: skip
    r.post("runs/create", experiment_id="987654")
    r.post("runs/create", experiment_id="abc")
    r.post("runs/create", experiment_id=1)
    r.post("runs/create", ours=refused(WORDS))
    r.post("runs/create", experiment_id="${e}", tags=[{"value": "v"}], ours=either())
    r.post("runs/create", experiment_id="${e}", tags=[{"key": LONG, "value": "v"}], ours=either())
    r.post("runs/create", experiment_id="${e}", tags="none", ours=either())
    r.post("runs/create", experiment_id="${e}", start_time="soon")
    r.post("runs/create", experiment_id="${e}", start_time="12345", run_name="time as text")
    r.post("runs/create", experimentId="${e}", startTime=7, runName="camel", userId="c")
    r.post("runs/create", experiment_id="${e}", run_name="unknown fields", start_time=8, colour="red", nested={"a": [1]})
    r.post("runs/create", experiment_id="${e}", run_name="nulls", start_time=9, tags=None, user_id=None)
    r.post("runs/update", run_id="${r}", status="FINISHED", end_time=2000)
    r.get("runs/get", run_id="${r}")
    r.post("runs/update", run_id="${r}", run_name="renamed")
    r.get("runs/get", run_id="${r}")
    r.post("runs/set-tag", run_id="${r}", key="mlflow.runName", value="renamed by tag")
    r.get("runs/get", run_id="${r}")
    r.post("runs/update", run_uuid="${r}", run_id="${r}", status="RUNNING", end_time=2000)
    r.post("runs/update", run_id="${r}", status="SCHEDULED")
    r.post("runs/update", run_id="${r}", status="FAILED", end_time="3000")
    r.post("runs/update", run_id="${r}", status="KILLED", end_time=4000.0)
    r.post("runs/update", run_id="${r}")
    r.post("runs/update", run_id="${r}", status="BOGUS")
    r.post("runs/update", run_id="${r}", status=3)
    r.post("runs/update", run_id="${r}", end_time="x")
    r.post("runs/update", run_id=MISSING, status="FINISHED")
    r.post("runs/update", status="FINISHED")
    r.post("runs/delete", run_id="${r}")
    r.post("runs/delete", run_id="${r}")
    r.get("runs/get", run_id="${r}")
    for path, send in {"runs/log-metric": {"key": "m", "value": 1, "timestamp": 1}, "runs/log-parameter": {"key": "p", "value": "1"}, "runs/set-tag": {"key": "t", "value": "1"}, "runs/delete-tag": {"key": "k"}, "runs/log-batch": {"tags": [{"key": "t", "value": "1"}]}, "runs/update": {"run_name": "n"}, "runs/log-inputs": {"models": [{"model_id": "m-0"}]}, "runs/outputs": {"models": [{"model_id": "m-0", "step": 0}]}}.items():  # fmt: skip
        r.post(path, run_id="${r}", **send)
        r.post(path, run_id=MISSING, **send)
    r.post("runs/restore", run_id="${r}")
    r.post("runs/restore", run_id="${r}")
    r.get("runs/get", run_id="${r}")
    for path in ["runs/delete", "runs/restore"]:
        r.post(path, run_id=MISSING)
        r.post(path)
    r.get("runs/get", run_id="${n0}")


def tags_and_params(r):
    r.scenario("tags and params")
    r.experiment("tags and params")
    r.run()
    r.post("runs/set-tag", run_id="${r}", key="t", value="1")
    r.post("runs/set-tag", run_uuid="${r}", run_id="${r}", key="t", value="2")
    r.post("runs/set-tag", run_id="${r}", key="empty", value="")
    r.post("runs/set-tag", run_id="${r}", key="none")
    r.post("runs/set-tag", run_id="${r}", key="number", value=1)
    r.post("runs/set-tag", run_id="${r}", value="1")
    r.post("runs/set-tag", key="t", value="1")
    r.post("runs/set-tag", run_id="${r}", key="", value="1")
    r.post("runs/set-tag", run_id="${r}", key="long", value=long(8001))
    for key in [LONG, "a$b", "../a", "/a", "a//b", "a/../b", ".", "..", "a/.", "ok/b.c d:e-f_g", "日本", "a\nb", "a,b"]:
        r.post("runs/set-tag", run_id="${r}", key=key, value="1")
    r.post("runs/delete-tag", run_id="${r}", key="t")
    r.post("runs/delete-tag", run_id="${r}", key="t")
    r.post("runs/delete-tag", run_id="${r}")
    r.post("runs/log-parameter", run_id="${r}", key="p", value="3")
    r.post("runs/log-parameter", run_id="${r}", key="p", value="3")
    r.post("runs/log-parameter", run_id="${r}", key="p", value="4")
    r.post("runs/log-parameter", run_id="${r}", key="empty", value="")
    r.post("runs/log-parameter", run_id="${r}", key="none")
    r.post("runs/log-parameter", run_id="${r}", key="number", value=1)
    r.post("runs/log-parameter", run_id="${r}", value="1")
    r.post("runs/log-parameter", key="p", value="1")
    r.post("runs/log-parameter", run_id="${r}", key="long", value=long(6001))
    for key in [LONG, "a$b", "../a", "/a", "a//b", ".", "ok/b.c d:e-f_g", "日本", ""]:
        r.post("runs/log-parameter", run_id="${r}", key=key, value="1")
    r.get("runs/get", run_id="${r}")


def metrics(r):
    r.scenario("metrics")
    r.experiment("metrics")
    r.run()
    r.run("q", run_name="for what should not be kept")
    log = lambda ours=None, **o: r.post("runs/log-metric", ours=ours, **{"run_id": "${r}", "key": "m", "value": 0.5, "timestamp": 10, "step": 1, **o})  # noqa: E731
    odd = lambda **o: log(run_id="${q}", ours=either(), **o)  # noqa: E731
    log()
    log()
    log(value=0.25, timestamp=20, step=0)
    log(value=9, timestamp=10, step=1)
    log(value=-1, timestamp=5, step=-7)
    log(value=1e-300, timestamp=30, step=2**40)
    log(key="nan", value="NaN")
    log(key="inf", value="Infinity")
    log(key="minus inf", value="-Infinity")
    log(key="text", value="0.125")
    log(key="exponent", value="1e-5")
    log(key="int", value=7)
    log(key="huge", value=1.7976931348623157e308)
    log(key="tiny", value=5e-324)
    log(key="tenth", value=0.1)
    log(key="step text", step="12")
    log(key="step float", step=3.0)
    odd(key="step half", step=1.5)
    log(key="no step", step=None)
    log(key="time text", timestamp="99")
    log(key="step far", step=2**63 - 1)
    odd(key="step too far", step=2**63)
    odd(key="time too far", timestamp=2**63)
    log(value="abc")
    log(value=None)
    odd(value=True)
    log(value=[1])
    log(value="")
    odd(value="nan")
    odd(value="1e400")
    log(timestamp=None)
    log(timestamp=-1)
    log(timestamp="x")
    odd(timestamp=1.5)
    log(step="x")
    log(key=None)
    log(key="")
    log(key=1)
    log(run_id=None)
    for key in [LONG, "a$b", "../a", "/a", "a//b", ".", "ok/b.c d:e-f_g", "日本"]:
        log(key=key)
    r.get("runs/get", run_id="${r}")
    for key in ["m", "nan", "inf", "minus inf", "none"]:
        r.get("metrics/get-history", run_id="${r}", metric_key=key)
    r.get("metrics/get-history", run_uuid="${r}", run_id="${r}", metric_key="m", max_results=25000)
    r.get("metrics/get-history", run_id="${r}", metric_key="m", max_results=2, keep={"t": "next_page_token"})
    r.get("metrics/get-history", run_id="${r}", metric_key="m", max_results=2, page_token="${t}")
    r.get("metrics/get-history", run_id="${r}", metric_key="m", max_results=5)
    r.get("metrics/get-history", run_id="${r}", metric_key="m", max_results=0)
    r.get("metrics/get-history", run_id="${r}", metric_key="m", max_results=-1)
    r.get("metrics/get-history", run_id="${r}", metric_key="m", max_results="x", ours=either())
    r.get("metrics/get-history", run_id="${r}", metric_key="m", page_token="junk")
    r.get("metrics/get-history", run_id="${r}")
    r.get("metrics/get-history", metric_key="m")
    r.get("metrics/get-history", run_id=MISSING, metric_key="m")
    r.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id=["${r}", MISSING], metric_key="m")
    r.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id="${r}", metric_key="m", max_results=2)
    r.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", metric_key="m")
    r.get("/ajax-api/2.0/mlflow/metrics/get-history-bulk", run_id="${r}")


def batches(r):
    r.scenario("batches")
    r.experiment("batches")
    r.run()
    r.run("q", run_name="for what should not be kept")
    batch = lambda ours=None, **o: r.post("runs/log-batch", ours=ours, **{"run_id": "${r}", **o})  # noqa: E731
    metric = lambda **o: {"key": "m", "value": 1, "timestamp": 1, "step": 0, **o}  # noqa: E731
    batch()
    batch(metrics=[], params=[], tags=[])
    batch(
        metrics=[metric(), metric(step=1, value=2), metric(step=1, value=2), metric(key="n", value="NaN")],
        params=[{"key": "p", "value": "1"}],
        tags=[{"key": "t", "value": "1"}, {"key": "t", "value": "2"}],
    )
    r.get("runs/get", run_id="${r}")
    batch(params=[{"key": "p", "value": "1"}, {"key": "q", "value": ""}])
    batch(params=[{"key": "x", "value": "1"}, {"key": "p", "value": "5"}], tags=[{"key": "kept", "value": "no"}], metrics=[metric(key="kept")])  # fmt: skip
    batch(params=[{"key": "d", "value": "1"}, {"key": "d", "value": "1"}])
    batch(params=[{"key": "d", "value": "1"}, {"key": "d", "value": "2"}])
    batch(metrics=[metric(key="a$b")], tags=[{"key": "kept", "value": "no"}])
    batch(metrics=[{"key": "m", "value": 1, "step": 0}])
    batch(metrics=[{"key": "m", "timestamp": 1}])
    batch(metrics=[{"value": 1, "timestamp": 1}])
    batch(metrics=[metric(), metric(value="abc")], ours=refused())
    batch(metrics=[metric(timestamp=-1)])
    batch(metrics=[metric(key=LONG)])
    batch(metrics="none")
    batch(metrics=[1])
    batch(params=[{"value": "1"}])
    batch(params=[{"key": LONG, "value": "1"}])
    batch(params=[{"key": "long", "value": long(6001)}])
    batch(params=[{"key": "none"}])
    batch(tags=[{"value": "1"}])
    batch(tags=[{"key": LONG, "value": "1"}])
    batch(tags=[{"key": "long", "value": long(8001)}])
    batch(tags=[{"key": "a,b", "value": "1"}])
    many = lambda count, **o: [{"times": count, "of": {"key": "k#", **o}}]  # noqa: E731
    batch(metrics=many(1001, value=1, timestamp=1))
    batch(params=many(101, value=""))
    batch(tags=many(101, value=""))
    batch(metrics=many(1000, value=1, timestamp=1), tags=many(1, value=""))
    batch(run_id=None, tags=many(1, value=""))
    batch(run_id=None, run_uuid="${q}", tags=many(1, value=""), ours=either())
    r.get("runs/get", run_id="${r}")
    r.post("runs/log-model", run_id="${r}", model_json=json.dumps({"artifact_path": "model", "flavors": {"sklearn": {}}, "run_id": "x", "utc_time_created": "2024-01-01 00:00:00"}))  # fmt: skip
    r.post("runs/log-model", run_id="${r}", model_json=json.dumps({"artifact_path": "other", "flavors": {}, "utc_time_created": "2024-01-01 00:00:00"}))  # fmt: skip
    r.post("runs/log-model", run_id="${r}", model_json="{")
    r.post("runs/log-model", run_id="${r}", model_json=json.dumps({"flavors": {}}))
    r.post("runs/log-model", run_id="${r}")
    r.post("runs/log-model", run_id=MISSING, model_json=json.dumps({"artifact_path": "model", "run_id": "x", "flavors": {}, "utc_time_created": "2024-01-01 00:00:00"}))  # fmt: skip
    r.get("runs/get", run_id="${r}", ours="ours keeps what the client said of a model, all of it")


def requests(r):
    r.scenario("what a request may look like")
    r.experiment("requests")
    r.run()
    r.run("q", run_name="for what should not be kept")
    tag = '{"run_id":"${r}","key":"t","value":"1"}'
    raw = lambda raw, type="application/json", **o: r.do("POST runs/set-tag", raw=raw, type=type, **o)  # noqa: E731
    raw(tag)
    raw(tag, "application/json; charset=utf-8")
    raw(tag, "text/plain")
    raw(tag, "application/x-www-form-urlencoded")
    raw(tag, None)
    raw("")
    raw("{", ours=NO_OBJECT)
    raw("[]")
    raw("null", ours=NO_OBJECT)
    raw('"text"')
    raw("1")
    raw(tag.replace("${r}", "${q}")[:-1] + ',"key":"twice"}', ours=either())
    raw(tag + " trailing", ours=NO_OBJECT)
    raw('{"run_id":"${q}","key":"t","value":"\\ud800"}', ours=either())
    raw('{"run_id":"${r}","key":"escaped","value":"\\u0041\\u00e9\\ud83d\\ude00"}')
    raw('{"run_id":"${q}","key":"nul","value":"a\\u0000b"}', ours=refused("ours refuses what its database would cut off"))
    raw('{"run_id":["${r}"],"key":"t","value":"1"}')
    raw('{"run_id":{},"key":"t","value":"1"}')
    raw('{"run_id":true,"key":"t","value":"1"}')
    raw('{"runId":"${q}","key":"camel","value":"1"}', ours=either(why="ours may take what protocol buffers take"))
    raw('{"run_id":"${r}","run_uuid":null,"key":"null","value":"1"}')
    raw('{"run_id":"${q}","key":"t","value":"1","value":null}', ours=either())
    r.do("POST runs/log-metric", raw='{"run_id":"${r}","key":"exponent","value":1E+2,"timestamp":1e3}', type="application/json")  # fmt: skip
    r.do("POST runs/log-metric", raw='{"run_id":"${r}","key":"lead","value":01,"timestamp":1}', type="application/json", ours=NO_OBJECT)
    r.get("runs/get", run_id="${r}")
    r.do("GET runs/get?run_id=${r}&run_id=" + MISSING)
    r.do("GET runs/get?runId=${r}", ours=either(why="ours may take what protocol buffers take"))
    r.do("GET runs/get?run_id=${r}&colour=red&")
    r.do("GET experiments/get-by-name?experiment_name=req%75ests")
    r.do("GET experiments/get-by-name?experiment_name=with+plus")
    r.do("GET /ajax-api/2.0/mlflow/runs/get?run_id=${r}")
    r.do("GET nothing", ours={"why": HTML, "status": 404})
    r.do("POST nothing", send={}, ours={"why": HTML, "status": 404})
    r.do("GET /api/2.0/other", ours={"why": HTML, "status": 404})
    r.do("POST runs/get", send={}, ours={"why": HTML, "status": 405})
    r.do("GET runs/create", ours={"why": HTML, "status": 405})
    r.do("DELETE runs/create", send={}, ours={"why": HTML, "status": 405})
    r.do("GET runs/get/?run_id=${r}", ours=either(200, 404, why=HTML))
    r.do("GET /health")
    r.do("GET /version", ours="its own version")
    r.do("GET /api/3.0/mlflow/server-info", ours="its own features")


def run_search(r):
    r.scenario("searching runs")
    r.experiment("searching runs")
    accuracies = [0.9, 0.5, "NaN", None, -1e10, "Infinity"]
    for i, accuracy in enumerate(accuracies):
        r.run(f"r{i}", run_name="abcdef"[i], start_time=1000 + i, user_id="u", tags=[{"key": "mlflow.source.name", "value": f"{i}.py"}])  # fmt: skip
        metrics = [{"key": "acc", "value": accuracy, "timestamp": 1, "step": 0}] if accuracy is not None else []
        r.post("runs/log-batch", run_id=f"${{r{i}}}", metrics=metrics + [{"key": "odd key/1", "value": i, "timestamp": 1}], params=[{"key": "depth", "value": str(i)}, {"key": "Kind", "value": "Tree" if i % 2 else "forest"}], tags=[{"key": "even" if i % 2 == 0 else "odd", "value": "yes"}])  # fmt: skip
        r.post("runs/update", run_id=f"${{r{i}}}", status="FAILED" if i == 1 else "FINISHED", end_time=5000 - i)
    r.post("runs/log-inputs", run_id="${r2}", datasets=[{"tags": [{"key": "mlflow.data.context", "value": "train"}], "dataset": {"name": "flights", "digest": "abc", "source_type": "local", "source": "{}"}}])  # fmt: skip
    s = lambda filter="", **o: r.post("runs/search", **{"experiment_ids": ["${e}"], "filter": filter, "max_results": 10, **o})  # noqa: E731
    s()
    # What is found is told by the order alone from here on: the bodies are large.
    names = lambda filter="", ours=None, **o: r.brief("runs/search", ours=ours, **{"experiment_ids": ["${e}"], "filter": filter, "max_results": 10, **o})  # noqa: E731
    for filter in [
        "metrics.acc > 0.5", "metrics.acc >= 0.5", "metric.acc = 0.5", "metrics.acc = 5e-1", "metrics.acc != 0.5", "metrics.acc < 0",
        "metrics.acc <= -1e10", "metrics.acc > .1", "metrics.acc > -0.1", "metrics.acc>0.5", "metrics.`odd key/1` >= 4", 'metrics."odd key/1" = 0',
        "params.depth = '3'", 'param.depth = "3"', "parameters.depth != '3'", "parameter.depth = '1'", "params.Kind LIKE 'T%'", "params.Kind LIKE 't%'",
        "params.Kind ILIKE 't_ee'", "params.kind = 'Tree'", "params.none != 'x'", "tags.even = 'yes'", "tag.even != 'no'", "tags.even IS NULL",
        "tags.even IS NOT NULL", "params.none IS NULL", "params.depth is not null", "tags.mlflow.source.name = '2.py'", "tags.`mlflow.source.name` LIKE '%.py'",
        "attributes.status = 'FAILED'", "status != 'FAILED'", "status = 'failed'", "attribute.status ILIKE 'fin%'", "attr.run_name = 'a'", "run.run_name = 'b'",
        "`run name` = 'c'", "`Run name` = 'c'", "`Run Name` = 'c'", "run_name LIKE '%'", "run_name ILIKE 'A'", "run_id = '${r2}'", "run_id != '${r2}'", "attributes.run_id IN ('${r0}', '${r4}')",
        "run_id NOT IN ('${r0}','${r1}')", "run_id IN ('${r0}')", "start_time > 1003", "attributes.start_time = 1000", "created >= 1004", "Created < 1001", "end_time <= 4997",
        "user_id = 'u'", "artifact_uri LIKE '%${r3}%'", "dataset.name = 'flights'", "datasets.digest = 'abc'", "datasets.context = 'train'", "dataset.name LIKE 'f%' AND params.depth = '2'",
        "params.depth = '3' AND params.depth = '4'", "tags.even = 'yes' AND metrics.acc > 0 AND status = 'FINISHED'", "tags.even = 'yes' and tags.`mlflow.source.name` = '0.py'",
        "params.depth = '3' ", " params.depth   =   '3'", "params.depth='3'", "tags.\"even\" = 'yes'", "metrics.acc > 0.5 AND metrics.acc < 1",
    ]:  # fmt: skip
        names(filter)
    for filter in [
        "metrics.acc", "metrics.acc >", "metrics.acc > 'x'", "metrics.acc LIKE 'x'", "metrics.acc IS NULL", "params.a > '1'", "params.a = 1", "params.a = x", "a.b = 1",
        "nothing = 'x'", "status > 'A'", "metrics.a > 1 OR metrics.b > 1", "(metrics.a > 1)", "metrics.a BETWEEN 1 AND 2", "NOT metrics.a > 1", "   ",
        "params.a = 'unclosed", "start_time > 'x'", "start_time LIKE '1'", "run_name IN ('a')", "run_name > 'a'", "run_id IN ()", "run_id IN ('a', 1)", "metrics.a > 1; DROP TABLE runs", "1 = 1", "'x' = params.a",
        "params = 'x'", ".a = 'x'", "dataset.colour = 'x'", "dataset.name > 'x'", "tags.a == 'x'", "metrics.a <> 1", "params.a = 'it''s'", "tags.`a = 'x'", "inputs.a = 'x'",
    ]:  # fmt: skip
        names(filter)
    for filter in ["AND", "params.a = 'x' metrics.a > 1", "params.a = 'x' AND", "AND params.a = 'x'"]:
        names(filter, ours=refused())
    names("params. = 'x'", ours=either())
    for order in [
        ["metrics.acc"], ["metrics.acc ASC"], ["metrics.acc DESC"], ["metric.acc desc"], ["metrics.none"], ["metrics.none DESC"], ["params.depth"], ["params.depth DESC"], ["param.Kind", "start_time ASC"],
        ["tags.even", "start_time"], ["status", "run_name DESC"], ["attributes.status DESC", "attribute.start_time"], ["start_time asc"], ["end_time"], ["created"], ["metrics.`odd key/1` desc"],
        ["metrics.\"odd key/1\""], ["user_id", "start_time"], [], ["run_name"],
    ]:  # fmt: skip
        names(order_by=order)
    for order in [["accuracy"], ["metrics.acc UP"], [""], ["metrics"], ["metrics.acc DESC ASC"], ["dataset.name"], ["a.b"]]:
        names(order_by=order)
    names(order_by=["start_time", "start_time DESC"])
    names(order_by=["metrics.acc", "metrics.acc"])
    for size in [1, 3, 5, 6]:
        r.brief("runs/search", experiment_ids=["${e}"], max_results=size, order_by=["params.depth"], keep={"t": "next_page_token"})  # fmt: skip
        if size < 6:
            r.brief("runs/search", experiment_ids=["${e}"], max_results=size, order_by=["params.depth"], page_token="${t}")
    for size in [0, -1, 50001, "x", 50000]:
        names(max_results=size)
    names(max_results=None, ours=either(why="null is absent"))
    names(page_token="junk")
    names(page_token="")
    names(run_view_type="ALL")
    names(run_view_type="DELETED_ONLY")
    names(run_view_type="BOGUS")
    names(experiment_ids=[])
    names(experiment_ids=["987654"])
    names(experiment_ids=["abc"])
    names(experiment_ids=None)
    names(experiment_ids="${e}")


def inputs_and_outputs(r):
    r.scenario("inputs and outputs")
    r.experiment("inputs and outputs")
    r.run()
    r.run("r2", run_name="another")
    r.run("q", run_name="for what should not be kept")
    dataset = {"name": "flights", "digest": "abc", "source_type": "http", "source": '{"url":"u"}', "schema": "{}", "profile": '{"n":1}'}
    inputs = lambda *datasets, ours=None, **o: r.post("runs/log-inputs", ours=ours, **{"run_id": "${r}", "datasets": list(datasets), **o})  # noqa: E731
    inputs({"tags": [{"key": "mlflow.data.context", "value": "train"}], "dataset": dataset})
    inputs({"tags": [{"key": "mlflow.data.context", "value": "train"}], "dataset": dataset})
    inputs({"dataset": {**dataset, "name": "bare", "schema": None, "profile": None}})
    inputs({"tags": [{"key": "other", "value": "x"}], "dataset": {**dataset, "profile": '{"n":2}'}}, run_id="${r2}")
    inputs({"tags": [], "dataset": {**dataset, "digest": "def"}})
    r.get("runs/get", run_id="${r}")
    r.get("runs/get", run_id="${r2}")
    odd = lambda *datasets, **o: inputs(*datasets, run_id="${q}", ours=either(200, 400, 404), **o)  # noqa: E731
    inputs()
    inputs(run_id=None)
    odd({"tags": []})
    odd({"dataset": {"digest": "a", "source_type": "b", "source": "c"}})
    odd({"dataset": {"name": "a", "source_type": "b", "source": "c"}})
    odd({"dataset": {"name": "a", "digest": "b", "source": "c"}})
    odd({"dataset": {"name": "a", "digest": "b", "source_type": "c"}})
    inputs({"dataset": {**dataset, "name": long(501)}})
    inputs({"dataset": {**dataset, "digest": long(37)}})
    inputs({"tags": [{"key": long(256), "value": "v"}], "dataset": dataset})
    inputs({"tags": [{"key": "k", "value": long(501)}], "dataset": dataset})
    odd({"tags": [{"value": "x"}], "dataset": dataset})
    r.post("logged-models", experiment_id="${e}", name="m", keep={"m": "model.info.model_id"})
    inputs(models=[{"model_id": "${m}"}])
    inputs(models=[{"model_id": "${m}"}])
    odd(models=[{"model_id": "m-" + MISSING}])
    odd(models=[{}])
    r.post("runs/outputs", run_id="${r}", models=[{"model_id": "${m}", "step": 3}])
    r.post("runs/outputs", run_id="${r}", models=[{"model_id": "${m}", "step": 3}], ours=either(why=WORDS))
    r.post("runs/outputs", run_id="${r2}", models=[{"model_id": "${m}"}])
    r.post("runs/outputs", run_id="${q}", models=[{"step": 3}], ours=either(200, 400, 404))
    r.post("runs/outputs", run_id="${r}", models=[])
    r.post("runs/outputs", models=[{"model_id": "${m}", "step": 3}])
    r.post("runs/outputs", run_id="${r}", models=[{"model_id": "${m}", "step": "x"}], ours=refused(WORDS))
    r.get("runs/get", run_id="${r}")
    r.get("runs/get", run_id="${r2}")


def logged_models(r):
    r.scenario("logged models")
    r.experiment("logged models")
    r.run()
    create = lambda keep=None, ours=None, **o: r.post("logged-models", **{"experiment_id": "${e}", "name": "model", **o}, keep=keep, ours=ours)  # noqa: E731
    create({"m": "model.info.model_id"}, source_run_id="${r}", model_type="t", params=[{"key": "depth", "value": "8"}], tags=[{"key": "a", "value": "1"}])  # fmt: skip
    r.get("logged-models/${m}")
    create({"n": "model.info.model_id"}, name=None)
    create(name="")
    create(experiment_id=None)
    create(experiment_id="987654")
    create(experiment_id="abc")
    create(source_run_id=MISSING, ours=either(200, 404))
    for name in ["a/b", "a:b", "a.b", "a%b", 'a"b', "a'b", long(500)]:
        create(name=name)
    create(params=[{"key": "p", "value": long(6001)}])
    create(params=[{"key": LONG, "value": "v"}], ours=either())
    create(params=[{"key": "p", "value": "1"}, {"key": "p", "value": "2"}], ours=either(why=WORDS))
    create(params=[{"times": 101, "of": {"key": "p#", "value": ""}}])
    create(tags=[{"key": "t", "value": "1"}, {"key": "t", "value": "2"}], ours=either(why=WORDS))
    create(params=[{"value": "1"}], ours=either())
    r.get("logged-models/m-" + MISSING)
    r.patch("logged-models/m-" + MISSING, model_id="m-" + MISSING, status="LOGGED_MODEL_READY")
    r.patch("logged-models/${m}", model_id="${m}", status="LOGGED_MODEL_READY")
    r.patch("logged-models/${m}", model_id="${m}", status="LOGGED_MODEL_UPLOAD_FAILED")
    r.patch("logged-models/${m}", status="LOGGED_MODEL_READY")
    r.patch("logged-models/${n}", model_id="${n}", status="READY", ours=either())
    r.patch("logged-models/${m}", model_id="${m}")
    r.patch("logged-models/${m}/tags", model_id="${m}", tags=[{"key": "a", "value": "2"}, {"key": "b", "value": "3"}])
    r.patch("logged-models/${m}/tags", tags=[])
    r.patch("logged-models/${n}/tags", tags=[{"value": "2"}], ours=either())
    r.patch("logged-models/${n}/tags", tags=[{"key": "", "value": "2"}], ours=either())
    r.patch("logged-models/m-" + MISSING + "/tags", tags=[{"key": "a", "value": "2"}])
    r.post("logged-models/${m}/params", model_id="${m}", params=[{"key": "more", "value": "1"}])
    r.post("logged-models/${n}/params", params=[{"key": "depth", "value": "9"}], ours=either(why="the path says it"))
    r.post("logged-models/m-" + MISSING + "/params", model_id="m-" + MISSING, params=[{"key": "a", "value": "2"}])
    r.get("logged-models/${m}")
    r.do("DELETE logged-models/${m}/tags/a")
    r.do("DELETE logged-models/${m}/tags/a")
    r.do("DELETE logged-models/m-" + MISSING + "/tags/a")
    r.post("runs/log-metric", run_id="${r}", key="acc", value=0.5, timestamp=3, step=1, model_id="${m}", dataset_name="d", dataset_digest="1")  # fmt: skip
    r.post("runs/log-batch", run_id="${r}", metrics=[{"key": "acc", "value": 0.75, "timestamp": 4, "step": 2, "model_id": "${m}"}])  # fmt: skip
    r.post("runs/log-metric", run_id="${r}", key="acc", value=0.5, timestamp=3, step=1, model_id="m-" + MISSING, ours=either(200, 400, 404, why=WORDS))
    r.get("logged-models/${m}")
    r.get("runs/get", run_id="${r}")
    r.get("metrics/get-history", run_id="${r}", metric_key="acc")
    r.do("DELETE logged-models/${m}", send={"model_id": "${m}"})
    r.get("logged-models/${m}")
    r.do("DELETE logged-models/${m}", send={"model_id": "${m}"}, ours=either(200, 404))
    r.patch("logged-models/${m}", model_id="${m}", status="LOGGED_MODEL_READY", ours=either(200, 404))
    r.do("DELETE logged-models/m-" + MISSING)


def logged_model_search(r):
    any_digest = {"why": "the real server finds nothing for a dataset without a digest", "status": 200}
    r.scenario("searching logged models")
    r.experiment("searching logged models")
    r.run()
    r.post("runs/log-inputs", run_id="${r}", datasets=[{"dataset": {"name": "d", "digest": "1", "source_type": "local", "source": "{}"}}])  # fmt: skip
    for i, name in enumerate("abcd"):
        r.post("logged-models", experiment_id="${e}", name=name, source_run_id="${r}", model_type="T" if i < 2 else "U", params=[{"key": "i", "value": str(i)}], tags=[{"key": "t", "value": name}], keep={f"m{i}": "model.info.model_id"})  # fmt: skip
        if i != 3:
            r.post("runs/log-metric", run_id="${r}", key="acc", value=i * 0.25, timestamp=1, step=0, model_id=f"${{m{i}}}", dataset_name="d" if i == 2 else None, dataset_digest="1" if i == 2 else None)  # fmt: skip
            r.patch(f"logged-models/${{m{i}}}", model_id=f"${{m{i}}}", status="LOGGED_MODEL_READY")
    s = lambda filter=None, order="name", ours=None, **o: r.brief("logged-models/search", ours=ours, **{"experiment_ids": ["${e}"], "filter": filter, "order_by": [{"field_name": order}] if order else None, **o})  # noqa: E731
    r.post("logged-models/search", experiment_ids=["${e}"], max_results=2)
    s(order=None)
    for filter in ["name = 'b'", "name='b'", "name != 'b'", "name LIKE '%'", "name ILIKE 'B'", "model_type = 'T'", "model_id = '${m1}'", "model_id IN ('${m1}', '${m2}')", "source_run_id = '${r}'", "source_run_id IN ('${r}')",
                   "params.i = '2'", "params.i != '2'", "params.i LIKE '%'", "tags.t = 'd'", "tags.t != 'd'", "tags.none != 'd'", "metrics.acc >= 0.25", "metrics.acc = 0.5", "metrics.acc != 0.5", "creation_timestamp > 0", "creation_time > 0", "last_updated_timestamp > 0",
                   "name = 'a' AND params.i = '0'", "metrics.acc > 0 AND metrics.acc < 0.3", "", "attributes.name = 'a'"]:  # fmt: skip
        s(filter)
    s("status = 'READY'", ours={"why": "the real server compares with its number", "status": 200})
    for filter in ["name > 'x'", "nothing = 'x'", "name =", "name = 'a' OR name = 'b'", "creation_timestamp > 'x'", "   "]:  # fmt: skip
        s(filter)
    s("metrics.acc = 'x'")
    for filter in ["name = x", "param.i = '2'", "metric.acc > 0", "last_updated_time > 0"]:
        s(filter, ours=either(why="ours reads every filter alike"))
    for order in ["name", "creation_timestamp", "creation_time", "last_updated_timestamp", "metrics.acc", "metrics.none"]:
        r.brief("logged-models/search", experiment_ids=["${e}"], order_by=[{"field_name": order, "ascending": False}])
        r.brief("logged-models/search", experiment_ids=["${e}"], order_by=[{"field_name": order, "ascending": True}])
    for order in [[{"field_name": "colour"}], [{"field_name": "params.i"}], [{}], ["name"]]:
        ours = {"why": "ours says what it is instead of an object", "status": 400} if order == ["name"] else None
        r.brief("logged-models/search", experiment_ids=["${e}"], order_by=order, ours=ours)
    s("metrics.acc > 0", datasets=[{"dataset_name": "d"}], ours=any_digest)
    s("metrics.acc > 0", datasets=[{"dataset_name": "d", "dataset_digest": "2"}])
    s(datasets=[{"dataset_name": "d"}], ours=any_digest)
    s(datasets=[{"dataset_digest": "1"}])
    r.brief("logged-models/search", experiment_ids=["${e}"], order_by=[{"field_name": "name"}], max_results=3, keep={"t": "next_page_token"})  # fmt: skip
    r.brief("logged-models/search", experiment_ids=["${e}"], order_by=[{"field_name": "name"}], max_results=3, page_token="${t}")  # fmt: skip
    s(max_results=4)
    s(max_results=0, ours=either())
    s(max_results=-1, ours=either())
    s(max_results=51)
    s(max_results=100000)
    s(page_token="junk")
    s(experiment_ids=[])
    s(experiment_ids=["987654"])
    s(experiment_ids=None)


def registered_models(r):
    r.scenario("registered models")
    r.post("registered-models/create", name="rm", description="d", tags=[{"key": "a", "value": "1"}, {"key": "b"}])
    r.get("registered-models/get", name="rm")
    r.post("registered-models/create", name="rm")
    r.post("registered-models/create", name=long(257), ours=either())
    for name in ["", None, "a/b", "a:b", 7, long(256), "ü 日本 '\"%"]:
        r.post("registered-models/create", name=name)
    r.post("registered-models/create", name="rm tags", tags=[{"value": "1"}], ours=refused("ours says what is missing"))
    r.post("registered-models/create", name="rm tags", tags=[{"key": LONG, "value": "1"}])
    r.get("registered-models/get", name="none")
    r.get("registered-models/get")
    r.patch("registered-models/update", name="rm", description="new")
    r.patch("registered-models/update", name="rm", description="")
    r.patch("registered-models/update", name="rm")
    r.patch("registered-models/update", name="none", description="d")
    r.patch("registered-models/update", description="d")
    tag = lambda **o: r.post("registered-models/set-tag", **{"name": "rm", "key": "k", "value": "v", **o})  # noqa: E731
    tag()
    tag(value="w")
    tag(value="")
    tag(value=None)
    tag(key=None)
    tag(key="")
    tag(key=LONG)
    tag(key="a$b")
    tag(key="/a")
    tag(value=long(100_001))
    tag(name=None)
    tag(name="none")
    r.get("registered-models/get", name="rm")
    r.delete("registered-models/delete-tag", name="rm", key="k")
    r.delete("registered-models/delete-tag", name="rm", key="k")
    r.delete("registered-models/delete-tag", name="rm")
    r.delete("registered-models/delete-tag", name="none", key="k")
    r.do("DELETE registered-models/delete-tag?name=rm&key=a")
    r.post("registered-models/create", name="rm taken")
    r.post("registered-models/rename", name="rm", new_name="rm taken")
    r.post("registered-models/rename", name="rm", new_name="rm renamed")
    r.post("registered-models/rename", name="rm renamed", new_name="rm renamed")
    r.post("registered-models/rename", name="rm renamed", new_name="a/b")
    r.post("registered-models/rename", name="rm renamed")
    r.post("registered-models/rename", name="none", new_name="n")
    r.get("registered-models/get", name="rm")
    r.get("registered-models/get", name="rm renamed")
    r.delete("registered-models/delete", name="rm renamed")
    r.delete("registered-models/delete", name="rm renamed")
    r.delete("registered-models/delete")
    r.scenario("searching registered models")
    for suffix, tags in {"b": "x", "a": "x", "c": "y", "d": None}.items():
        r.post("registered-models/create", name=f"find-{suffix}", tags=[{"key": "k", "value": tags}] if tags else [])
    s = lambda filter="name LIKE 'find-%'", ours=None, keep=None, **o: r.found("registered-models/search", ours=ours, keep=keep, filter=filter, **o)  # noqa: E731
    s()
    mine = "name LIKE 'find-%' AND "
    for filter in ["name = 'find-a'", "name ILIKE 'FIND-A'", "name != 'find-a' AND name LIKE 'find-%'", mine + "tags.k = 'x'", mine + "tag.k LIKE 'y%'", mine + "tags.k != 'x'", mine + "tags.`k` = 'x'", mine + "tag.`mlflow.prompt.is_prompt` != 'true'", "name = 'none'", "name LIKE '%D'"]:  # fmt: skip
        s(filter)
    for filter in ["name > 'x'", "name", "name = x", "alias = 'x'", "timestamp > 1", "name = 'a' OR name = 'b'", "(name = 'a')", "metrics.a = 1", "   "]:  # fmt: skip
        s(filter)
    for order in [["name DESC"], ["name ASC"], ["timestamp"], ["timestamp DESC"], ["last_updated_timestamp ASC", "name"], ["name", "timestamp"]]:  # fmt: skip
        s(order_by=order)
    for order in [["colour"], ["name UP"], ["creation_timestamp"], [""]]:
        s(order_by=order)
    s(order_by=["name", "name DESC"])
    s(max_results=2, keep={"t": "next_page_token"})
    s(max_results=2, page_token="${t}")
    s(max_results=4)
    s("name IN ('a')", ours=either())
    s(max_results=0, ours=either())
    s(max_results=-1, ours=either())
    s(max_results=1001)
    s(max_results="x")
    s(page_token="junk")


def model_versions(r):
    r.scenario("model versions")
    r.experiment("model versions")
    r.run()
    r.post("registered-models/create", name="mv")
    r.post("registered-models/create", name="lenient")
    source = "mlflow-artifacts:/${e}/${r}/artifacts/model"
    create = lambda ours=None, **o: r.post("model-versions/create", ours=ours, **{"name": "mv", "source": source, "run_id": "${r}", **o})  # noqa: E731
    create(tags=[{"key": "t", "value": "1"}, {"key": "u"}], description="d", run_link="http://h/r")
    create()
    create(name="none")
    create(name=None)
    create(name="a/b")
    create(source=None)
    create(source="")
    lenient = lambda **o: create(name="lenient", ours=either(why="strict about sources since 3.17 only"), **o)  # noqa: E731
    lenient(run_id=None)
    lenient(run_id=MISSING)
    lenient(source="runs:/${r}/model")
    lenient(source="mlflow-artifacts:/0/other/artifacts/model")
    lenient(source="s3://bucket/model")
    for outside in ["/etc/passwd", "file:///etc/passwd", "relative/path", "mlflow-artifacts:/${e}/${r}/artifacts/../../x"]:
        create(name="lenient", source=outside, ours={"why": "ours says it in words of its own", "status": 400, "error_code": "INVALID_PARAMETER_VALUE"})  # fmt: skip
    create(tags=[{"value": "1"}], ours=refused("ours says what is missing"))
    create(tags=[{"key": LONG, "value": "1"}])
    r.post("logged-models", experiment_id="${e}", name="m", source_run_id="${r}", keep={"m": "model.info.model_id"})
    r.post("model-versions/create", name="mv", source="models:/${m}", model_id="${m}", keep={"v": "model_version.version"})
    r.post("model-versions/create", name="mv", source="models:/m-" + MISSING, model_id="m-" + MISSING)
    r.get("logged-models/${m}", ours="the client sets the tag itself")
    r.get("model-versions/get", name="mv", version="1")
    r.get("model-versions/get", name="mv", version="${v}")
    r.get("model-versions/get", name="mv", version="99")
    r.get("model-versions/get", name="mv", version="abc")
    r.get("model-versions/get", name="mv", version="-1")
    r.get("model-versions/get", name="mv", version="1.0")
    r.get("model-versions/get", name="mv")
    r.get("model-versions/get", version="1")
    r.get("model-versions/get", name="none", version="1")
    r.get("model-versions/get-download-uri", name="mv", version="1", ours={"why": "the pinned view of the version"})
    r.get("model-versions/get-download-uri", name="mv", version="${v}", ours={"why": "the pinned view of the version"})
    r.get("model-versions/get-download-uri", name="mv", version="99")
    r.get("model-versions/get-download-uri", name="mv", ours=refused("ours says what is missing"))
    r.patch("model-versions/update", name="mv", version="1", description="new")
    r.patch("model-versions/update", name="mv", version="1")
    r.patch("model-versions/update", name="mv", version="99", description="new")
    r.patch("model-versions/update", name="mv", description="new")
    r.patch("model-versions/update", name="mv", version=1, description="number")
    tag = lambda **o: r.post("model-versions/set-tag", **{"name": "mv", "version": "1", "key": "k", "value": "v", **o})  # noqa: E731
    tag()
    tag(value="w")
    tag(value="")
    tag(key=None)
    tag(value=None)
    tag(version=None)
    tag(version="99")
    tag(version="abc")
    tag(name="none")
    tag(key=LONG)
    tag(key="a$b")
    tag(value=long(100_001))
    r.get("model-versions/get", name="mv", version="1")
    r.delete("model-versions/delete-tag", name="mv", version="1", key="k")
    r.delete("model-versions/delete-tag", name="mv", version="1", key="k")
    r.delete("model-versions/delete-tag", name="mv", version="99", key="k")
    r.delete("model-versions/delete-tag", name="mv", version="1")
    r.get("registered-models/get", name="mv")
    r.delete("model-versions/delete", name="mv", version="2")
    r.delete("model-versions/delete", name="mv", version="2")
    r.delete("model-versions/delete", name="mv")
    r.get("model-versions/get", name="mv", version="2")
    create()
    r.delete("model-versions/delete", name="mv", version="4")
    create(ours="a number is never given twice")
    r.delete("model-versions/delete", name="mv", version="abc")
    r.scenario("searching model versions")
    r.experiment("searching model versions")
    r.post("registered-models/create", name="mvs")
    for i in range(3):
        r.run(f"r{i}", run_name=f"run {i}")
        r.post("model-versions/create", name="mvs", source=f"mlflow-artifacts:/${{e}}/${{r{i}}}/artifacts/model", run_id=f"${{r{i}}}")  # fmt: skip
    r.patch("model-versions/update", name="mvs", version="2", description="updated last")
    r.post("model-versions/set-tag", name="mvs", version="1", key="k", value="v")
    s = lambda filter="name = 'mvs'", ours=None, keep=None, **o: r.found("model-versions/search", ours=ours, keep=keep, filter=filter, **o)  # noqa: E731
    s()
    mine = "name = 'mvs' AND "
    for filter in ["name LIKE 'mv_'", "name ILIKE 'MVS'", "run_id = '${r1}'", "run_id IN ('${r1}', '${r0}')", "source_path = 'mlflow-artifacts:/${e}/${r2}/artifacts/model'", mine + "source_path LIKE '%${r2}%'", mine + "version_number > 1", mine + "version_number = 1", mine + "version_number != 1", mine + "version_number <= 2", mine + "tags.k = 'v'", mine + "tag.k != 'v'", mine + "tags.k LIKE '%'", "name = 'none'"]:  # fmt: skip
        s(filter)
    for filter in ["alias = 'x'", "current_stage = 'None'", "name > 'a'", "version_number = 'x'", "version_number LIKE '1'", "name = 'a' OR name = 'b'", "run_id > 'a'", "name = x", "run_id IN ()", "   "]:  # fmt: skip
        s(filter)
    for order in [["version_number"], ["version_number DESC"], ["name", "version_number ASC"], ["creation_timestamp"], ["creation_timestamp DESC"], ["last_updated_timestamp"], ["last_updated_timestamp DESC", "version_number"]]:  # fmt: skip
        s(order_by=order)
    for order in [["colour"], ["version"], ["version_number UP"]]:
        s(order_by=order)
    s(max_results=2, keep={"t": "next_page_token"})
    s(max_results=2, page_token="${t}")
    s(max_results=3)
    s("name IN ('a')", ours=either())
    s(max_results=0)
    s(max_results=-1)
    s(max_results=200_001)
    s(max_results=200_000)
    s(page_token="junk")


def aliases_and_stages(r):
    r.scenario("aliases and stages")
    r.experiment("aliases")
    r.run()
    r.post("registered-models/create", name="al")
    for _ in range(3):
        r.post("model-versions/create", name="al", source="mlflow-artifacts:/${e}/${r}/artifacts/model", run_id="${r}")
    alias = lambda **o: r.post("registered-models/alias", **{"name": "al", "alias": "champion", "version": "1", **o})  # noqa: E731
    alias()
    r.get("registered-models/alias", name="al", alias="champion")
    alias(version="2")
    alias(version="2")
    alias(alias="candidate", version="2")
    alias(alias="123", version="1")
    r.get("registered-models/alias", name="al", alias="champion")
    r.get("registered-models/get", name="al")
    r.get("model-versions/get", name="al", version="2")
    alias(version="99")
    alias(version="abc")
    alias(version=1)
    alias(name="none")
    for missing in ["name", "alias", "version"]:
        alias(**{missing: None})
    for reserved in ["latest", "LATEST", "Latest", "v1", "V2", "v1x", "a b", "a/b", "", long(256), long(255), "ü", "a.b-c_d", "a$"]:
        alias(alias=reserved)
    r.get("registered-models/alias", name="al", alias="none")
    r.get("registered-models/alias", name="none", alias="champion")
    r.get("registered-models/alias", name="al")
    r.get("registered-models/alias", alias="champion")
    r.delete("registered-models/alias", name="al", alias="candidate")
    r.delete("registered-models/alias", name="al", alias="candidate")
    r.delete("registered-models/alias", name="none", alias="candidate")
    r.delete("registered-models/alias", name="al")
    alias(alias="third", version="3")
    r.delete("registered-models/alias", name="al", alias="third")
    stage = lambda ours=None, **o: r.post("model-versions/transition-stage", ours=ours, **{"name": "al", "version": "1", "stage": "Production", "archive_existing_versions": False, **o})  # noqa: E731
    stage()
    stage(version="2", stage="staging")
    stage(version="3", archive_existing_versions=True)
    r.get("registered-models/get", name="al")
    r.get("model-versions/get", name="al", version="1")
    stage(version="2", stage="None", archive_existing_versions=True)
    stage(version="2", stage="None")
    stage(version="2", stage="Archived")
    stage(stage="Foo")
    stage(stage=None)
    stage(version="99")
    stage(version="abc")
    stage(name="none")
    stage(version=None)
    stage(archive_existing_versions="yes")
    stage(archive_existing_versions=None)
    latest = lambda **o: r.post("registered-models/get-latest-versions", **{"name": "al", **o})  # noqa: E731
    latest()
    latest(stages=["Production"])
    latest(stages=["production", "Archived"])
    latest(stages=["None"])
    latest(stages=["Foo"])
    latest(stages=[])
    latest(name="none")
    latest(name=None)
    r.get("registered-models/get-latest-versions", name="al", stages=["Production"])
    r.delete("model-versions/delete", name="al", version="2", ours={"why": "a version that an alias names stays", "status": 400})
    r.do("DELETE registered-models/delete", send={"name": "al"}, ours={"why": "a version that an alias names stays", "status": 400})  # fmt: skip


def artifacts(r):
    r.scenario("artifacts")
    r.experiment("artifacts")
    r.run()
    at = f"{A}/${{e}}/${{r}}/artifacts"
    put = lambda path, raw, **o: r.do(f"PUT {at}/{path}", raw=raw, **o)  # noqa: E731
    put("a.txt", "hello", type="text/plain")
    put("dir/b.json", '{"b":1}', type="application/json")
    put("dir/deep/c.bin", "0123456789", type="application/octet-stream")
    put("dir/empty", "")
    put("with%20space.txt", "space")
    put("%C3%BCn%C3%AF.txt", "unicode")
    put("a+b&c;d=e.txt", "raw")
    put("a.txt", "again", type="text/plain")
    list = lambda path=None, **o: r.do(f"GET {A}" + ("" if path is None else f"?path={path}"), **o)  # noqa: E731
    list("${e}/${r}/artifacts")
    list("${e}/${r}/artifacts/dir")
    list("${e}/${r}/artifacts/dir/")
    list("${e}/${r}/artifacts/dir/deep")
    list("${e}/${r}/artifacts/a.txt")
    list("${e}/${r}/artifacts/none")
    list("${e}")
    list("..")
    list("${e}/../..")
    list("/etc")
    list("%2Fetc")
    list("%2e%2e")
    list("a%00b", ours=either())
    list("file:///etc")
    get = lambda path, **o: r.do(f"GET {at}/{path}", headers=True, **o)  # noqa: E731
    get("a.txt")
    get("dir/b.json")
    get("dir/deep/c.bin")
    get("dir/empty")
    get("with%20space.txt")
    get("%C3%BCn%C3%AF.txt")
    get("a+b&c;d=e.txt")
    get("none.txt")
    get("dir", ours=either(400, 404, why="ours may say that there is no such file"))
    get("dir/", ours=either(400, 404, why="ours may say that there is no such file"))
    for range in ["bytes=2-5", "bytes=0-0", "bytes=5-", "bytes=-3", "bytes=0-100", "bytes=10-", "bytes=100-200"]:  # fmt: skip
        get("dir/deep/c.bin", **{"with": {"Range": range}})
    for range in ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4"]:
        get("dir/deep/c.bin", **{"with": {"Range": range}}, ours=either(200, 206, 400, 416, why="a server may ignore such a range"))
    for path in ["../x", "..%2Fx", "%2e%2e/x", "a/../../x", "a/%2e%2e/%2e%2e/x"]:
        get(path)
        put(path, "x")
    for path in ["a%5C..%5Cb", "%252e%252e/x", "nul/a%00b"]:
        get(path, ours=either(400, 404, why="ours decodes once"))
    put("nul/a%00b", "x", ours=either())
    r.do(f"DELETE {at}/nul")
    r.do(f"GET {A}//etc/passwd")
    r.do(f"GET {A}/%2Fetc/passwd")
    r.do(f"PUT {A}/%2Ftmp/x", raw="x")
    put("dir", "a file where a folder is")
    put("a.txt/below", "a folder where a file is")
    r.do(f"DELETE {at}/dir/deep/c.bin")
    r.do(f"DELETE {at}/dir/deep/c.bin")
    r.do(f"DELETE {at}/dir")
    r.do(f"DELETE {at}/none")
    r.do(f"DELETE {at}/..%2F..%2F..%2Fx")
    list("${e}/${r}/artifacts")
    r.get("artifacts/list", run_id="${r}")
    r.get("artifacts/list", run_id="${r}", path="dir")
    r.get("artifacts/list", run_id="${r}", path="..")
    r.get("artifacts/list", run_id="${r}", path="/etc")
    r.get("artifacts/list", run_id=MISSING)
    r.get("artifacts/list")
    r.do("GET /get-artifact?run_id=${r}&path=a.txt", headers=True)
    r.do("GET /get-artifact?run_id=${r}&path=none")
    r.do("GET /get-artifact?run_id=${r}&path=../a.txt")
    r.do("GET /get-artifact?run_id=${r}", ours={"why": HTML, "status": 400})
    r.do("POST /api/2.0/mlflow-artifacts/mpu/create/${e}/${r}/artifacts", send={"path": "big", "num_parts": 2})
    r.do("GET /api/2.0/mlflow-artifacts/presigned/${e}/${r}/artifacts/a.txt", ours=either(404, 501, why="not there, as the server-info says"))


# What a search finds, in its order, without the bodies.


def brief(r, path, /, keep=None, ours=None, **send):
    return r.do(f"POST {path}", send=send, keep=keep, ours=ours, only=["runs.info.run_name", "models.info.name"])


def found(r, path, /, keep=None, ours=None, **query):
    pairs = [(k, v) for k, vs in query.items() for v in (vs if isinstance(vs, list) else [vs])]
    query = "&".join(f"{k}={exchanges.quoted(str(v))}" for k, v in pairs)
    return r.do(f"GET {path}?{query}", keep=keep, ours=ours, only=["registered_models.name", "model_versions.version"])


Recorder.brief, Recorder.found = brief, found


def main():
    server = harness.registry(tempfile.mkdtemp())
    server.start()
    try:
        r = Recorder(server)
        for record in [experiments, experiment_search, runs, tags_and_params, metrics, batches, requests, run_search, inputs_and_outputs,
                       logged_models, logged_model_search, registered_models, model_versions, aliases_and_stages, artifacts]:  # fmt: skip
            record(r)
    finally:
        server.kill()
    write(r.scenarios)


def write(scenarios):
    """One step a line."""
    lines = []
    for name, steps in scenarios.items():
        body = ",\n".join(json.dumps(step, ensure_ascii=False, separators=(",", ":")) for step in steps)
        lines.append(f"{json.dumps(name)}: [\n{body}\n]")
    OUTPUT.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    count = sum(map(len, scenarios.values()))
    print(f"{count} exchanges, {OUTPUT.stat().st_size // 1000} KB")
    for name, steps in scenarios.items():
        for step in steps:
            if (step["status"] >= 500 or "text" in step and step["status"] >= 400) and "ours" not in step:
                print(f"{name}: {step['do']} {step.get('send', step.get('raw', ''))} answered {step['status']}")


if __name__ == "__main__":
    main()
