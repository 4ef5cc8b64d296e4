"""Golden cases of model performance: measures with their intervals, isotonic regression, normal quantiles.

The measures are scikit-learn's, Wilson's and Newcombe's intervals statsmodels', normal quantiles scipy's. DeLong's
variance is computed from its definition, every positive against every negative, and compared with MLstatkit's. The
macro F1's variance takes its gradient numerically and is compared with a bootstrap (confidenceinterval 1.0.5 mixes
counts and shares in its closed form). What no package has (F1 by Jaccard's interval, the calibration error's interval,
Newcombe's method 5) is written out from the formula, here by other means than in Leeway.
"""

import math

import numpy as np
import scipy
import sklearn
import statsmodels
from MLstatkit.delong import Delong_test
from scipy.optimize import brentq
from scipy.stats import norm
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from golden import draw, output_directory, splitmix, values, write

Z = norm.ppf(0.975)
BINS = 10


def interval(value, lower, upper):
    """A figure with its interval."""
    return {"value": value, "lower": lower, "upper": upper}


def rate(successes, trials):
    """A rate with Wilson's interval by statsmodels."""
    lower, upper = proportion_confint(successes, trials, alpha=0.05, method="wilson")
    lower, upper = (0 if successes == 0 else lower), (1 if successes == trials else upper)
    return interval(successes / trials, lower, upper)


def mean(numbers, largest=math.inf):
    """A mean with the normal interval, cut to [0, largest]."""
    value = float(np.mean(numbers))
    if len(numbers) < 2:
        return {"value": value}
    margin = Z * scipy.stats.sem(numbers)
    return interval(value, max(0, value - margin), min(largest, value + margin))


def area(labels, scores):
    """AUC by scikit-learn; DeLong by definition, or Newcombe's method 5 where that has no width."""
    value = metrics.roc_auc_score(labels, scores)
    variance = delong(labels, scores)
    if variance is None or variance == 0:
        positives = int(labels.sum())
        negatives = len(labels) - positives
        return interval(value, *newcombe(value, positives, negatives))
    check_delong(labels, scores, variance)
    margin = Z * math.sqrt(variance)
    return interval(value, max(0, value - margin), min(1, value + margin))


def delong(labels, scores):
    """The variance of the area from its structural components."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    if len(positive) < 2 or len(negative) < 2:
        return None
    negative_sorted, positive_sorted = np.sort(negative), np.sort(positive)
    beaten = (
        np.searchsorted(negative_sorted, positive, "left") + np.searchsorted(negative_sorted, positive, "right")
    ) / (2 * len(negative))
    beating = 1 - (
        np.searchsorted(positive_sorted, negative, "left") + np.searchsorted(positive_sorted, negative, "right")
    ) / (2 * len(positive))
    return float(np.var(beaten, ddof=1) / len(positive) + np.var(beating, ddof=1) / len(negative))


def check_delong(labels, scores, variance):
    """MLstatkit must give the same interval; it falls back to a bootstrap where both models are one."""
    other = scores + np.where(np.arange(len(scores)) % 2 == 0, 1e-3, -1e-3)
    _, _, found, _, _, _, info = Delong_test(labels, scores, other, return_ci=True, return_auc=True)
    if info["method"] != "delong":
        return
    value, margin = metrics.roc_auc_score(labels, scores), Z * math.sqrt(variance)
    expected = max(0, value - margin), min(1, value + margin)
    if max(abs(a - b) for a, b in zip(found, expected)) > 1e-9:
        raise AssertionError(f"DeLong: {found} by MLstatkit, {expected} by definition")
    check_delong.compared += 1


check_delong.compared = 0


def newcombe(value, positives, negatives):
    """The areas at which the observed one is z model deviations away."""
    size = (positives + negatives) / 2 - 1

    def excess(theta):
        variance = theta * (1 - theta) / (positives * negatives)
        variance *= 1 + size * (1 - theta) / (2 - theta) + size * theta / (1 + theta)
        return (value - theta) ** 2 - Z * Z * variance

    lower = 0 if value == 0 else brentq(excess, 0, value - 1e-9, xtol=1e-14, rtol=1e-14)
    upper = 1 if value == 1 else brentq(excess, value + 1e-9, 1, xtol=1e-14, rtol=1e-14)
    return lower, upper


def calibration(labels, scores):
    """The error over bins of equal mass, with the interval that gives the bias back."""
    edges = np.quantile(scores, np.linspace(0, 1, BINS + 1))
    bins = np.searchsorted(edges[1:-1], scores)
    gaps, weights, deviations = [], [], []
    for b in np.unique(bins):
        inside = bins == b
        n, k = inside.sum(), labels[inside].sum()
        gaps.append(abs(labels[inside].mean() - scores[inside].mean()))
        weights.append(n / len(scores))
        smoothed = (k + 2) / (n + 4)
        deviations.append(math.sqrt(smoothed * (1 - smoothed) / n))
    check_curve(labels, scores, gaps)
    error, products = float(np.dot(weights, gaps)), np.multiply(weights, deviations)
    bias, margin = float(products.sum() * math.sqrt(2 / math.pi)), Z * float(np.linalg.norm(products))
    return interval(error, max(0, error - bias - margin), min(1, error + margin))


def check_curve(labels, scores, gaps):
    """scikit-learn's calibration curve must have the same bins and gaps."""
    true, predicted = calibration_curve(labels, scores, n_bins=BINS, strategy="quantile")
    np.testing.assert_allclose(gaps, np.abs(true - predicted), atol=1e-12)


