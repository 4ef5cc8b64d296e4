"""Golden cases of the gate: the cluster bootstrap, DeLong's paired test, McNemar's test, ROC curves, Student's quantiles.

The bootstrap's draws are SplitMix64's, made here with numpy; what a draw comes to is scikit-learn's measure of the rows
it names, and percentile and BCa intervals are `scipy.stats.bootstrap`'s of those replicates, a cluster being its unit;
the expanded one is T. Hesterberg's formula with scipy's distributions. DeLong's test is MLstatkit's, McNemar's statsmodels' (the mid-p value by scipy's binomial distribution), curves are scikit-learn's.
The two samples called `oracle` are those that an earlier computation of the same tests used.
"""

import warnings

import numpy as np
import scipy
import sklearn
import statsmodels
from MLstatkit.delong import Delong_test
from scipy.stats import binom, bootstrap, norm, t
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar

from golden import draw, mix, normals, output_directory, splitmix, uniforms, values, write

GOLDEN_RATIO = 0x9E3779B97F4A7C15
EPSILON = 2.0**-52


def clusters_drawn(seed, replicates, count):
    """Which clusters each replicate draws: the high word of u * count, u being SplitMix64's next number."""
    steps = np.arange(replicates * count, dtype=np.uint64) * np.uint64(GOLDEN_RATIO)
    drawn = mix(steps + np.uint64(seed))
    low, high = drawn & np.uint64(0xFFFFFFFF), drawn >> np.uint64(32)
    wide = high * np.uint64(count) + ((low * np.uint64(count)) >> np.uint64(32))
    return (wide >> np.uint64(32)).astype(int).reshape(replicates, count)


def calibration_error(labels, scores, edges):
    """The expected calibration error in bins of fixed edges, a score on an edge to its left."""
    bins = np.searchsorted(edges, scores, side="left")
    gaps = np.bincount(bins, labels - scores, minlength=len(edges) + 1)
    return np.abs(gaps).sum() / len(labels)


def measures(labels, scores):
    """scikit-learn's measures of any of the rows; undefined ones are NaN."""
    edges = np.quantile(scores, np.arange(1, 10) / 10)

    def of(rows):
        y, p = labels[rows], scores[rows]
        decided = p >= 0.5
        return {
            "log_loss": metrics.log_loss(y, np.clip(p, EPSILON, 1 - EPSILON), labels=[0, 1]),
            "brier": np.mean((p - y) ** 2),
            "accuracy": metrics.accuracy_score(y, decided),
            "precision": metrics.precision_score(y, decided, zero_division=np.nan),
            "recall": metrics.recall_score(y, decided, zero_division=np.nan),
            "f1": metrics.f1_score(y, decided, zero_division=np.nan),
            "auc": metrics.roc_auc_score(y, p) if 0 < y.sum() < len(y) else np.nan,
            "calibration_error": calibration_error(y, p, edges),
        }

    return of


class Replicates:
    """What scipy.stats.bootstrap takes for an earlier result."""

    def __init__(self, distribution):
        self.bootstrap_distribution = distribution


def intervals(statistic, count, distribution):
    """Both of scipy's intervals of replicates that are there already; clusters are its units."""
    found = {"value": statistic(np.arange(count))}
    for method in ("percentile", "BCa"):
        result = bootstrap(
            (np.arange(count),), statistic, n_resamples=0, vectorized=False, method=method,
            bootstrap_result=Replicates(np.asarray(distribution)),
        )  # fmt: skip
        found[method.lower()] = list(result.confidence_interval)
    tail = norm.cdf(np.sqrt(count / (count - 1)) * t.ppf(0.025, count - 1))
    found["expanded"] = np.quantile(distribution, [tail, 1 - tail])
    return found


def bootstrap_case(name, seed, replicates, labels, keys, champion, candidate):
    """Every measure of both models and its difference, paired by the draw."""
    y, key = draw(labels), draw(keys).astype(int)
    rows_of = [np.flatnonzero(key == k) for k in np.unique(key)]
    models = {"champion": measures(y, draw(champion)), "candidate": measures(y, draw(candidate))}
    drawn = clusters_drawn(seed, replicates, len(rows_of))

    def rows(clusters):
        return np.concatenate([rows_of[k] for k in np.asarray(clusters).astype(int)])

    def difference(figures):
        return {m: figures["candidate"][m] - figures["champion"][m] for m in figures["candidate"]}

    def everything(clusters):
        figures = {model: of(rows(clusters)) for model, of in models.items()}
        return figures | {"difference": difference(figures)}

    whole = everything(range(len(rows_of)))
    all_drawn = [everything(clusters) for clusters in drawn]
    table = {}
    for which in whole:
        for metric in whole[which]:
            replicated = [figures[which][metric] for figures in all_drawn]
            if np.isnan(replicated).any():
                raise AssertionError(f"{name}: {metric} undefined in a replicate")
            figure = intervals(lambda c: everything(c)[which][metric], len(rows_of), replicated)
            figure["first"] = replicated[:5]
            table.setdefault(metric, {})[which] = figure
    return {
        "name": name, "seed": seed, "replicates": replicates, "labels": labels, "keys": keys,
        "champion": champion, "candidate": candidate, "measures": table,
    }  # fmt: skip


