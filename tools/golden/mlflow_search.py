"""What MLflow's own SQL stores answer to searches, for the tests of Registry.

A small world is written into a store's tables as its own log calls would, then each query is asked through the store.
No server runs. The world, the queries and the answers go into one file; the test loads the same world into Leeway's
tables and demands the same ids in the same order.

Where Leeway answers otherwise on purpose, the query says `ours` (ids, or "error") and `why`; `words` are the words of
an error that both must begin with.
"""

import argparse
import json
import logging
import tempfile
from pathlib import Path

from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.dbmodels.models import (
    SqlModelVersion,
    SqlModelVersionTag,
    SqlRegisteredModel,
    SqlRegisteredModelTag,
)
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as ModelStore
from mlflow.store.tracking.dbmodels.models import (
    SqlDataset,
    SqlExperiment,
    SqlExperimentTag,
    SqlInput,
    SqlInputTag,
    SqlLatestMetric,
    SqlLoggedModel,
    SqlLoggedModelMetric,
    SqlLoggedModelParam,
    SqlLoggedModelTag,
    SqlParam,
    SqlRun,
    SqlTag,
)
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore

GOLDEN = Path(__file__).resolve().parents[2] / "Tests" / "RegistryTests" / "Golden"
LARGEST_REAL = 1.7976931348623157e308
VIEWS = {"active": ViewType.ACTIVE_ONLY, "deleted": ViewType.DELETED_ONLY, "all": ViewType.ALL}
STATUS = {"LOGGED_MODEL_PENDING": 1, "LOGGED_MODEL_READY": 2, "LOGGED_MODEL_UPLOAD_FAILED": 3}
PROMPT = "mlflow.prompt.is_prompt"


def run(number, experiment, name, *, start=None, end=None, status="FINISHED", user="ada", stage="active",
        metrics=None, params=None, tags=None, datasets=()):
    """`metrics` are latest values, `datasets` triples of name, digest and context."""
    identifier = f"{number:032x}"
    return {
        "id": identifier, "experiment": experiment, "name": name, "user": user, "status": status,
        "start": start, "end": end, "stage": stage,
        "artifact_uri": f"mlflow-artifacts:/{experiment}/{identifier}/artifacts",
        "metrics": metrics or {}, "params": params or {}, "tags": {"mlflow.runName": name, **(tags or {})},
        "datasets": [list(dataset) for dataset in datasets],
    }


def model(number, experiment, name, created, *, updated=None, status="LOGGED_MODEL_READY", kind=None, source=None,
          stage="active", metrics=(), params=None, tags=None):
    """`metrics` are rows of key, value, timestamp, step, run, dataset name, dataset digest."""
    return {
        "id": f"m-{number:032x}", "experiment": experiment, "name": name, "created": created,
        "updated": updated or created, "status": status, "type": kind, "source_run": source, "stage": stage,
        "metrics": [list(row) for row in metrics], "params": params or {}, "tags": tags or {},
    }


R1, R2, R3 = (f"{n:032x}" for n in (1, 2, 3))