def equal_width(labels, scores):
    """The error over bins of equal width, by scikit-learn's curve and numpy's counts."""
    true, predicted = calibration_curve(labels, scores, n_bins=BINS, strategy="uniform")
    bins = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], scores)
    counts = np.bincount(bins, minlength=BINS)
    weights = counts[counts > 0] / len(scores)
    return float(np.dot(weights, np.abs(true - predicted)))


def f1(labels, predicted):
    """F1 by scikit-learn with the interval of Jaccard's index, carried over."""
    right = int((labels & predicted).sum())
    either = int((labels | predicted).sum())
    value = metrics.f1_score(labels, predicted)
    jaccard = rate(right, either)
    return interval(value, *(2 * jaccard[end] / (1 + jaccard[end]) for end in ("lower", "upper")))


def binary_measures(labels, scores, predicted):
    """Every measure that is defined on the rows."""
    losses = -np.log(np.clip(np.where(labels == 1, scores, 1 - scores), np.finfo(float).eps, 1 - np.finfo(float).eps))
    brier = (scores - labels) ** 2
    found = {
        "log_loss": mean(losses),
        "brier": mean(brier, 1),
        "accuracy": rate(int((labels == predicted).sum()), len(labels)),
        "calibration_error": calibration(labels, scores),
    }
    both = 0 < labels.sum() < len(labels)
    same(found["log_loss"], metrics.log_loss(labels, scores, labels=[0, 1]))
    same(found["brier"], metrics.brier_score_loss(labels, scores, pos_label=1) if both else float(np.mean(brier)))
    same(found["accuracy"], metrics.accuracy_score(labels, predicted))
    right = int((labels & predicted).sum())
    if predicted.sum():
        found["precision"] = rate(right, int(predicted.sum()))
        same(found["precision"], metrics.precision_score(labels, predicted))
    if labels.sum():
        found["recall"] = rate(right, int(labels.sum()))
        same(found["recall"], metrics.recall_score(labels, predicted))
    if (labels | predicted).sum():
        found["f1"] = f1(labels, predicted)
    if both:
        found["auc"] = area(labels, scores)
    return found


def same(figure, expected):
    """scikit-learn's figure takes the place of ours, which must be near."""
    if abs(figure["value"] - expected) > 1e-10 * max(1, abs(expected)):
        raise AssertionError(f"{figure['value']} by the formula, {expected} by scikit-learn")
    figure["value"] = expected


