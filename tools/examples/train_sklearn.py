#!/usr/bin/env python3
"""Trains a classifier with scikit-learn, as a registry's `command` trainer: an example to begin one's own from.

The registry says by the environment what with what:

    LEEWAY_DATASET       the rows to learn from: a CSV file, or the SQLite file of `leeway capture export`
    LEEWAY_HOLDOUT       the rows to measure on, of the same form
    LEEWAY_OUTPUT        the folder to leave the MLflow model in, which is not there yet or empty
    MLFLOW_TRACKING_URI  where to log
    MLFLOW_RUN_ID        the run to log to, which is there and running

Whatever the two files have beside an export's own columns and `label` is a feature. Exit code 0 is success; anything
else ends the training, and the last lines of standard error say why.
"""

import os
import sqlite3

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NO_FEATURES = ["id", "row", "time", "model_version", "arm", "segment", "score", "class", "label", "label_time"]
PARAMETERS = {"C": 0.1, "max_iter": 1000}


def read(path):
    """Features and labels of the rows that have a label."""
    with open(path, "rb") as file:
        is_database = file.read(16) == b"SQLite format 3\0"
    if is_database:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            rows = pd.read_sql("SELECT * FROM rows ORDER BY rowid", database)
    else:
        rows = pd.read_csv(path)
    rows = rows[rows["label"].notna()]
    features = rows.drop(columns=[name for name in NO_FEATURES if name in rows])
    return features.rename(columns=lambda name: name.removeprefix("feature.")).apply(plain), rows["label"]


def plain(column):
    """Numbers and truth values as numbers, anything else as text; a cell that is missing stays so."""
    if column.isin([True, False]).any() and column.dropna().isin([True, False]).all():
        column = column.map({True: 1.0, False: 0.0})
    if pd.api.types.is_numeric_dtype(column):
        return column.astype("f8")
    return column.astype(object).where(column.notna(), None).map(lambda value: value if value is None else str(value))


def pipeline(features):
    """Categories by name, numbers by their deviation; what is missing as a category of its own, or the middle value."""
    texts = make_pipeline(
        SimpleImputer(missing_values=None, strategy="constant", fill_value=""),
        OneHotEncoder(handle_unknown="ignore", min_frequency=20),
    )
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    is_number = features.dtypes == "f8"
    columns = make_column_transformer(
        (texts, list(features.columns[~is_number])), (numbers, list(features.columns[is_number]))
    )
    return make_pipeline(columns, LogisticRegression(**PARAMETERS))


def main():
    features, labels = read(os.environ["LEEWAY_DATASET"])
    held_out, truth = read(os.environ["LEEWAY_HOLDOUT"])
    with mlflow.start_run(run_id=os.environ["MLFLOW_RUN_ID"]):
        mlflow.log_params({**PARAMETERS, "rows": len(features)})
        model = pipeline(features).fit(features, labels)
        probabilities = model.predict_proba(held_out[features.columns])
        loss = log_loss(truth, probabilities, labels=model.classes_)
        mlflow.log_metric("holdout-logloss", loss)
        if len(model.classes_) == 2:
            mlflow.log_metric("holdout-auc", roc_auc_score(truth, probabilities[:, 1]))
        signature = infer_signature(features, model.predict(features[:10]))
        # Later MLflows save as skops unless told so, and then ask for each type of a pipeline to be trusted by name.
        mlflow.sklearn.save_model(
            model, os.environ["LEEWAY_OUTPUT"], signature=signature, serialization_format="cloudpickle"
        )


if __name__ == "__main__":
    main()