WORLD = {
    "experiments": [
        {"id": 1, "name": "fraud-detection-v2", "created": 1000, "updated": 5000, "stage": "active",
         "tags": {"team": "risk", "mlflow.note.content": "Ørsted's notes", "odd key/with:all": "1"}},
        {"id": 2, "name": "Fraud_Old", "created": 2000, "updated": 2000, "stage": "active",
         "tags": {"team": "Risk"}},
        {"id": 3, "name": "100% churn", "created": 2000, "updated": 9000, "stage": "active", "tags": {}},
        {"id": 4, "name": "gone", "created": 4000, "updated": 4500, "stage": "deleted", "tags": {"team": "risk"}},
        {"id": 5, "name": "ÅRSRAPPORT", "created": 500, "updated": 500, "stage": "active",
         "tags": {"team": "", "x.y.z": "dotted"}},
    ],
    "runs": [
        run(1, 1, "stately-dolphin-72", start=100, end=900,
            metrics={"auc": 0.91, "loss": 0.5, "val loss": 0.4, "steps": 10, "mlflow/loss.total": 1.0},
            params={"lr": "0.05", "model_type": "xgboost", "max depth": "8", "quote": "it's"},
            tags={"mlflow.source.name": "train.py", "team": "risk", "like": "100%_done", "ünïcode": "Ærø"},
            datasets=[("flights", "d1", "training"), ("flights-small", "d2", "eval")]),
        run(2, 1, "Stately-Dolphin-73", start=200, end=800, user="grace",
            metrics={"auc": 0.95, "loss": "NaN", "val loss": 0.2, "steps": 20},
            params={"lr": "0.1", "model_type": "XGBoost", "quote": 'say "hi"'},
            tags={"mlflow.source.name": "Train.py", "team": "Risk", "like": "100x-done", "ünïcode": "ÆRØ"},
            datasets=[("flights", "d3", "training")]),
        run(3, 1, "bold [*] run?", start=300, status="RUNNING",
            metrics={"auc": "NaN", "loss": "Infinity", "steps": -5},
            params={"lr": "", "model_type": "sklearn"},
            tags={"mlflow.source.name": "nb.ipynb", "like": "a*b?c[d]", "odd key/with:all": "odd"}),
        run(4, 1, "no metrics", start=300, status="FAILED", user="Ada", tags={"team": "risk", "n": "10"}),
        run(5, 1, "infinitely low", start=250, end=250, status="KILLED",
            metrics={"auc": "-Infinity", "loss": 0.0, "steps": 1e15},
            params={"lr": "1e-3"}, tags={"team": "ops", "n": "9", "multi": "line one\nline two"}),
        run(6, 1, "started at once", start=0, status="SCHEDULED", metrics={"auc": 0.91, "loss": -0.0},
            tags={"mlflow.parentRunId": R1}),
        run(7, 1, "deleted run", start=400, end=500, stage="deleted", metrics={"auc": 0.99}, params={"lr": "0.05"},
            tags={"team": "risk"}),
        run(8, 2, "elsewhere", start=150, end=151, metrics={"auc": 0.5, "loss": 0.7}, params={"lr": "0.05"},
            tags={"team": "risk"}, datasets=[("Flights", "d1", "Training")]),
        run(9, 2, "ΣΊΣΥΦΟΣ", start=160, metrics={"auc": 1e-9}, tags={"team": "τέχνη"}),
        run(10, 3, "twin", start=100, metrics={"auc": 0.7}),
        run(11, 3, "twin", start=100, metrics={"auc": 0.7}),
    ],
    "registered_models": [
        {"name": "fraud-detector", "created": 10, "updated": 50, "tags": {"tier": "1", "owner": "ada"}},
        {"name": "Fraud-Detector", "created": 20, "updated": 40, "tags": {"tier": "2"}},
        {"name": "churn 100%", "created": 30, "updated": 40, "tags": {}},
        {"name": "it's", "created": 40, "updated": 60, "tags": {"owner": "grace", "a b": "c"}},
        {"name": "a prompt", "created": 50, "updated": 10, "tags": {PROMPT: "true", "tier": "1"}},
        {"name": "no prompt", "created": 60, "updated": 10, "tags": {PROMPT: "false"}},
    ],
    "model_versions": [
        {"model": "fraud-detector", "version": 1, "created": 11, "updated": 50, "source": "models:/m-1", "run": R1,
         "tags": {"validated": "yes", "k v": "w"}},
        {"model": "fraud-detector", "version": 2, "created": 12, "updated": 50, "source": "models:/m-2", "run": R2,
         "tags": {"validated": "no"}},
        {"model": "fraud-detector", "version": 10, "created": 13, "updated": 30, "source": "s3://b/Path_1", "run": "",
         "tags": {}},
        {"model": "Fraud-Detector", "version": 1, "created": 11, "updated": 50, "source": "s3://b/path-1", "run": R1,
         "tags": {"validated": "yes"}},
        {"model": "churn 100%", "version": 3, "created": 9, "updated": 99, "source": "runs:/x/model", "run": R3,
         "tags": {"validated": "YES"}},
        {"model": "a prompt", "version": 1, "created": 9, "updated": 99, "source": "prompt", "run": "",
         "tags": {PROMPT: "true"}},
        {"model": "a prompt", "version": 2, "created": 9, "updated": 99, "source": "prompt", "run": "", "tags": {}},
    ],
    "logged_models": [
        model(1, 1, "model", 100, kind="xgboost", source=R1, params={"lr": "0.05"}, tags={"team": "risk"},
              metrics=[("auc", 0.7, 10, 0, R1, "flights", "d1"), ("auc", 0.8, 20, 0, R1, "flights", "d2"),
                       ("loss", 0.3, 10, 0, R1, "", "")]),
        model(2, 1, "Model", 200, updated=900, kind="sklearn", source=R2, params={"lr": "0.1", "max depth": "3"},
              tags={"team": "Risk", "mlflow.x y": "z"},
              metrics=[("auc", 0.9, 10, 0, R2, "flights", "d1"), ("auc", 0.75, 5, 9, R2, "other", "d9")]),
        model(3, 1, "model", 300, status="LOGGED_MODEL_PENDING", source=R2,
              metrics=[("auc", 0.6, 10, 3, R2, "", ""), ("auc", 0.65, 10, 4, R2, "", "")]),
        model(4, 1, "model_b", 300, status="LOGGED_MODEL_UPLOAD_FAILED", kind="Ærø"),
        model(5, 2, "model", 50, kind="xgboost", source="", metrics=[("auc", 0.99, 1, 1, R1, "flights", "d1")]),
        model(6, 1, "model", 400, stage="deleted", kind="xgboost"),
    ],
}

