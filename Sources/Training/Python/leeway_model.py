"""Predicts with a model that leeway-trainer has written, as leeway-trainer does.

MLflow calls `_load_pyfunc`. Without MLflow, with this file's folder on the path:

    import leeway_model
    leeway_model.load("model").predict(frame)
"""

import functools
import json
import math
import os
import re

import numpy as np
import pandas as pd
import xgboost

VERSION = 1
MISSING = {"", "NA", "N/A", "null", "NULL", "None"}
TRUTHS = {"true": 1.0, "True": 1.0, "TRUE": 1.0, "false": 0.0, "False": 0.0, "FALSE": 0.0}
NUMBER = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf|infinity|nan)", re.ASCII | re.IGNORECASE)
WHOLE_DECIMAL = re.compile(r"-?\d+\.0", re.ASCII)


def load(folder):
    """The model of a folder that `leeway-trainer train` has written."""
    return LeewayModel(folder)


def _load_pyfunc(path):
    return load(path)


class LeewayModel:
    """A binary or multiclass classifier, or a regression, of boosted trees."""

    def __init__(self, folder):
        encoder = _read(folder, "encoder.json")
        decision = _read(folder, "threshold.json")
        self.features = [_Feature(**entry) for entry in encoder["features"]]
        self.task = decision["task"]
        self.classes = decision["classes"]
        self.threshold = decision.get("threshold", 0.5)
        self._booster = xgboost.Booster(model_file=os.path.join(folder, "model.ubj"))

    def predict(self, frame, params=None):
        """A row for each row of a DataFrame, with its index.

        `score` is the probability of the positive class (binary), of the likeliest class (multiclass), or the quantity
        (regression). A classifier adds `class`, by the model's threshold or as the likeliest. A multiclass model adds
        `probability.CLASS` for each class. Columns that are no features are ignored.
        """
        outputs = self._outputs(frame)
        if self.task == "regression":
            columns = {"score": outputs}
        elif self.task == "binary":
            columns = {"score": outputs, "class": self._named(outputs >= self.threshold)}
        else:
            columns = {"score": outputs.max(axis=1), "class": self._named(outputs.argmax(axis=1))}
            columns |= {f"probability.{name}": outputs[:, place] for place, name in enumerate(self.classes)}
        return pd.DataFrame(columns, index=frame.index)

    def predict_proba(self, frame):
        """The probability of each of `classes`, a column each: of a binary model the negative, then the positive."""
        if self.task == "regression":
            raise AttributeError("a regression has no probabilities: call predict")
        outputs = self._outputs(frame)
        return np.column_stack([1 - outputs, outputs]) if self.task == "binary" else outputs

    def _outputs(self, frame):
        if not isinstance(frame, pd.DataFrame):
            raise TypeError(f"the rows come as a pandas DataFrame, not as {type(frame).__name__}")
        values = self._encoded(frame)
        shape = (len(values), len(self.classes)) if self.task == "multiclass" else (len(values),)
        if len(values) == 0:
            return np.zeros(shape)
        return self._booster.inplace_predict(values).reshape(shape).astype("f8")

    def _encoded(self, frame):
        missing = [feature.name for feature in self.features if feature.name not in frame.columns]
        if missing:
            raise ValueError(f"there is no column for {_listed(missing)}; the columns are {_listed(frame.columns)}")
        values = np.empty((len(frame), len(self.features)), dtype="f4")
        for place, feature in enumerate(self.features):
            column = frame[feature.name]
            if isinstance(column, pd.DataFrame):
                raise ValueError(f"there are {column.shape[1]} columns '{feature.name}'")
            values[:, place] = feature.encode(column)
        return values

    def _named(self, places):
        return np.array(self.classes, dtype=object)[places.astype(int)]


class _Feature:
    def __init__(self, name, kind, categories=None):
        self.name, self.kind = name, kind
        self._codes = None if categories is None else {name: code for code, name in enumerate(categories)}

    def encode(self, column):
        return self._numbers(column) if self._codes is None else self._categories(column)

    def _numbers(self, column):
        if column.dtype.kind in "biuf" and isinstance(column.dtype, np.dtype):
            numbers = column.to_numpy(dtype="f8")
        else:
            values = column.tolist()
            numbers = np.fromiter(map(_number, values), dtype="f8", count=len(values))
            for row in np.flatnonzero(np.isnan(numbers)):
                if not _is_missing(values[row]):
                    self._refuse(column, row, "is no number")
        with np.errstate(over="ignore"):
            singles = numbers.astype("f4")
        infinite = np.flatnonzero(np.isinf(singles))
        if len(infinite):
            self._refuse(column, infinite[0], "is more than single precision can hold")
        return singles

    def _categories(self, column):
        cached = functools.lru_cache(maxsize=1 << 16, typed=True)(self._code)
        codes = np.empty(len(column), dtype="f4")
        for row, value in enumerate(column):
            try:
                codes[row] = cached(value)
            except TypeError:
                self._refuse(column, row, "is neither a text, a number nor a truth value")
        return codes

    def _code(self, value):
        """Where a category stands among the training set's; NaN for none, and for one that training has not met."""
        return self._codes.get(_category(value), math.nan)

    def _refuse(self, column, row, problem):
        raise ValueError(f"row {row + 1}: feature '{self.name}' is {self.kind}, and {column.iloc[row]!r} {problem}")


def _number(value):
    """A number or a truth value; NaN for what is missing, and for what is neither."""
    if not isinstance(value, str):
        try:
            return float(value)
        except (TypeError, ValueError):
            return math.nan
    return TRUTHS[value] if value in TRUTHS else float(value) if NUMBER.fullmatch(value) else math.nan


def _is_missing(value):
    if isinstance(value, str):
        return value in MISSING or value.lower().lstrip("+-") == "nan"
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))


def _category(value):
    """A category's name, the same however it is written: 3.0 is `3`, True is `true`; None where there is none."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, float, np.number)):
        text = str(value)
        if text == "nan":
            return None
    elif isinstance(value, str):
        text = value
    elif pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    else:
        raise TypeError
    if text in TRUTHS:
        return "true" if TRUTHS[text] else "false"
    return text[:-2] if WHOLE_DECIMAL.fullmatch(text) else text or None


def _read(folder, name):
    path = os.path.join(folder, name)
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    if content.get("version") != VERSION:
        raise ValueError(f"{path}: its version is {content.get('version')}, this program reads {VERSION}")
    return content


def _listed(names, shown=8):
    names = [f"'{name}'" for name in names]
    rest = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + rest
