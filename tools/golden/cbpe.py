"""Golden cases of performance estimated without labels, by NannyML on slices of the data it comes with.

A case is the reference's scores and labels, on which the calibration is fitted, and later rows without labels: the
probabilities they calibrate to and accuracy, F1, precision, recall and AUC as NannyML estimates them. Expected log loss
and Brier are written out.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import nannyml
from nannyml.calibration import IsotonicCalibrator
from nannyml.performance_estimation.confidence_based import metrics

from golden import output_directory, write

DATA = Path(nannyml.__file__).parent / "datasets" / "data"
EPSILON = np.finfo(float).eps


def rows_of(name, score, label, target=None):
    """Scores, decisions and labels of one bundled table."""
    table = pd.read_csv(DATA / f"{name}.csv")
    if target is not None:
        table = table.merge(pd.read_csv(DATA / f"{target}.csv"), on="id" if "id" in table else "identifier")
    return table[[score, "y_pred", label]].set_axis(["score", "predicted", "label"], axis=1)


def case(name, reference, current):
    """One case."""
    reference, current = reference.dropna(), current.dropna()
    calibrator = IsotonicCalibrator()
    calibrator.fit(reference.score.to_numpy(), reference.label.to_numpy())
    scores, predicted = current.score.to_numpy(), current.predicted.to_numpy().astype(int)
    q = calibrator.calibrate(scores)
    p = np.clip(scores, EPSILON, 1 - EPSILON)
    estimates = {
        "accuracy": metrics.estimate_accuracy(predicted, q),
        "f1": metrics.estimate_f1(predicted, q),
        "precision": metrics.estimate_precision(predicted, q),
        "recall": metrics.estimate_recall(predicted, q),
        "auc": metrics.estimate_roc_auc(q, scores),
        "log_loss": float(np.mean(-q * np.log(p) - (1 - q) * np.log1p(-p))),
        "brier": float(np.mean(q * (1 - scores) ** 2 + (1 - q) * scores**2)),
    }
    return {
        "name": name,
        "reference_scores": reference.score.to_numpy(),
        "reference_labels": bits(reference.label),
        "scores": scores,
        "predicted": bits(predicted),
        "labels": bits(current.label),
        "calibrated": q[:200],
        "estimates": {measure: value for measure, value in estimates.items() if not np.isnan(value)},
    }


def bits(column):
    """Zeros and ones as a string."""
    return "".join(str(int(x)) for x in column)


def main():
    """Writes cbpe.json."""
    warnings.simplefilter("ignore")
    directory = output_directory(__doc__)
    loan = rows_of("synthetic_car_loan_reference", "y_pred_proba", "repaid")
    later = rows_of("synthetic_car_loan_analysis", "y_pred_proba", "repaid", "synthetic_car_loan_analysis_target")
    work = rows_of("synthetic_sample_reference", "y_pred_proba", "work_home_actual")
    later_work = rows_of("synthetic_sample_analysis", "y_pred_proba", "work_home_actual", "synthetic_sample_analysis_gt")
    cases = [
        case("car loan, before the drift", loan[:5000], later[:3000]),
        case("car loan, after the drift", loan[45_000:48_000], later[-3000:]),
        case("car loan, thirty rows", loan[100:130], later[40_000:40_020]),
        case("work from home", work[:2500], later_work[:1500]),
        case("work from home, after the drift", work[-1500:], later_work[-1500:]),
        case("work from home, one class in the reference", work[work.label == 1][:50], later_work[:100]),
    ]
    write("cbpe.json", f"nannyml {nannyml.__version__}; tools/golden/cbpe.py", {"cases": cases}, directory)


if __name__ == "__main__":
    main()
