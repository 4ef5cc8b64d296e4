"""Golden cases of the tests that may be looked at as often as one likes, of CUPED and of sample sizes.

Confidence sequences and mixture tests are ville's and gbstats', counts and sample ratios savvi's (its intervals come of a
solver, good to 1e-6) and ssrm-test's; what these lose to rounding at 10^12 events is mpmath's, of 60 digits. The clustered
mixture test, which no package has, is the double integral of Student's likelihood over effects and deviations by
scipy.integrate. CUPED is gbstats', sizes are statsmodels' and scipy's.

The values of confseq 0.0.11 (which needs Boost to be built) and of msprt 0.1.2 (two-sample) stand below as they printed them.
"""

import numpy as np

np.Inf = np.inf  # ssrm-test 0.1.5 is older than numpy 2

import mpmath
import scipy
from gbstats.frequentist.tests import SequentialConfig, SequentialTwoSidedTTest, TwoSidedTTest, FrequentistConfig
from gbstats.models.statistics import (
    ProportionStatistic, RegressionAdjustedStatistic, SampleMeanStatistic, compute_theta,
)  # fmt: skip
from gbstats.utils import check_srm
from savvi.multinomial import InhomogeneousBernoulliProcess, Multinomial
from scipy.integrate import quad
from scipy.stats import chisquare, norm
from ssrm_test.ssrm_test import sequential_p_values
from statsmodels.stats.power import NormalIndPower
from ville.means import AsymptoticCS, EmpiricalBernsteinCS
from ville.sequential import MSPRT

from golden import normals, output_directory, uniforms, write

mpmath.mp.dps = 60


def sample(mean, deviation, seed, count):
    """Normal values, as rounded as the other packages saw them."""
    return np.round(mean + deviation * normals(seed, count), 6)


def mixture_table():
    """ville's mixture test of one sample, every look."""
    cases = [(0.35, 1.0, 11, 50, 0.4), (0.1, 1.5, 12, 200, 0.42), (-0.8, 0.5, 13, 120, 0.1)]
    return [mixture_case(*case) for case in cases]


def mixture_case(mean, deviation, seed, count, tau):
    """ln E and the p-value after each value."""
    x = sample(mean, deviation, seed, count)
    test = MSPRT(theta0=0.0, sigma=deviation, tau=tau).update(x)
    return {
        "values": x, "sigma": deviation, "tau": tau,
        "log_e": test.log_e_values_, "p": np.minimum(1, np.minimum.accumulate(np.exp(-test.log_e_values_))),
    }  # fmt: skip


def boundary_table():
    """confseq.boundaries.normal_mixture_bound(t, 0.05, 500, 0.05, False)/t, 0.0.11."""
    rows = [(100, 0.33638877257827815), (500, 0.13573867256799615)]
    return [{"t": t, "alpha": 0.05, "rho2": 0.01587230920347513, "half_width": width} for t, width in rows]


def two_sample_table():
    """msprt 0.1.2's likelihood ratios of two arms of known deviation, after so many values of each."""
    rows = [
        (0.5, 51, 60, 0.3, [(1, 0.9851655471544477), (10, 1.6696326211098977), (50, 14.307108879445824)]),
        (0.2, 52, 61, 0.1, [(1, 0.9990895899122635), (10, 0.9770280300788216), (200, 2.9715557164027433)]),
    ]
    table = []
    for mean, seed, other, tau, looks in rows:
        x, y = sample(mean, 1.0, seed, looks[-1][0]), sample(0.0, 1.0, other, looks[-1][0])
        for n, ratio in looks:
            difference = x[:n].mean() - y[:n].mean()
            table.append({"n": n, "tau": tau, "difference": difference, "likelihood_ratio": ratio})
    return table


def asymptotic_table():
    """ville's asymptotic sequence of one sample; its ρ² comes of a minimiser."""
    table = []
    for mean, seed, count in [(0.2, 61, 300), (0.2, 62, 1000)]:
        x = sample(mean, 1.0, seed, count)
        sequence = AsymptoticCS(alpha=0.05, t_opt=500).update(x)
        table.append({"values": x, "tightest": 500, "lower": sequence.lower_[-1], "upper": sequence.upper_[-1]})
    return table


