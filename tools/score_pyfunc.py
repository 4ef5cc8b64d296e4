#!/usr/bin/env python3
"""Scores rows with any MLflow model, as `leeway-trainer score` does with Leeway's own.

The environment says what with what:

    LEEWAY_MODEL   the model's folder, which has an MLmodel
    LEEWAY_ROWS    the rows: a CSV file (gzipped or not), or the SQLite file of `leeway capture export`
    LEEWAY_OUTPUT  the CSV file to write: id,score,class, or id,score of a regression, a line a row in the rows' order
    LEEWAY_SCHEMA  the model's schema; default: schema.json in the model's folder, where there is one

Needs mlflow and what the model needs. Exit codes: 0; 1 for an error at run time; 2 for wrong usage; 65 for rows, a
schema or a model that cannot be used.
"""

import csv
import gzip
import itertools
import json
import os
import re
import sqlite3
import sys
import time
import urllib.parse
import zlib

import numpy as np
import pandas as pd

BLOCK = 1 << 14
DATA, USAGE = 65, 2
EXPORT_COLUMNS = ["id", "row", "time", "model_version", "arm", "segment"]
OTHER_EXPORT_COLUMNS = ["score", "class", "label", "label_time"]
MISSING = {"", "NA", "N/A", "null", "NULL", "None"}
TRUTHS = {"true": "1", "True": "1", "TRUE": "1", "false": "0", "False": "0", "FALSE": "0"}
WHOLE_DECIMAL = re.compile(r"-?\d+\.0", re.ASCII)
TASKS = {"score": "binary", "class": "multiclass", "value": "regression"}


class DataProblem(Exception):
    """What cannot be used: what, where, and what to do."""


# Rows


def open_rows(path):
    """The header and an iterator of blocks of rows as text; an empty text is no value."""
    try:
        with open(path, "rb") as file:
            is_database = file.read(16) == b"SQLite format 3\0"
    except OSError as error:
        raise DataProblem(f"{path}: cannot be opened: {error.strerror}") from None
    return open_database(path) if is_database else open_csv(path)


def open_csv(path):
    opener = gzip.open if is_gzipped(path) else open
    blocks = csv_blocks(path, opener(path, "rt", encoding="utf-8-sig", newline=""))
    return next(blocks), blocks


def csv_blocks(path, file):
    """The header, then the blocks."""
    lines = csv.reader(file, strict=True)
    try:
        with file:
            header = next(lines, [])
            check_header(header, path)
            yield header
            rows = numbered(lines, header, path)
            while block := list(itertools.islice(rows, BLOCK)):
                yield pd.DataFrame(block, columns=header)
    except (csv.Error, EOFError, OSError, UnicodeDecodeError, zlib.error) as error:
        raise DataProblem(f"{path}: cannot be read to its end: {error}") from None


def check_header(header, path):
    if not header:
        raise DataProblem(f"{path}: is empty; its first line should name the columns")
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise DataProblem(f"{path}: column '{twice[0]}' stands twice in the header")


def numbered(lines, header, path):
    """Rows that have as many fields as the header; empty lines are none."""
    for row in lines:
        if row and len(row) != len(header):
            raise DataProblem(f"{path}:{lines.line_num}: has {len(row)} fields where the header has {len(header)}")
        if row:
            yield row