RUNS = [
    # Metrics.
    "", "metrics.auc > 0.9", "metric.auc >= 0.91", "metrics.auc=0.91", "metrics.auc != 0.91", "metrics.auc < 0.95",
    "metrics.auc <= 0.95", "metrics.loss = 0", "metrics.loss != 0", "metrics.loss >= 0", "metrics.loss <= 0",
    "metrics.loss < 1e300", "metrics.loss > 1e300", "metrics.auc < -1e300", "metrics.auc > 1e-1", "metrics.auc > .1",
    "metrics.auc > -0.1", "metrics.steps = 1E15", "metrics.steps < 0", "metrics.steps = -5", "metrics.steps=10",
    "metrics.`val loss` < 0.3", 'metrics."val loss" < 0.3', "metrics.missing > 0", "metrics.missing != 0",
    "metrics.auc > 0.9 AND metrics.loss < 1", "metrics.auc > 0.9 and metrics.loss < 1",
    "metrics.auc>0.9 AnD metrics.`val loss`>0.3", 'metrics."mlflow/loss.total" = 1',
    "metrics.auc > 0\nAND metrics.auc < 1",
    "  metrics.auc > 0.9  ", "metrics . auc > 0.9", "metrics.auc > 00.9", "metrics.auc > 0.", "metrics.auc > 1e400",
    # Parameters and tags.
    "params.lr = '0.05'", 'params.lr = "0.05"', "param.lr = '0.05'", "parameter.lr = '0.05'",
    "parameters.lr = '0.05'",
    "params.lr != '0.05'", "params.lr = ''", "params.lr LIKE '0%'", "params.lr LIKE '_.1'", "params.lr IS NULL",
    "params.lr IS NOT NULL", "params.lr is not null", "params.lr is null AND metrics.auc > 0",
    "params.model_type LIKE 'XG%'", "params.model_type ILIKE 'XG%'", "params.model_type ilike '%BOOST'",
    "params.model_type like 'xg%'", "params.`max depth` = '8'", 'params."max depth" = \'8\'',
    'params.quote = "it\'s"',
    "params.quote = 'say \"hi\"'", "params.quote LIKE '%\"%'", "tags.team = 'risk'", "tag.team = 'risk'",
    "tags.team != 'risk'", "tags.team LIKE '%isk'", "tags.team ILIKE 'RISK'", "tags.team ILIKE 'ri_k'",
    "tags.team IS NULL", "tags.team IS NOT NULL AND tags.team != 'risk'", "tags.mlflow.source.name = 'train.py'",
    "tags.`mlflow.source.name` ILIKE 'TRAIN.PY'", "tags.like LIKE '100%'", "tags.like LIKE '100__done'",
    "tags.like LIKE '100%done'", "tags.like LIKE 'a*b?c[d]'", "tags.like LIKE 'a*%'", "tags.like LIKE '*'",
    "tags.like LIKE '%[d]'", "tags.like LIKE '%'", "tags.like LIKE ''", "tags.like LIKE '%%%'",
    "tags.like LIKE '_%_'",
    "tags.like ILIKE 'A*B?C[D]'", "tags.`ünïcode` = 'Ærø'", "tags.`ünïcode` LIKE '_rø'", "tags.`ünïcode` LIKE 'Æ%'",
    "tags.`odd key/with:all` = 'odd'", 'tags."odd key/with:all" = "odd"', "tags.multi LIKE 'line%two'",
    "tags.n > '1'", "tags.`mlflow.parentRunId` = '" + R1 + "'", "tags.team LIKE 'r%' AND tags.team LIKE '%k'",
    "tags.team = 'risk' AND params.lr = '0.05' AND metrics.auc > 0.9 AND attributes.status = 'FINISHED'",
    # Attributes.
    "status = 'FINISHED'", "attributes.status = 'FINISHED'", "attribute.status != 'FINISHED'",
    "attr.status = 'RUNNING'", "run.status LIKE 'F%'", "status ILIKE 'finished'", "user_id = 'ada'",
    "user_id ILIKE 'ADA'",
    "run_id = '" + R1 + "'", f"run_id IN ('{R1}', '{R3}')", f'run_id in ("{R1}","{R2}")', f"run_id NOT IN ('{R1}')",
    f"attributes.run_id not in ('{R1}' , '{R2}')", f"run_id IN ('{R1}')", f"run_id IN ('{R1}',)",
    "run_name = 'twin'", "run_name LIKE '%olphin%'", "run_name ILIKE 'STATELY%'", "`run name` = 'no metrics'",
    'attributes."Run name" = \'no metrics\'', "attributes.`Run Name` LIKE 'no%'", "run_name LIKE 'bold [*] run?'",
    "artifact_uri LIKE 'mlflow-artifacts:/2/%'", "start_time > 200", "attributes.start_time <= 200", "created >= 300",
    "attributes.Created < 200", "end_time != 900", "end_time > 0", "start_time = 1e2", "start_time > 99.5",
    "start_time > 99999999999999999", "start_time > -1",
    # Datasets.
    "dataset.name = 'flights'", "datasets.name LIKE 'flights%'", "dataset.name ILIKE 'FLIGHTS'",
    "dataset.digest = 'd1'",
    "dataset.context = 'training'", "dataset.context ILIKE 'TRAIN%'", "dataset.name != 'flights'",
    "dataset.name IN ('flights', 'none')", "dataset.digest NOT IN ('d1')",
    "dataset.name = 'flights' AND dataset.context = 'eval'",
]

ODD_RUNS = [
    "tags.`ünïcode` ILIKE 'ærø'", "run_name ILIKE 'σίσυφο%'", "params.quote = 'it''s'", "params.quote = 'it\\'s'",
    "metrics.auc > +0.9", "start_time > 99999999999999999999",
]
BAD_RUNS = [
    " ", "\t\n", "garbage", "metrics.auc", "metrics.auc >", "> 0.9", "metrics.auc > '0.9'", "metrics.auc > abc",
    "metrics.auc LIKE 'x'", "metrics.auc == 0.9", "metrics.auc <> 0.9", "metrics.auc > 0.9 OR metrics.loss < 1",
    "NOT metrics.auc > 0.9", "(metrics.auc > 0.9)", "metrics.auc BETWEEN 0 AND 1", "metrics.auc IS NULL",
    "metrics.auc IN (1, 2)", "status IS NULL", "params.lr = 0.05", "params.lr > '0.05'", "params.lr = abc",
    "params.lr IN ('a')", "tags.team = risk", "tags.team = 1", "tags.team = `risk`", "foo.bar = 'x'", "bogus = 'x'",
    "attributes.bogus = 'x'", "attributes.lifecycle_stage = 'active'", "experiment_id = '1'", "status = FINISHED",
    "status > 'A'", "status IN ('FINISHED')", "run_id IN ()", "run_id IN (1, 2)", "run_id IN ('a', 2)",
    "run_id IN 'a'", "start_time = 'abc'", "start_time LIKE '1%'", "start_time IN (1)", "run_name NOT LIKE 'a%'",
    "dataset.foo = 'x'", "dataset.name = 1", "dataset.name > 'a'", "dataset.name IS NULL",
    "metrics.auc > 0.9; metrics.loss > 1",
    "metrics.auc > 1 -- comment", "metrics.auc > 0.9 metrics", "metrics.auc > 0.9 AND status", "'a' = 'a'", "1 = 1",
    "status = 'FINISHED", "tags.`team = 'risk'", "metrics.auc > 0.9 AND AND metrics.loss < 1",
    "metrics.auc > 0.9 AND",
    "AND metrics.auc > 0.9", "metrics.auc > 0.9 metrics.loss < 1", "metrics.auc > 0.9 < 1", "metrics. > 1",
    "metrics.`` > 1",
    ".auc > 1", "metrics..auc > 1", "run_id IN ('a'", "run_id IN 'a')", "run_id NOT IN", "params.lr IS",
    "params.lr IS NOT",
    "params.lr IS 'x'", "params.lr = NULL", "status = 'a' 'b'", "metrics.auc > 0x10", "metrics.auc > 1.2.3",
    "metrics.auc > nan",
    "metrics.auc > -inf", "status = ''' OR 1=1 --'", "tags.a = 'b'; DROP TABLE run", "metrics.auc > 1)", "*", "%",
    "'", '"', "`", "\x00",
]