def binary_cases():
    """Labels and scores by name; generated ones are 1 where a uniform draw is below slope * score."""
    listed = {
        "perfect": ([0, 0, 1, 1], [0.1, 0.3, 0.7, 0.9]),
        "inverted": ([1, 1, 0, 0], [0.1, 0.3, 0.7, 0.9]),
        "one row": ([1], [0.8]),
        "one wrong row": ([0], [0.8]),
        "two rows": ([0, 1], [0.4, 0.6]),
        "only ones": ([1, 1, 1], [0.2, 0.6, 0.9]),
        "only zeros": ([0, 0, 0], [0.2, 0.3, 0.4]),
        "only zeros, some predicted": ([0, 0, 0, 0], [0.2, 0.3, 0.8, 0.9]),
        "nothing predicted": ([0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4]),
        "all predicted": ([0, 1, 0, 1], [0.6, 0.7, 0.8, 0.9]),
        "all scores equal": ([0, 1, 0, 1, 1], [0.5] * 5),
        "certain and right": ([0, 1, 0, 1], [0, 1, 0, 1]),
        "certain and wrong": ([1, 0, 1, 0], [0, 1, 0, 1]),
        "certain, once wrong": ([0, 1, 0, 1, 1, 0], [0, 1, 0, 1, 0, 0.5]),
        "one positive": ([0, 0, 1, 0, 0], [0.1, 0.5, 0.4, 0.2, 0.3]),
        "one negative": ([1, 1, 0, 1, 1], [0.1, 0.5, 0.4, 0.2, 0.3]),
        "ties between the classes": ([0, 1, 0, 1, 0, 1, 1, 0], [0.2, 0.2, 0.5, 0.5, 0.5, 0.8, 0.8, 0.8]),
        "tiny scores": ([0, 0, 1, 0], [1e-300, 1e-20, 1e-12, 5e-324]),
        "on the threshold": ([1, 0, 1], [0.5, 0.5, 0.49999999]),
    }
    for name, (labels, scores) in listed.items():
        yield {"name": name, "labels": values(labels), "scores": values(scores)}
    generated = [
        ("calibrated", 200, 1, 1001, 1.0, 0.001),
        ("continuous scores", 1000, 2, 2**40, 1.0, 2.0**-40),
        ("two decimals", 1000, 3, 101, 1.0, 0.01),
        ("three scores", 500, 4, 3, 0.9, 0.25),
        ("overconfident", 2000, 5, 1001, 0.6, 0.001),
        ("underconfident", 2000, 6, 501, 2.0, 0.001),
        ("rare positives", 5000, 7, 1001, 1.0, 0.00002),
        ("no relation to the truth", 300, 8, 2, 0.5, 1.0),
        ("a hundred thousand rows", 100_000, 9, 2**32, 1.0, 2.0**-32),
        ("a hundred thousand rows with ties", 100_000, 10, 20, 0.8, 0.05),
        ("thirty rows", 30, 11, 1001, 1.0, 0.001),
    ]
    for name, count, seed, modulus, slope, scale in generated:
        yield {
            "name": name,
            "uniforms": splitmix(seed * 1_000_000_007, count, 2**32, 2.0**-32),
            "slope": slope,
            "scores": splitmix(seed * 998_244_353, count, modulus, scale),
        }


def labels_of(case):
    """Listed labels, or drawn ones."""
    if "labels" in case:
        return draw(case["labels"]).astype(int)
    return (draw(case["uniforms"]) < case["slope"] * draw(case["scores"])).astype(int)


def binary_table():
    """Each case with its measures; a score of one half or more predicts a 1."""
    rows = []
    for case in binary_cases():
        labels, scores = labels_of(case), draw(case["scores"])
        predicted = (scores >= 0.5).astype(int)
        case["measures"] = binary_measures(labels, scores, predicted)
        case["equal_width"] = equal_width(labels, scores)
        rows.append(case)
    return rows