def difference_case(champion, candidate, tuning, alpha):
    """gbstats' sequential test of two arms."""
    config = SequentialConfig(alpha=alpha, difference_type="absolute", sequential_tuning_parameter=tuning)
    test = SequentialTwoSidedTTest(champion, candidate, config)
    return {
        "alpha": alpha, "rho": test.rho, "difference": test.point_estimate,
        "interval": test.confidence_interval, "p": test.p_value,
    }  # fmt: skip


def proportion_table():
    """Rates in arms of equal and unequal size."""
    rows = [(100, 1000, 130, 1000, 5000, 0.05), (1000, 20000, 305, 5000, 10000, 0.05), (30, 400, 90, 380, 1000, 0.01)]
    return [
        {"champion": [a, n], "candidate": [b, m]}
        | difference_case(ProportionStatistic(n=n, sum=a), ProportionStatistic(n=m, sum=b), tuning, alpha)
        for a, n, b, m, tuning, alpha in rows
    ]


def mean_table():
    """Means in arms of equal and unequal size."""
    rows = [(500, 10.0, 25.0, 520, 10.8, 30.0, 5000), (3000, 0.2, 0.04, 3000, 0.19, 0.05, 5000)]
    table = []
    for n, mean, variance, m, other, other_variance, tuning in rows:
        arms = [
            SampleMeanStatistic(n=k, sum=k * mu, sum_squares=(k - 1) * v + k * mu * mu)
            for k, mu, v in [(n, mean, variance), (m, other, other_variance)]
        ]
        table.append(
            {"champion": [n, mean, variance], "candidate": [m, other, other_variance]}
            | difference_case(*arms, tuning, 0.05)
        )
    return table


def ratio_table():
    """savvi's odds and ssrm-test's p-values, batch by batch."""
    rows = [
        ([[52, 48], [110, 90], [520, 430], [5300, 4700]], [0.5, 0.5], 100),
        ([[52, 48], [110, 90], [520, 430], [5300, 4700]], [0.5, 0.5], 10_000),
        ([[10, 90], [12, 88], [30, 170], [90, 910]], [0.1, 0.9], 100),
        ([[1, 0, 4], [120, 110, 260], [700, 480, 1200]], [0.25, 0.25, 0.5], 10_000),
    ]
    return [ratio_case(*row) for row in rows]


def ratio_case(batches, shares, k):
    """One sequence of batches."""
    test = Multinomial(0.05, np.array(shares), k)
    odds = []
    for batch in batches:
        test.update(np.array(batch))
        odds.append(np.log(test.odds))
    p = sequential_p_values(np.array(batches), np.array(shares), dirichlet_concentration=k)
    return {"batches": batches, "shares": shares, "concentration": k, "log_e": odds, "p": p}


def chi_squared_table():
    """scipy's χ², and gbstats' p-value of the same."""
    rows = [([5982, 5268], [0.5, 0.5]), ([952, 9448], [0.1, 0.9]), ([5010, 4790], [0.5, 0.5]), ([10, 12, 31], [1, 1, 2])]
    table = []
    for counts, weights in rows:
        expected = np.array(weights) / sum(weights) * sum(counts)
        statistic, p = chisquare(counts, expected)
        assert abs(check_srm(counts, weights) - p) < 1e-12
        table.append({"counts": counts, "shares": weights, "chi_squared": statistic, "p": p})
    return table


def count_table():
    """savvi's test of equal rates and its interval of the logarithm of their ratio."""
    rows = [
        ([[20, 35], [22, 30], [40, 66]], [0.5, 0.5]),
        ([[95, 9], [190, 18], [380, 31]], [0.95, 0.05]),
        ([[50, 4], [70, 9]], [0.9, 0.1]),
    ]
    return [count_case(*row) for row in rows]


def count_case(batches, shares):
    """One sequence of batches; the solver is asked for more digits than it offers."""
    test = InhomogeneousBernoulliProcess(0.05, np.array(shares), lambda d: [d[0] == d[1]], np.array([[-1, 1]]), 100)
    for batch in batches:
        test.counts += np.array(batch)
    log_e = np.log(test.update_odds(np.array(batches[-1]), tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12))
    interval = test.calculate_conf_int(tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12)[0]
    return {"batches": batches, "share": shares[1], "log_e": log_e, "interval": interval}