RUN_ORDERS = [
    ["metrics.auc"], ["metrics.auc ASC"], ["metrics.auc DESC"], ["metrics.auc desc"], ["metric.loss"],
    ["metrics.loss DESC"],
    ["metrics.`val loss`"], ['metrics."val loss" DESC'], ["metrics.missing"], ["params.lr"], ["params.lr DESC"],
    ["param.`max depth`"], ["tags.team"], ["tags.team DESC", "metrics.auc ASC"], ["tags.n"],
    ["tag.`mlflow.source.name` DESC"],
    ["tags.mlflow.source.name"], ["start_time"], ["start_time ASC"], ["attributes.start_time DESC"], ["created ASC"],
    ["attribute.end_time"], ["end_time DESC"], ["status", "user_id DESC"], ["run_name"],
    ["attributes.run_name DESC"], ["run_id DESC"],
    ["artifact_uri"], ["user_id", "start_time ASC"], ["metrics.auc DESC", "metrics.loss DESC", "params.lr"], [],
]
BAD_RUN_ORDERS = [
    ["metrics.auc sideways"], ["bogus"], ["foo.bar"], ["metrics.auc ASC DESC"], [""], [" "],
    ["metrics.auc, metrics.loss"],
    ["metrics.auc", "metrics.auc DESC"], ["start_time", "created"], ["dataset.name"], ["'metrics.auc'"], ["1"],
    ["metrics.auc >"],
    ["params.max depth"], ["metrics.`auc"], ["experiment_id"], ["ASC"], ["metrics.auc; DROP TABLE run"],
]

EXPERIMENTS = [
    "", "name = 'gone'", "name = 'fraud-detection-v2'", "name != 'Fraud_Old'", "name LIKE 'fraud%'",
    "name ILIKE 'FRAUD%'",
    "name LIKE 'Fraud_Old'", "name LIKE '100%%'", "name LIKE '%_Old'", "attribute.name = 'Fraud_Old'",
    "name='Fraud_Old'",
    "experiment_id = '1'", "experiment_id IN ('1', '3')", "experiment_id NOT IN ('1', '3')", "experiment_id != '2'",
    "creation_time > 1000", "creation_time = 2000", "creation_time != 2000", "last_update_time >= 5000",
    "last_update_time < 5000 AND creation_time > 600",
    "tags.team = 'risk'", "tag.team != 'risk'", "tags.team ILIKE 'risk'", "tags.team LIKE '%'", "tags.team IS NULL",
    "tags.team IS NOT NULL",
    "tags.`odd key/with:all` = '1'", "tags.x.y.z = 'dotted'", "tags.`mlflow.note.content` LIKE \"%'s%\"",
    "tags.team = ''",
]
BAD_EXPERIMENTS = [
    " ", "bogus = 'x'", "metrics.a > 1", "params.a = '1'", "attr.name = 'x'", "name > 'x'", "name IN ('a')",
    "name = 1", "name IS NULL",
    "experiment_id = 'abc'", "experiment_id LIKE '1%'", "experiment_id > '1'", "experiment_id = 1",
    "creation_time = 'x'", "creation_time > 1.5", "creation_time LIKE '1'",
    "tags.team > 'a'", "tags.team IN ('a')", "tags.team = 1", "name = 'a' OR name = 'b'", "name", "name =",
]
EXPERIMENT_ORDERS = [
    ["name"], ["name DESC"], ["creation_time"], ["creation_time ASC", "name DESC"], ["last_update_time DESC"],
    ["experiment_id"],
    ["experiment_id DESC"], ["attribute.name ASC"], [],
]
BAD_EXPERIMENT_ORDERS = [
    ["name", "name DESC"], ["bogus"], ["tags.team"], ["name down"], ["metrics.a"], ["name, experiment_id"],
]