def difference_table():
    """Rates compared: Newcombe's hybrid score interval by statsmodels."""
    rows = []
    for right, n, reference_right, m in [
        (56, 70, 48, 80), (9, 10, 3, 10), (0, 10, 0, 20), (10, 10, 0, 20), (700, 1000, 7400, 10_000),
        (1, 1, 1, 1), (5, 56, 0, 29),
    ]:  # fmt: skip
        lower, upper = confint_proportions_2indep(
            right, n, reference_right, m, method="newcomb", compare="diff", alpha=0.05
        )
        found = interval(right / n - reference_right / m, lower, upper)
        rows.append({"current": [right, n], "reference": [reference_right, m], "difference": found})
    return rows


def regression_table():
    """RMSE and MAE of errors."""
    samples = [
        values([0]), values([3]), values([1, -1]), values([0.5, -2, 3.25, 0, 0]), values([1e-9, 2e-9, -3e-9]),
        values([1e6, -1e6, 5]), splitmix(71, 1000, 2001, 0.01, -10), splitmix(72, 100_000, 2**20, 2.0**-20, -0.25),
    ]  # fmt: skip
    rows = []
    for sample in samples:
        errors = draw(sample)
        squared = mean(errors**2)
        rmse = {end: math.sqrt(number) for end, number in squared.items()}
        same(rmse, metrics.root_mean_squared_error(np.zeros(len(errors)), errors))
        mae = mean(np.abs(errors))
        same(mae, metrics.mean_absolute_error(np.zeros(len(errors)), errors))
        rows.append({"errors": sample, "measures": {"rmse": rmse, "mae": mae}})
    return rows


def multiclass_table():
    """Accuracy, macro F1 and log loss over classes 0 ..< k."""
    cases = [
        ([0, 1, 2], [0, 1, 2]), ([0, 1, 2, 2], [0, 2, 2, 2]), ([0, 0, 1, 1], [1, 1, 0, 0]), ([3], [5]),
        ([0, 0, 0], [0, 0, 1]),
    ]  # fmt: skip
    cases = [(values(labels), values(predicted)) for labels, predicted in cases]
    for seed, count, classes in [(81, 500, 3), (82, 3000, 8), (83, 200, 50)]:
        cases.append((splitmix(seed, count, classes), splitmix(seed + 10_000, count, classes)))
    return [multiclass(labels, predicted) for labels, predicted in cases]


def multiclass(label_sample, predicted_sample):
    """One case; the true class's probability is (1 + label mod 7) / 8."""
    labels, predicted = draw(label_sample).astype(int), draw(predicted_sample).astype(int)
    if len(labels) > 100:  # Every third row is right, so that there is something to find.
        predicted = np.where(np.arange(len(labels)) % 3 == 0, labels, predicted)
    probabilities = (1 + labels % 7) / 8
    found = {
        "accuracy": rate(int((labels == predicted).sum()), len(labels)),
        "log_loss": mean(-np.log(probabilities)),
        "macro_f1": macro_f1(labels, predicted),
    }
    same(found["accuracy"], metrics.accuracy_score(labels, predicted))
    return {"labels": label_sample, "predicted": predicted_sample, "measures": found}


def macro_f1(labels, predicted):
    """By scikit-learn, its interval by the delta method; none where the rows do not vary."""
    value = metrics.f1_score(labels, predicted, average="macro", zero_division=0)
    if (labels == predicted).all():
        return {"value": value}
    variance = exact_macro_variance(labels, predicted)
    if variance == 0:
        return {"value": value}
    margin = Z * math.sqrt(variance)
    check_macro(labels, predicted, variance)
    return interval(value, max(0, value - margin), min(1, value + margin))