def large_count_table():
    """The same by mpmath, up to 10^12 events and far from equal."""
    rows = [(0, 5, 0.5), (7, 0, 0.1), (120, 180, 0.5), (10**6, 10**6 + 4000, 0.5), (95 * 10**7, 5 * 10**7 + 30_000, 0.05),
            (5 * 10**11, 5 * 10**11 + 3 * 10**6, 0.5), (99 * 10**10, 10**10 + 10**6, 0.01), (10**12, 10, 0.5)]  # fmt: skip
    return [large_count_case(*row) for row in rows]


def large_count_case(champion, candidate, share, k=100):
    """ln E at equal rates, and where it is ln 20 on both sides."""
    counts, shares = [champion, candidate], [1 - mpmath.mpf(share), mpmath.mpf(share)]

    def log_e(ratio):
        odds = shares[1] / shares[0] * mpmath.exp(ratio)
        theta = [1 / (1 + odds), odds / (1 + odds)]
        found = mpmath.loggamma(k) - mpmath.loggamma(k + sum(counts))
        for n, rho, t in zip(counts, shares, theta):
            found += mpmath.loggamma(k * rho + n) - mpmath.loggamma(k * rho) - n * mpmath.log(t)
        return found

    case = {"champion": champion, "candidate": candidate, "share": share, "log_e": float(log_e(0))}
    middle = mpmath.log((candidate or 0.5) * shares[0] / (champion or 0.5) / shares[1])
    for end, count, sign in [("lower", candidate, -1), ("upper", champion, 1)]:
        case[end] = float(crossing(log_e, middle, sign)) if count else sign * np.inf
    return case


def crossing(log_e, inside, sign):
    """Where ln E passes ln 20, by bisection."""
    while log_e(inside) > mpmath.log(20):
        inside -= sign
    low, high = inside, inside + 200 * sign
    for _ in range(120):
        middle = (low + high) / 2
        low, high = (low, middle) if log_e(middle) > mpmath.log(20) else (middle, high)
    return low


def clustered_table():
    """Twelve clusters and more, of no effect, a small and a large one, independent and not."""
    rows = [(0.0, 71, 12, 0.0), (0.5, 72, 20, 0.0), (1.2, 73, 30, 0.0), (-0.4, 74, 60, 0.5), (0.3, 75, 25, 0.97)]
    return [clustered_case(*row) for row in rows]


def clustered_case(mean, seed, count, carry):
    """ln E by integration, and the interval from where it is ln 20."""
    noise, x = normals(seed, count), np.zeros(count)
    for i in range(count):
        x[i] = noise[i] + (carry * x[i - 1] if i else 0)
    x = np.round(mean + x, 6)
    rho2 = 8.0 / 40
    deviations = x - x.mean()
    r = np.sum(deviations[1:] * deviations[:-1]) / np.sum(deviations**2)
    held = min(max(0, r + 1 / count), 0.9)
    effective = count * (1 - held) / (1 + held)
    spread = np.mean(deviations**2)

    def log_e(null):
        return integrated(effective, (x.mean() - null) / np.sqrt(spread), rho2)

    low, high = 0.0, 20 * np.sqrt(spread)
    if log_e(x.mean() - high) < np.log(20):
        low = high = np.inf
    while high - low > 1e-11:
        middle = (low + high) / 2
        low, high = (low, middle) if log_e(x.mean() - middle) > np.log(20) else (middle, high)
    return {
        "values": x, "rho2": rho2, "autocorrelation": r, "effective": effective, "log_e": log_e(0), "radius": low,
        "skewness": scipy.stats.skew(x),
    }  # fmt: skip


def integrated(n, mean, rho2):
    """n values of mean `mean` and mean squared deviation 1: their likelihood under effects N(0, ρ²) over that under none,
    deviations having the density 1/σ in both; the integral over ln σ inside that over effects."""

    def over_deviations(effect):
        def likelihood(log_sigma):
            sigma = np.exp(log_sigma)
            return np.exp(-n * log_sigma - n / 2 * (1 + (mean - effect * sigma) ** 2) / sigma**2 + n / 2)

        return quad(likelihood, -3, max(6, 40 / n), points=[0, 1], epsabs=0, epsrel=1e-11, limit=200)[0]

    def weighed(effect):
        return over_deviations(effect) * norm.pdf(effect, scale=np.sqrt(rho2))

    reach = 12 * np.sqrt(rho2)
    mixed = quad(weighed, -reach, reach, points=[0, mean], epsabs=0, epsrel=1e-10, limit=200)[0]
    return np.log(mixed / over_deviations(0.0))