MODELS = [
    "", "name = 'fraud-detector'", "name != 'fraud-detector'", "name LIKE 'fraud%'", "name ILIKE 'fraud%'",
    "name LIKE '%\\%'",
    "name LIKE '%100%'", 'name = "it\'s"', "name IN ('fraud-detector', 'churn 100%')",
    "name NOT IN ('fraud-detector')", "name='fraud-detector'",
    "attribute.name = 'fraud-detector'", "tags.tier = '1'", "tag.tier != '1'", "tags.tier LIKE '_'",
    "tags.owner ILIKE 'ADA'",
    "tags.tier = '1' AND tags.owner = 'ada'", "tags.tier != '1' AND tags.tier != '3'", "tags.`a b` = 'c'",
    "tags.none != 'x'",
    f"tag.`{PROMPT}` != 'true'", f"tag.`{PROMPT}` = 'true'", f"tag.`{PROMPT}` = 'false'",
    f"tag.`{PROMPT}` != 'false'", f"tags.{PROMPT} = 'TRUE'",
    f"name LIKE '%a%' AND tag.`{PROMPT}` != 'true'", f"tags.tier = '1' AND tag.`{PROMPT}` = 'true'",
    f"tag.`{PROMPT}` LIKE 'tr%'",
    f"tag.`{PROMPT}` != 'true' AND tags.tier != '2'",
]
BAD_MODELS = [
    " ", "bogus = 'x'", "metrics.a > 1", "name > 'x'", "name = 1", "name = fraud", "name IS NULL",
    "tags.tier IS NULL", "tags.tier > '1'",
    "tags.tier = 1", "tags.tier IN ('1')", "name IN ()", "name IN (1)", "name = 'a' OR name = 'b'",
    "creation_timestamp > 1", "aliases = 'champion'",
]
MODEL_ORDERS = [
    ["name"], ["name DESC"], ["timestamp"], ["timestamp ASC", "name DESC"], ["timestamp DESC"],
    ["last_updated_timestamp"],
    ["last_updated_timestamp DESC"], [],
]
BAD_MODEL_ORDERS = [
    ["creation_timestamp"], ["tags.tier"], ["name up"], ["timestamp", "last_updated_timestamp DESC"],
    ["name", "name"], ["bogus ASC"],
]

VERSIONS = [
    "", "name = 'fraud-detector'", "name='fraud-detector' and version_number = 2", "version_number > 1",
    "version_number != 1", "version_number <= 2",
    "version_number = '10'", "name LIKE '%detector'", "name ILIKE '%DETECTOR'",
    "name IN ('fraud-detector', 'churn 100%')", "name NOT IN ('fraud-detector')",
    f"run_id = '{R1}'", f"run_id IN ('{R1}', '{R3}')", f"run_id != '{R1}'", "run_id = ''",
    "source_path = 'models:/m-1'", "source_path LIKE 's3://b/path_1'",
    "source_path ILIKE 's3://b/PATH_1'", "source_path != 'models:/m-1'", "tags.validated = 'yes'",
    "tag.validated != 'yes'", "tags.validated ILIKE 'yes'",
    "tags.`k v` = 'w'", "tags.none != 'x'", f"tag.`{PROMPT}` = 'true'", f"tag.`{PROMPT}` != 'true'",
    f"name = 'a prompt' AND tag.`{PROMPT}` = 'true'",
    f"name = 'a prompt' AND tag.`{PROMPT}` != 'false'", "name = 'a prompt'", "attribute.name = 'fraud-detector'",
]
BAD_VERSIONS = [
    " ", "bogus = 'x'", "alias = 'champion'", "current_stage = 'Production'", "metrics.a = 1", "name > 'a'",
    "version_number = 'x'", "version_number LIKE '1'",
    "version_number > 1.5", "name = 1", "source_path IN ('a')", "tags.validated IS NULL", "tags.validated > 'a'",
    "name = 'a' OR name = 'b'", "run_id IN ()",
]
VERSION_ORDERS = [
    ["name"], ["name DESC"], ["version_number"], ["version_number DESC", "name ASC"], ["creation_timestamp"],
    ["last_updated_timestamp DESC"],
    ["attribute.name", "version_number ASC"], ["creation_timestamp DESC", "version_number ASC"], [],
]
BAD_VERSION_ORDERS = [
    ["bogus"], ["timestamp"], ["run_id"], ["name", "name DESC"], ["version_number up"], ["tags.validated"],
]

LOGGED = [
    "", "name = 'model'", "name='model'", "name = 'model' AND model_type = 'xgboost'", "name != 'model'",
    "name LIKE 'model_%'", "name ILIKE 'MODEL'",
    "name IN ('Model', 'model_b')", "name NOT IN ('model')", "attributes.name = 'model_b'",
    "model_id = 'm-" + R2 + "'", "model_id IN ('m-" + R1 + "', 'm-" + R2 + "')",
    "model_type = 'sklearn'", "model_type LIKE '%r_'", f"source_run_id = '{R2}'", f"source_run_id IN ('{R1}')",
    "source_run_id IN ('" + R1 + "', '" + R2 + "')",
    "creation_time > 100", "creation_timestamp >= 200", "creation_timestamp_ms = 100",
    "last_updated_timestamp > 200", "last_updated_timestamp_ms < 200",
    "metrics.auc > 0.7", "metrics.auc < 0.7", "metrics.auc != 0.9", "metrics.auc = 0.6",
    "metrics.auc > 0.7 AND metrics.loss < 1", "metrics.none > 0",
    "params.lr = '0.05'", "params.lr LIKE '0.%'", "params.`max depth` = '3'", "params.lr IN ('0.1')",
    "tags.team = 'risk'", "tags.team ILIKE 'risk'", "tags.team != 'risk'",
    "tags.`mlflow.x y` = 'z'", "tags.team NOT IN ('risk')",
]
ODD_LOGGED = [
    "model_type ILIKE 'ÆRØ'", "status = 'READY'", "status != 'FAILED'", "status IN ('PENDING', 'LOGGED_MODEL_READY')",
]
BAD_LOGGED = [
    " ", "bogus = 'x'", "creation_time > 'x'",
    "metric.auc > 0.7", "param.lr = '1'", "tag.team = 'x'", "foo.bar = 'x'", "name > 'x'", "metrics.auc LIKE '1'",
    "creation_time LIKE '1'",
    "name = 'a' OR name = 'b'", "name", "(name = 'a')", "params.lr > '1'",
]
LOGGED_ORDERS = [
    [], [("name", True)], [("name", False)], [("creation_time", True)], [("creation_timestamp", False)],
    [("creation_timestamp_ms", True)], [("last_updated_timestamp", False)],
    [("model_type", True)], [("model_type", False), ("model_id", False)], [("source_run_id", True)],
    [("model_id", False)], [("metrics.auc", True)], [("metrics.auc", False)],
    [("metrics.loss", True)], [("metrics.auc", False, "flights")], [("metrics.auc", True, "flights", "d1")],
    [("metrics.auc", True, None, "d1")], [("metrics.none", True), ("name", True)],
    [("name", True), ("name", False)],
]
BAD_LOGGED_ORDERS = [[("bogus", True)], [("params.lr", True)], [("foo.bar", True)], [("tags.team", False)]]
LOGGED_DATASETS = [
    ("", [("flights", None)]), ("", [("flights", "d2")]), ("", [("flights", "d2"), ("other", None)]),
    ("metrics.auc > 0.7", [("flights", "d1")]),
    ("metrics.auc < 0.8", [("flights", None)]), ("metrics.auc > 0.7", [("other", "d9")]),
    ("name = 'model'", [("flights", "d1")]), ("", [("none", None)]),
]