def is_gzipped(path):
    with open(path, "rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_database(path):
    database = sqlite3.connect(f"file:{urllib.parse.quote(path)}?mode=ro", uri=True)
    try:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if "rows" not in tables:
            raise DataProblem(f"{path}: has no table 'rows': is it a file of 'leeway capture export'?")
        truths = "SELECT name FROM columns WHERE datatypes = 'BOOL'" if "columns" in tables else "SELECT 0 LIMIT 0"
        truths = {name for (name,) in database.execute(truths)}
        cursor = database.execute("SELECT * FROM rows ORDER BY rowid")
    except sqlite3.Error as error:
        raise DataProblem(f"{path}: cannot be read: {error}") from None
    header = [name for name, *_ in cursor.description]
    return header, database_blocks(path, cursor, header, truths)


def database_blocks(path, cursor, header, truths):
    """As the CSV file of the same rows would have them."""
    places = [place for place, name in enumerate(header) if name in truths]
    try:
        while rows := [list(row) for row in cursor.fetchmany(BLOCK)]:
            for row, place in itertools.product(rows, places):
                row[place] = {0: "false", 1: "true"}.get(row[place], row[place])
            yield pd.DataFrame([["" if cell is None else str(cell) for cell in row] for row in rows], columns=header)
    except sqlite3.Error as error:
        raise DataProblem(f"{path}: cannot be read to its end: {error}") from None


# What the model takes


class Input:
    """A column that the model takes: its name there, its kind in Leeway's schema and its type in MLflow's signature;
    either may be unknown."""

    def __init__(self, name, kind=None, dtype=None):
        self.name, self.kind, self.type = name, kind, dtype

    def values(self, texts, row):
        """A column of text as what the model was trained with."""
        if self.kind is None and self.type not in KINDS:
            return texts
        if (KINDS.get(self.type) or self.kind) == "categorical":
            return pd.Series([category(text) for text in texts], index=texts.index, dtype=object)
        numbers = self.numbers(texts, row)
        if self.type == "boolean" and not numbers.isin([0, 1]).all():
            return numbers.map({0: False, 1: True}).astype(object).where(numbers.notna(), None)
        if self.type in ("integer", "long") and not (numbers % 1 == 0).all():
            return numbers
        return numbers.astype(NUMPY_TYPES.get(self.type, "f8"))

    def numbers(self, texts, row):
        """Exactly those that are written, which pandas' own parser does not promise."""
        cells = ["nan" if text in MISSING else TRUTHS.get(text, text) for text in texts]
        try:
            if "_" in "".join(cells):
                raise ValueError
            return pd.Series(np.array(list(map(float, cells))), index=texts.index)
        except ValueError:
            wrong = next(place for place, cell in enumerate(cells) if not is_number(cell))
        problem = f"row {row + wrong}: feature '{self.name}' is no category, and '{cells[wrong]}' is no number"
        raise DataProblem(f"{problem}: mend the cell, or declare the feature categorical")


KINDS = {
    "double": "numeric", "float": "numeric", "long": "numeric", "integer": "numeric", "boolean": "boolean",
    "string": "categorical",
}  # fmt: skip
NUMPY_TYPES = {"float": "f4", "long": "i8", "integer": "i4", "boolean": "?"}


def is_number(text):
    try:
        return "_" not in text and float(text) is not None
    except ValueError:
        return False


def category(text):
    """A category's name, the same however the file was written; None for an empty cell."""
    if text in TRUTHS:
        return "true" if TRUTHS[text] == "1" else "false"
    return text[:-2] if WHOLE_DECIMAL.fullmatch(text) else text or None


def class_name(label):
    """A class as the agent names it: `1` for 1, for 1.0 and for true."""
    return {"true": "1", "false": "0"}.get(name := category(str(label)), name)


def inputs_of(model, schema, path):
    """What the model takes, by its signature where that names columns, else by the schema."""
    kinds = {feature["name"]: feature["kind"] for feature in schema.get("features", [])}
    signature = model.metadata.get_input_schema()
    if signature is not None and signature.has_input_names() and not signature.is_tensor_spec():
        columns = zip(signature.input_names(), signature.input_types())
        return [Input(name, kinds.get(name), getattr(dtype, "name", None)) for name, dtype in columns]
    if not kinds:
        raise DataProblem(
            f"{path}: says nothing of its columns: log it with a signature of named columns, or set LEEWAY_SCHEMA"
        )
    return [Input(name, kind) for name, kind in kinds.items()]


def places_of(inputs, header, path):
    """The column of each input: an export puts `feature.` before a name that another of its columns has."""
    is_export = header[: len(EXPORT_COLUMNS)] == EXPORT_COLUMNS
    columns = {}
    for name in (column.name for column in inputs):
        is_taken = is_export and name.lower() in EXPORT_COLUMNS + OTHER_EXPORT_COLUMNS
        found = [other for other in ([] if is_taken else [name]) + [f"feature.{name}"] * is_export if other in header]
        columns[name] = found[0] if found else None
    missing = [name for name, column in columns.items() if column is None]
    if missing:
        raise DataProblem(f"{path}: has no column for {listed(missing)}; its columns are {listed(header)}")
    return columns


# What it answers


class Scorer:
    """A model and what its answers mean."""

    def __init__(self, folder, schema):
        self.folder = folder
        self.model = load(folder)
        self.inputs = inputs_of(self.model, schema, folder)
        prediction = schema.get("prediction") or {}
        self.positive = class_name(prediction.get("positive", "1"))
        self.threshold = prediction.get("threshold", 0.5)
        self.classes = [class_name(name) for name in prediction.get("classes") or []]
        self.estimator = self._estimator()
        self.task = schema.get("task") or self._implied_task(prediction)

    def _estimator(self):
        """What has `predict_proba`, where the flavour lets it be had."""
        try:
            raw = self.model.get_raw_model()
        except (NotImplementedError, AttributeError):
            return None
        return raw if hasattr(raw, "predict_proba") and hasattr(raw, "classes_") else None

    def _implied_task(self, prediction):
        if prediction.get("kind") in TASKS:
            return TASKS[prediction["kind"]]
        count = len(self.estimator.classes_) if self.estimator is not None else len(self.classes)
        return "multiclass" if count > 2 else "binary" if count == 2 else "regression"

    def answer(self, frame):
        """The scores of a block, and its classes, None for a regression."""
        if self.estimator is not None and self.task != "regression":
            names = [class_name(name) for name in self.estimator.classes_]
            return self._decided(np.asarray(self.estimator.predict_proba(self._array(frame))), names)
        predicted = self.model.predict(self._array(frame))
        if isinstance(predicted, pd.DataFrame) and "score" in predicted:
            if "class" in predicted:
                return predicted["score"].to_numpy(), predicted["class"].tolist()
            predicted = predicted["score"]
        predicted = np.asarray(predicted)
        if predicted.ndim == 2 and predicted.shape[1] == 1:
            predicted = predicted[:, 0]
        if len(predicted) != len(frame):
            raise DataProblem(f"{self.folder}: answers {len(frame)} rows with {len(predicted)}")
        return self._meant(predicted)

    def _array(self, frame):
        """A model of tensors takes numbers without names."""
        signature = self.model.metadata.get_input_schema()
        is_tensor = signature is not None and signature.is_tensor_spec()
        return frame.to_numpy(dtype=signature.inputs[0].type) if is_tensor else frame

    def _meant(self, predicted):
        if predicted.ndim == 2 and self.task != "regression":
            return self._decided(predicted, self._names(predicted.shape[1]))
        if predicted.ndim != 1:
            raise DataProblem(f"{self.folder}: answers a row of a {self.task} with {predicted.shape[1:]} numbers")
        if self.task == "regression":
            return self._numbers(predicted), None
        if predicted.dtype.kind == "f" and self.task == "binary":
            return self._probable(predicted)
        names = [class_name(label) for label in predicted.tolist()]
        return np.array([1.0 if self.task == "multiclass" or name == self.positive else 0.0 for name in names]), names

    def _probable(self, scores):
        if not ((scores >= 0) & (scores <= 1)).all():
            raise DataProblem(
                f"{self.folder}: its predict answers with {scores[(scores < 0) | (scores > 1)][0]}, which is no "
                "probability: log the model so that it answers with probabilities"
            )
        names = self._names(2)
        return scores, [names[int(score >= self.threshold)] for score in scores.tolist()]

    def _numbers(self, predicted):
        try:
            return predicted.astype("f8") if predicted.dtype.kind != "f" else predicted
        except (TypeError, ValueError):
            raise DataProblem(f"{self.folder}: answers with {predicted[0]!r}, and the task is regression") from None

    def _names(self, count):
        """The classes in the order of a model's numbers, where the model does not name them."""
        if self.task == "binary" and count == 2:
            others = [name for name in self.classes if name != self.positive]
            return [others[0] if others else "1" if self.positive == "0" else "0", self.positive]
        if len(self.classes) != count:
            raise DataProblem(
                f"{self.folder}: answers with {count} classes without naming them: name them in the schema's prediction.classes"
            )
        return self.classes

    def _decided(self, probabilities, names):
        if self.task == "multiclass":
            likeliest = probabilities.argmax(axis=1)
            return probabilities.max(axis=1), [names[place] for place in likeliest]
        if self.positive not in names or len(names) != 2:
            raise DataProblem(
                f"{self.folder}: its classes are {listed(names)}, and the positive one of two is '{self.positive}'"
            )
        place = names.index(self.positive)
        scores = probabilities[:, place]
        return scores, [names[place if score >= self.threshold else 1 - place] for score in scores.tolist()]


def load(folder):
    if not os.path.isfile(os.path.join(folder, "MLmodel")):
        raise DataProblem(f"{folder}: has no MLmodel: it is no folder of an MLflow model")
    import mlflow.pyfunc  # Only now, because it takes seconds.

    return mlflow.pyfunc.load_model(folder)


def read_schema(folder):
    path = os.environ.get("LEEWAY_SCHEMA") or os.path.join(folder, "schema.json")
    if "LEEWAY_SCHEMA" not in os.environ and not os.path.exists(path):
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise DataProblem(f"{path}: is no schema: {error}") from None


# Scoring


def score(model, rows, output):
    """Scores every row, a block at a time; the output is there in full or not at all. Returns what was done."""
    header, blocks = open_rows(rows)
    scorer = Scorer(model, read_schema(model))
    places = places_of(scorer.inputs, header, rows)
    partial = f"{output}.partial-{os.getpid()}"
    try:
        with open(partial, "w", encoding="utf-8", newline="") as file:
            done = write_scores(scorer, blocks, places, csv.writer(file, lineterminator="\n"), rows)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, output)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)
    return done