def bernstein_table():
    """ville's sequence, every look."""
    samples = {
        "uniform": np.round(uniforms(21, 30), 6),
        "rare": (uniforms(22, 200) < 0.3).astype(float),
        "constant": np.full(40, 0.25),
    }
    table = []
    for name, x in samples.items():
        sequence = EmpiricalBernsteinCS(bounds=(0, 1), alpha=0.05, c=0.5, intersect=False).update(x)
        table.append({"name": name, "values": x, "lower": sequence.lower_, "upper": sequence.upper_})
    return table


def cuped_table():
    """gbstats' adjusted test."""
    rows = [(41, 91, 80, 40, 0.8, 0.5), (42, 92, 400, 300, 0.5, 0.0)]
    return [cuped_case(*row) for row in rows]


def cuped_case(seed, other, count, first, slope, effect):
    """Both arms' rows, the champion's first."""
    x = np.round(10 + 2 * normals(seed, count), 6)
    noise = np.sqrt(1 - slope**2) * 2 * normals(other, count)
    y = np.round(5 + slope * (x - 10) + noise + effect * (np.arange(count) >= first), 6)
    arms = [adjusted(x[rows], y[rows], 0) for rows in (slice(0, first), slice(first, count))]
    theta = compute_theta(*arms)
    arms = [adjusted(x[rows], y[rows], theta) for rows in (slice(0, first), slice(first, count))]
    fixed = TwoSidedTTest(*arms, FrequentistConfig(difference_type="absolute"))
    sequential = SequentialTwoSidedTTest(*arms, SequentialConfig(difference_type="absolute"))
    return {
        "x": x, "y": y, "first": first, "theta": theta, "difference": fixed.point_estimate,
        "variance": fixed.variance, "rho": sequential.rho, "interval": sequential.confidence_interval,
    }  # fmt: skip


def adjusted(x, y, theta):
    """One arm as gbstats takes it."""
    def mean(values):
        return SampleMeanStatistic(n=len(values), sum=values.sum(), sum_squares=(values**2).sum())

    return RegressionAdjustedStatistic(
        n=len(x), post_statistic=mean(y), pre_statistic=mean(x), post_pre_sum_of_products=(x * y).sum(), theta=theta
    )


def size_table():
    """statsmodels' size of a one-sided test at half the level, whose closed form has no other tail."""
    table = []
    for effect, variance, alpha, power, share in [(0.1, 1.0, 0.05, 0.8, 0.5), (2.0, 30.0, 0.01, 0.9, 0.05)]:
        odds = share / (1 - share)
        n = NormalIndPower().solve_power(effect / np.sqrt(variance), None, alpha / 2, power, odds, "larger")
        table.append({"effect": effect, "variance": variance, "alpha": alpha, "power": power, "share": share, "n": n})
    return table


def rate_size_table():
    """By scipy's quantiles, the variance unpooled."""
    table = []
    for rate, effect, share in [(0.1, 0.01, 0.5), (0.05, 0.005, 0.05), (0.3, -0.02, 0.25)]:
        odds, other = share / (1 - share), rate + effect
        reach = norm.ppf(0.975) + norm.ppf(0.8)
        n = reach**2 * (rate * (1 - rate) + other * (1 - other) / odds) / effect**2
        table.append({"rate": rate, "effect": effect, "share": share, "n": n})
    return table


def main():
    """Writes sequential.json."""
    directory = output_directory(__doc__)
    source = (
        f"ville 0.1.0, gbstats 0.8.0, savvi 0.3.1, ssrm-test 0.1.5, confseq 0.0.11, msprt 0.1.2, statsmodels 0.15.0, "
        f"scipy {scipy.__version__}, mpmath {mpmath.__version__}; tools/golden/sequential.py"
    )
    body = {
        "mixture": mixture_table(),
        "boundary": boundary_table(),
        "two_sample": two_sample_table(),
        "asymptotic": asymptotic_table(),
        "proportions": proportion_table(),
        "means": mean_table(),
        "sample_ratio": ratio_table(),
        "chi_squared": chi_squared_table(),
        "counts": count_table(),
        "large_counts": large_count_table(),
        "clustered": clustered_table(),
        "bernstein": bernstein_table(),
        "cuped": cuped_table(),
        "sizes": size_table(),
        "rate_sizes": rate_size_table(),
    }
    write("sequential.json", source, body, directory)


if __name__ == "__main__":
    main()