# Queries whose answer Leeway means to give otherwise: what it answers ("error": an error in words of its own), and why.
ONE_AND = "one AND stands between two clauses; MLflow skips stray ones"
WORDING = "an error too, in the words that all of Leeway's searches share"
NULLS = "MLflow fails (500); Leeway tests tags for NULL everywhere"
WHOLE = "a fraction compares with an integer as with any number"
UNICODE = "SQLite folds ASCII only; Leeway folds as MLflow's other databases do"
STATUS_TEXT = "MLflow compares the text with a number of its own"
QUOTES = "a quote is doubled, as in SQL; MLflow would keep both"
LIMITS = "one wording for all limits"
OURS = {
    ("runs", "metrics.auc > 0.9 AND AND metrics.loss < 1"): ("error", ONE_AND),
    ("runs", "metrics.auc > 0.9 AND"): ("error", ONE_AND),
    ("runs", "AND metrics.auc > 0.9"): ("error", ONE_AND),
    ("runs", "metrics.auc > 0.9 metrics.loss < 1"): ("error", ONE_AND),
    ("runs", "metrics.auc > 0.9 < 1"): ("error", WORDING),
    ("runs", "params.lr = NULL"): ("error", WORDING),
    ("runs", "metrics . auc > 0.9"): ("error", WORDING),
    ("runs", "tags.`ünïcode` ILIKE 'ærø'"): ([R2, R1], UNICODE),
    ("runs", "run_name ILIKE 'σίσυφο%'"): ([f"{9:032x}"], UNICODE),
    ("runs", "params.quote = 'it''s'"): ([R1], QUOTES),
    ("runs", "params.quote = 'it\\'s'"): ("error", QUOTES),
    ("runs", "metrics.auc > +0.9"): ([R2, R1, f"{6:032x}"], "a number may have a plus sign"),
    ("runs", "start_time > 99999999999999999999"): ([], "MLflow fails (500) beyond 64 bits"),
    ("experiments", "creation_time > 1.5"): ([2, 3, 1, 5], WHOLE),
    ("experiments", "creation_time LIKE '1'"): ("error", WORDING),
    ("experiments", '["name", "name DESC"]'): ("error", "a field is ordered by once, as in MLflow's other searches"),
    ("registered_models", "name IS NULL"): ("error", "MLflow fails (500)"),
    ("registered_models", "tags.tier IS NULL"): (["churn 100%", "it's", "no prompt"], NULLS),
    ("registered_models", '["tags.tier"]'): ("error", WORDING),
    ("registered_models", 1001): ("error", LIMITS),
    ("model_versions", "alias = 'champion'"): ("error", WORDING),
    ("model_versions", "version_number = 'x'"): ("error", WORDING),
    ("model_versions", "version_number > 1.5"): (["churn 100%/3", "fraud-detector/2", "fraud-detector/10"], WHOLE),
    ("model_versions", "name = 1"): ("error", WORDING),
    ("model_versions", "tags.validated IS NULL"): (["fraud-detector/10"], NULLS),
    ("model_versions", '["tags.validated"]'): ("error", WORDING),
    ("model_versions", 0): ("error", LIMITS),
    ("model_versions", 200001): ("error", LIMITS),
    ("logged_models", "name = 'a' OR name = 'b'"): ("error", WORDING),
    ("logged_models", "name"): ("error", WORDING),
    ("logged_models", "(name = 'a')"): ("error", WORDING),
    ("logged_models", " "): ("error", WORDING),
    ("logged_models", "name > 'x'"): ("error", WORDING),
    ("logged_models", "params.lr > '1'"): ("error", WORDING),
    ("logged_models", "metrics.auc LIKE '1'"): ("error", WORDING),
    ("logged_models", "creation_time LIKE '1'"): ("error", WORDING),
    ("logged_models", "creation_time > 'x'"): ("error", "MLflow fails (500)"),
    ("logged_models", "bogus = 'x'"): ("error", "MLflow fails (500)"),
    ("logged_models", "model_type ILIKE 'ÆRØ'"): ([f"m-{4:032x}"], UNICODE),
    ("logged_models", "status = 'READY'"): ([f"m-{n:032x}" for n in (2, 1, 5)], STATUS_TEXT),
    ("logged_models", "status != 'FAILED'"): ([f"m-{n:032x}" for n in (3, 2, 1, 5)], STATUS_TEXT),
    ("logged_models", "status IN ('PENDING', 'LOGGED_MODEL_READY')"): (
        [f"m-{n:032x}" for n in (3, 2, 1, 5)], STATUS_TEXT),
}