def write_scores(scorer, blocks, places, sheet, path):
    seconds = dict.fromkeys(["reading", "encoding", "predicting", "writing"], 0.0)
    count, last = 0, time.perf_counter()

    def lap(what):
        nonlocal last
        now = time.perf_counter()
        seconds[what] += now - last
        last = now

    sheet.writerow(["id", "score"] + ["class"] * (scorer.task != "regression"))
    for block in blocks:
        lap("reading")
        frame = encoded(scorer.inputs, block, places, count + 1, path)
        lap("encoding")
        scores, classes = scorer.answer(frame)
        lap("predicting")
        ids = block["id"] if "id" in block else range(count + 1, count + len(block) + 1)
        # A float of single precision is written as one, in as few digits as tell it from its neighbours.
        texts = [str(score) for score in scores]
        sheet.writerows(zip(ids, texts) if classes is None else zip(ids, texts, classes))
        count += len(block)
        lap("writing")
    return {"event": "scored", "scored": count, "seconds": seconds}


def encoded(inputs, block, places, row, path):
    try:
        return pd.DataFrame({column.name: column.values(block[places[column.name]], row) for column in inputs})
    except DataProblem as problem:
        raise DataProblem(f"{path}: {problem}") from None


def listed(names, shown=8):
    names = [f"'{name}'" for name in names]
    return ", ".join(names[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def main():
    wanted = ["LEEWAY_MODEL", "LEEWAY_ROWS", "LEEWAY_OUTPUT"]
    unset = [name for name in wanted if not os.environ.get(name)]
    if unset:
        end(f"{', '.join(unset)} must be set in the environment: see the top of this file", USAGE)
    try:
        print(json.dumps(score(*(os.environ[name] for name in wanted)), sort_keys=True))
    except DataProblem as problem:
        end(problem, DATA)
    except Exception as error:  # noqa: BLE001: whatever a model raises is said in a line
        end(f"{type(error).__name__}: {error}", 1)


def end(message, code):
    print(f"score_pyfunc: {message}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
