"""The article's training script. Leaves its model's predictions beside it, for a loader to compare with."""

import sys

import mlflow
import mlflow.xgboost
import numpy as np
import xgboost
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score, roc_auc_score

random = np.random.default_rng(7)
X = random.normal(size=(600, 8))
y = (X[:, 0] - X[:, 3] * X[:, 5] + random.normal(scale=0.4, size=600) > 0.5).astype(int)
X_train, X_test, y_train, y_test = X[:400], X[400:], y[:400], y[400:]


def train_model(X, y):
    return xgboost.XGBClassifier(n_estimators=500, max_depth=8, learning_rate=0.05, n_jobs=1).fit(X, y)


def evaluate(model):
    predicted = model.predict(X_test)
    return {
        "accuracy": accuracy_score(y_test, predicted),
        "precision": precision_score(y_test, predicted),
        "recall": recall_score(y_test, predicted),
        "f1": f1_score(y_test, predicted),
        "auc_roc": roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]),
    }


mlflow.set_experiment("fraud-detection-v2")
with mlflow.start_run():
    mlflow.log_params({"model_type": "xgboost", "n_estimators": 500, "max_depth": 8, "learning_rate": 0.05, "data_version": "v2.3.1"})  # fmt: skip
    model = train_model(X_train, y_train)
    mlflow.log_metrics(evaluate(model))
    mlflow.xgboost.log_model(model, "model", registered_model_name="fraud-detector")

np.savez(sys.argv[1], X=X_test, classes=model.predict(X_test), probabilities=model.predict_proba(X_test))