# Where MLflow's words go on with a set in no order, or with more than one wording.
HEADS = (
    "Invalid comparator", "Invalid clause(s) in filter string", "Search filter contained multiple expression",
    "Expected a quoted string value", "IS NULL / IS NOT NULL is only supported for tags",
    "While parsing a list in the query, expected string value, punctuation, or whitespace, but got different type",
    "Only the",
)
CUTS = (" Valid keys", "\n")


def stored(value):
    """A metric's value and whether it is NaN, as MLflow's stores keep them."""
    if value == "NaN":
        return {"value": 0.0, "is_nan": True}
    limits = {"Infinity": LARGEST_REAL, "-Infinity": -LARGEST_REAL}
    return {"value": limits.get(value, value), "is_nan": False}


def experiment_rows(experiment):
    number = experiment["id"]
    yield SqlExperiment(
        experiment_id=number, name=experiment["name"], artifact_location=f"mlflow-artifacts:/{number}",
        lifecycle_stage=experiment["stage"], creation_time=experiment["created"],
        last_update_time=experiment["updated"])
    for key, value in experiment["tags"].items():
        yield SqlExperimentTag(experiment_id=number, key=key, value=value)


def run_rows(run):
    identifier = run["id"]
    yield SqlRun(
        run_uuid=identifier, name=run["name"], source_type="UNKNOWN", source_name="", entry_point_name="",
        source_version="",
        user_id=run["user"], status=run["status"], start_time=run["start"], end_time=run["end"],
        lifecycle_stage=run["stage"], artifact_uri=run["artifact_uri"], experiment_id=run["experiment"])
    for key, value in run["tags"].items():
        yield SqlTag(run_uuid=identifier, key=key, value=value)
    for key, value in run["params"].items():
        yield SqlParam(run_uuid=identifier, key=key, value=value)
    for key, value in run["metrics"].items():
        yield SqlLatestMetric(run_uuid=identifier, key=key, timestamp=1, step=0, **stored(value))


def dataset_rows(runs):
    known = set()
    for run in runs:
        for name, digest, context in run["datasets"]:
            dataset = f"{run['experiment']}/{name}/{digest}"
            if dataset not in known:
                known.add(dataset)
                yield SqlDataset(
                    dataset_uuid=dataset, experiment_id=run["experiment"], name=name, digest=digest,
                    dataset_source_type="local", dataset_source="{}")
            link = f"{run['id'][-4:]}/{dataset}"
            yield SqlInput(
                input_uuid=link, source_type="DATASET", source_id=dataset, destination_type="RUN",
                destination_id=run["id"])
            yield SqlInputTag(input_uuid=link, name="mlflow.data.context", value=context)


def logged_model_rows(model):
    common = {"model_id": model["id"], "experiment_id": model["experiment"]}
    yield SqlLoggedModel(
        **common, name=model["name"], artifact_location="mlflow-artifacts:/m", creation_timestamp_ms=model["created"],
        last_updated_timestamp_ms=model["updated"], status=STATUS[model["status"]], lifecycle_stage=model["stage"],
        model_type=model["type"], source_run_id=model["source_run"])
    for key, value in model["tags"].items():
        yield SqlLoggedModelTag(**common, tag_key=key, tag_value=value)
    for key, value in model["params"].items():
        yield SqlLoggedModelParam(**common, param_key=key, param_value=value)
    for key, value, time, step, run, name, digest in model["metrics"]:
        yield SqlLoggedModelMetric(
            **common, metric_name=key, metric_value=value, metric_timestamp_ms=time, metric_step=step, run_id=run,
            dataset_name=name or None, dataset_digest=digest or None)


def registry_rows(world):
    for model in world["registered_models"]:
        yield SqlRegisteredModel(name=model["name"], creation_time=model["created"], last_updated_time=model["updated"])
        for key, value in model["tags"].items():
            yield SqlRegisteredModelTag(name=model["name"], key=key, value=value)
    for version in world["model_versions"]:
        where = {"name": version["model"], "version": version["version"]}
        yield SqlModelVersion(
            **where, creation_time=version["created"], last_updated_time=version["updated"], source=version["source"],
            storage_location=version["source"], run_id=version["run"], current_stage="None")
        for key, value in version["tags"].items():
            yield SqlModelVersionTag(**where, key=key, value=value)


def add(store, rows):
    with store.ManagedSessionMaker(read_only=False) as session:
        for row in rows:
            session.add(row)
            session.flush()