def bootstrap_table():
    """Few clusters and many, tied scores and distinct ones."""
    return [
        bootstrap_case(
            "20 clusters, distinct scores", 7, 400, splitmix(11, 400, 2), splitmix(12, 400, 20),
            splitmix(13, 400, 2**20, 2.0**-20), splitmix(14, 400, 2**20, 2.0**-20),
        ),
        bootstrap_case(
            "8 clusters, tied scores", 1, 300, splitmix(21, 240, 2), splitmix(22, 240, 8),
            splitmix(23, 240, 11, 0.1), splitmix(24, 240, 6, 0.2),
        ),
        bootstrap_case(
            "40 clusters of few rows", 2**63 + 5, 300, splitmix(31, 160, 2), splitmix(32, 160, 40, 3, -50),
            splitmix(33, 160, 101, 0.01), splitmix(34, 160, 2**20, 2.0**-20),
        ),
    ]  # fmt: skip


def oracle_sample(seed, count):
    """Labels and two scores that are correlated."""
    labels = (uniforms(seed, count) < 0.4).astype(float)
    first, second = normals(seed + 1, count), normals(seed + 2, count)
    a = np.round(labels + first, 2)
    b = np.round(1.2 * labels + 0.6 * first + 0.8 * second, 2)
    return values(labels), values(a), values(b)


def delong_case(name, labels, champion, candidate):
    """MLstatkit's z and p-value; the covariance by the definition, every positive against every negative."""
    y, a, b = draw(labels), draw(champion), draw(candidate)
    covariance = delong_covariance(y, [b, a])
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    difference = metrics.roc_auc_score(y, b) - metrics.roc_auc_score(y, a)
    case = {
        "name": name, "labels": labels, "champion": champion, "candidate": candidate,
        "areas": [metrics.roc_auc_score(y, a), metrics.roc_auc_score(y, b)],
        "covariance": covariance[0, 1], "difference": difference,
    }  # fmt: skip
    if abs(variance) < 1e-15:
        return case | {"z": 0, "p": 1, "margin": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        z, p = Delong_test(y.astype(int), a, b)[:2]
    return case | {"z": z, "p": p, "margin": norm.ppf(0.975) * np.sqrt(variance)}


def delong_covariance(labels, scores):
    """The covariance matrix of areas."""
    positives, negatives = labels == 1, labels == 0
    by_positive, by_negative = [], []
    for s in scores:
        won = np.sign(s[positives][:, None] - s[negatives][None, :]) / 2 + 0.5
        by_positive.append(won.mean(axis=1))
        by_negative.append(won.mean(axis=0))
    return np.cov(by_positive) / positives.sum() + np.cov(by_negative) / negatives.sum()


def delong_table():
    """Independent and correlated scores, ties, one the other's image, few positives."""
    y, a = splitmix(41, 300, 2), splitmix(42, 300, 2**20, 2.0**-20)
    return [
        delong_case("oracle of 20", *oracle_sample(31, 20)),
        delong_case("oracle of 100", *oracle_sample(32, 100)),
        delong_case("independent", y, a, splitmix(43, 300, 2**20, 2.0**-20)),
        delong_case("tied", y, splitmix(44, 300, 5), splitmix(45, 300, 3)),
        delong_case("the same ranking", y, a, splitmix(42, 300, 2**20, 3.0, -7)),
        delong_case("a few positives", values([1, 1, 1] + [0] * 47), splitmix(46, 50, 9), splitmix(47, 50, 997)),
        delong_case("one in two reversed", values([0, 1] * 6), values(range(12)), values(range(12, 0, -1))),
    ]


def mcnemar_table():
    """Small and large counts, even and one-sided ones."""
    pairs = [(0, 1), (1, 0), (0, 6), (1, 1), (2, 3), (6, 14), (25, 40), (5, 5), (0, 60), (480, 520), (999, 1200),
             (50_000, 50_700), (0, 2000)]  # fmt: skip
    return [mcnemar_case(b, c) for b, c in pairs]


def mcnemar_case(b, c):
    """statsmodels' exact and corrected tests; its correction makes a χ² of an even split, R's mcnemar.test does not."""
    table = [[10, b], [c, 10]]
    corrected = mcnemar(table, exact=False, correction=True)
    small, n = min(b, c), b + c
    mid = 2 * binom.cdf(small - 1, n, 0.5) + binom.pmf(small, n, 0.5)
    return {
        "only_first": b, "only_second": c, "exact": mcnemar(table, exact=True).pvalue, "mid": min(1, mid),
        "chi_squared": 0 if b == c else corrected.statistic, "chi_squared_p": 1 if b == c else corrected.pvalue,
    }  # fmt: skip


def roc_table():
    """Every point of scikit-learn's curve."""
    samples = [
        ("distinct", splitmix(51, 60, 2), splitmix(52, 60, 2**20, 2.0**-20)),
        ("tied", splitmix(53, 200, 2), splitmix(54, 200, 7, 0.125)),
        ("constant", splitmix(55, 10, 2), values([0.5] * 10)),
    ]
    return [roc_case(*sample) for sample in samples]


def roc_case(name, labels, scores):
    """False and true positive rates and thresholds."""
    fpr, tpr, thresholds = metrics.roc_curve(draw(labels), draw(scores), drop_intermediate=False)
    return {"name": name, "labels": labels, "scores": scores, "fpr": fpr, "tpr": tpr, "thresholds": thresholds}


def student_table():
    """scipy's quantiles of Student's t."""
    points = [0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.99999, 0.025, 0.3]
    return [{"p": p, "df": df, "x": t.ppf(p, df)} for df in (1, 2, 3, 4, 9, 30, 1000) for p in points]


def main():
    """Writes gate.json."""
    directory = output_directory(__doc__)
    source = (
        f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, "
        f"numpy {np.__version__}, MLstatkit 0.1.91; tools/golden/gate.py"
    )
    body = {
        "bootstrap": bootstrap_table(),
        "delong": delong_table(),
        "mcnemar": mcnemar_table(),
        "roc": roc_table(),
        "student": student_table(),
    }
    write("gate.json", source, body, directory)


if __name__ == "__main__":
    main()