def exact_macro_variance(labels, predicted):
    """The delta method with the gradient of the confusion matrix's shares taken numerically, in complex steps."""
    classes = np.unique(np.concatenate([labels, predicted]))
    shares = metrics.confusion_matrix(labels, predicted, labels=classes) / len(labels)

    def score(matrix):
        return sum(2 * matrix[c, c] / (matrix[c].sum() + matrix[:, c].sum()) for c in range(len(classes))) / len(classes)

    gradient = np.zeros_like(shares)
    for cell in np.argwhere(shares > 0):
        step = shares.astype(complex)
        step[tuple(cell)] += 1e-20j
        gradient[tuple(cell)] = score(step).imag / 1e-20
    centre = (shares * gradient).sum()
    variance = float((shares * (gradient - centre) ** 2).sum() / len(labels))
    return 0 if variance < 1e-30 else variance


def check_macro(labels, predicted, variance):
    """A bootstrap's variance must be near where there are rows enough."""
    if len(labels) < 500:
        return
    generator = np.random.default_rng(1)
    scores = []
    for _ in range(1000):
        rows = generator.integers(0, len(labels), len(labels))
        scores.append(metrics.f1_score(labels[rows], predicted[rows], average="macro"))
    if not 0.85 < np.var(scores) / variance < 1.15:
        raise AssertionError(f"macro F1: variance {variance} by the delta method, {np.var(scores)} by bootstrap")


def isotonic_table():
    """IsotonicRegression(out_of_bounds="clip") at its own points, between and beyond."""
    cases = [
        ([1], [0.3], None), ([1, 1, 1], [0, 1, 1], None), ([1, 2, 3, 4], [1, 2, 3, 4], None),
        ([1, 2, 3, 4], [4, 3, 2, 1], None), ([1, 2, 2, 3, 5, 8], [0, 1, 0, 1, 0, 1], None),
        ([3, 1, 2, 2, 1], [1, 0, 0.5, 0, 1], [1, 2, 0.5, 4, 0]), ([0, 0, 1, 1], [1, 0, 0, 1], [3, 1, 1, 3]),
        ([-5, 0, 5, 10], [-1, 2, -3, 7], [0.1, 10, 2, 1]), ([0.1, 0.2, 0.3], [0, 0, 0], None),
    ]  # fmt: skip
    rows = [fitted(values(x), values(y), w and values(w)) for x, y, w in cases]
    for seed, count, modulus in [(91, 50, 20), (92, 400, 2**30), (93, 1000, 101), (94, 20_000, 1001)]:
        x, y = splitmix(seed, count, modulus, 1 / modulus), splitmix(seed + 7_000_000, count, 2)
        w = splitmix(seed + 9_000_000, count, 5, 0.5) if seed % 2 else None
        rows.append(fitted(x, y, w))
    return rows


def fitted(x, y, weights):
    """One fit with its values at many places."""
    model = IsotonicRegression(out_of_bounds="clip")
    xs, ys = draw(x), draw(y)
    model.fit(xs, ys, sample_weight=None if weights is None else draw(weights))
    low, high = xs.min(), xs.max()
    places = np.concatenate([[low - 1, high + 1], xs[:20], np.linspace(low, high, 23)])
    row = {"x": x, "y": y, "places": places, "values": model.predict(places)}
    if weights is not None:
        row["weights"] = weights
    return row


def normal_table():
    """Normal quantiles from the far tail to the middle."""
    tails = [1e-300, 1e-100, 1e-20, 1e-9, 1e-5, 0.001, 0.005, 0.025, 0.05, 0.074, 0.076, 0.2, 0.4999, 0.5]
    points = tails + [1 - p for p in tails[3:-1]]
    return [{"p": p, "x": norm.ppf(p)} for p in points]


def main():
    """Writes performance.json."""
    directory = output_directory(__doc__)
    source = (
        f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, "
        "MLstatkit 0.1.91; tools/golden/performance.py"
    )
    body = {
        "binary": binary_table(),
        "differences": difference_table(),
        "regression": regression_table(),
        "multiclass": multiclass_table(),
        "isotonic": isotonic_table(),
        "normal": normal_table(),
    }
    print(f"{check_delong.compared} DeLong intervals compared with MLstatkit's")
    write("performance.json", source, body, directory)


if __name__ == "__main__":
    main()