class Asker:
    """Both stores over one database that holds the world."""

    def __init__(self, folder):
        uri = f"sqlite:///{folder}/mlflow.db"
        self.tracking = TrackingStore(uri, f"{folder}/artifacts")
        self.models = ModelStore(uri)
        with self.tracking.ManagedSessionMaker(read_only=False) as session:
            for row in session.query(SqlExperiment):
                row.creation_time = row.last_update_time = 1
        for experiment in WORLD["experiments"]:
            add(self.tracking, experiment_rows(experiment))
        for run in WORLD["runs"]:
            add(self.tracking, run_rows(run))
        add(self.tracking, dataset_rows(WORLD["runs"]))
        for model in WORLD["logged_models"]:
            add(self.tracking, logged_model_rows(model))
        add(self.models, registry_rows(WORLD))

    def page(self, query, token):
        common = {
            "filter_string": query["filter"], "order_by": query["order_by"], "max_results": query["max_results"],
            "page_token": token,
        }
        experiments = [str(number) for number in query["experiments"]]
        view = VIEWS[query["view"]]
        match query["entity"]:
            case "runs":
                answer = self.tracking.search_runs(experiments, run_view_type=view, **common)
                return [run.info.run_id for run in answer], answer.token
            case "experiments":
                answer = self.tracking.search_experiments(view_type=view, **common)
                return [int(experiment.experiment_id) for experiment in answer], answer.token
            case "registered_models":
                answer = self.models.search_registered_models(**common)
                return [model.name for model in answer], answer.token
            case "model_versions":
                answer = self.models.search_model_versions(**common)
                return [f"{version.name}/{version.version}" for version in answer], answer.token
            case "logged_models":
                common["filter_string"] = query["filter"] or None
                common["order_by"] = [logged_order(*item) for item in query["order_by"]] or None
                answer = self.tracking.search_logged_models(experiments, datasets=datasets(query["datasets"]), **common)
                return [model.model_id for model in answer], answer.token

    def pages(self, query):
        pages, token = [], None
        while not pages or token:
            items, token = self.page(query, token.decode() if isinstance(token, bytes) else token)
            pages.append(items)
        return pages


def logged_order(field, ascending, dataset=None, digest=None):
    return {"field_name": field, "ascending": ascending, "dataset_name": dataset, "dataset_digest": digest}


def datasets(pairs):
    """A filter without a digest leaves the key out, as the store (though not its HTTP front) expects."""
    return [{"dataset_name": name, **({"dataset_digest": digest} if digest else {})} for name, digest in pairs] or None


def query(entity, filter="", order_by=(), *, experiments=(1, 2, 3, 4, 5), view="active", max_results=100, datasets=()):
    return {
        "entity": entity, "experiments": list(experiments), "filter": filter, "view": view,
        "order_by": [list(item) if isinstance(item, tuple) else item for item in order_by],
        "max_results": max_results,
        "datasets": [list(pair) for pair in datasets],
    }


def queries():
    tables = [
        ("runs", RUNS + ODD_RUNS + BAD_RUNS, RUN_ORDERS + BAD_RUN_ORDERS),
        ("experiments", EXPERIMENTS + BAD_EXPERIMENTS, EXPERIMENT_ORDERS + BAD_EXPERIMENT_ORDERS),
        ("registered_models", MODELS + BAD_MODELS, MODEL_ORDERS + BAD_MODEL_ORDERS),
        ("model_versions", VERSIONS + BAD_VERSIONS, VERSION_ORDERS + BAD_VERSION_ORDERS),
        ("logged_models", LOGGED + ODD_LOGGED + BAD_LOGGED, LOGGED_ORDERS + BAD_LOGGED_ORDERS),
    ]
    for entity, filters, orders in tables:
        yield from (query(entity, filter) for filter in filters)
        yield from (query(entity, "", order) for order in orders)
        yield from (query(entity, max_results=size) for size in (1, 2, 3, 5, 6))
    for limit in (0, -1, 50001):
        yield query("runs", max_results=limit)
        yield query("experiments", max_results=limit)
    yield query("registered_models", max_results=1001)
    yield query("model_versions", max_results=0)
    yield query("model_versions", max_results=200001)
    for view in ("deleted", "all"):
        yield query("runs", "", ["start_time ASC"], view=view)
        yield query("runs", "metrics.auc > 0.9", ["metrics.auc DESC"], view=view)
        yield query("experiments", "", ["name"], view=view)
    yield query("runs", experiments=[])
    yield query("runs", experiments=[77])
    yield query("runs", experiments=[2])
    yield query("runs", "metrics.auc > 0", ["metrics.auc DESC"], experiments=[3, 1], max_results=2)
    yield query("logged_models", experiments=[2])
    yield query("logged_models", experiments=[])
    yield from (query("logged_models", filter, datasets=pairs) for filter, pairs in LOGGED_DATASETS)


def answer(asker, query):
    """The pages of ids, or the kind of error and its words up to where MLflow prints a set in any order."""
    try:
        return {"pages": asker.pages(query)}
    except MlflowException as error:
        kind, words = error.error_code, error.message
    except Exception as error:
        kind, words = type(error).__name__, str(error)
    words = next((head for head in HEADS if words.startswith(head)), words)
    for cut in CUTS:
        words = words.split(cut)[0]
    return {"error": kind, "words": words}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=GOLDEN, metavar="DIRECTORY")
    directory = parser.parse_args().output
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        asker = Asker(folder)
        cases = []
        for asked in queries():
            given = {"query": asked, **answer(asker, asked)}
            order = asked["order_by"] and json.dumps(asked["order_by"])
            key = (asked["entity"], asked["filter"] or order or asked["max_results"])
            if key in OURS:
                given["ours"], given["why"] = OURS[key]
            cases.append(given)
    write(directory / "mlflow_search.json", cases)


def write(path, cases):
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    rows = ",\n".join(json.dumps(case, **compact) for case in cases)
    world = ",\n".join(f"{json.dumps(key)}:{json.dumps(rows_, **compact)}" for key, rows_ in WORLD.items())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'{{"source":"mlflow 3.17.2, its SQL stores on SQLite",\n"world":{{\n{world}\n}},\n"cases":[\n{rows}\n]}}\n')
    errors = sum("error" in case for case in cases)
    print(f"{path.name}: {len(cases)} queries, {errors} of them errors, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
