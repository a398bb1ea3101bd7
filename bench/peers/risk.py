"""Risk figures of symbols with statsmodels and scikit-learn, and correlations with clusters by numpy and scipy.

Called by the bench with a folder of returns and the numbers of series and of sessions. The first eight series are
benchmark, rate proxy, value, growth, momentum, quality, size and low volatility. Says on standard output what it can
compute, then computes once for each line of standard input that names one of these and a number of series, and answers
with the wall and the processor seconds of that run. The figures are left in the folder. Without numpy it says nothing.
"""

import sys
import time

try:
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform
except ImportError:
    sys.exit(0)
try:
    import statsmodels.api as sm
    from sklearn.linear_model import Ridge
except ImportError:
    sm = None

folder = sys.argv[1]
series_count, session_count = int(sys.argv[2]), int(sys.argv[3])
simple = np.fromfile(f"{folder}/simple.f64").reshape(series_count, session_count)
log = np.fromfile(f"{folder}/log.f64").reshape(series_count, session_count)
YARDSTICKS, BETAS, SPREADS, ROWS, HORIZON = 8, 90, 180, 1000, 21


def line(y, x):
    return sm.OLS(y, sm.add_constant(x)).fit()


def beta(y, x):
    fit = line(y[-BETAS:], x[-BETAS:])
    return [fit.params[1], fit.params[0], fit.rsquared, fit.bse[1], fit.tvalues[1], fit.pvalues[1]]


def forecast(returns):
    squares = returns[-(ROWS + HORIZON + 21):] ** 2
    sums = np.concatenate([[0.0], np.cumsum(squares)])
    ends = np.arange(21, len(squares))
    week = (sums[ends + 1] - sums[ends - 4]) / 5
    month = (sums[ends + 1] - sums[ends - 21]) / 22
    regressors = np.column_stack([squares[ends], week, month])
    rows = ends[:-HORIZON]
    target = (sums[rows + 1 + HORIZON] - sums[rows + 1]) / HORIZON
    fit = line(target, regressors[: len(rows)])
    return [*fit.params, fit.params[0] + fit.params[1:] @ regressors[-1]]


def symbols(count):
    market, rate = simple[0], simple[1]
    styles = simple[2:YARDSTICKS, -BETAS:].T
    deviations = styles.std(axis=0)
    scores = (styles - styles.mean(axis=0)) / deviations
    spreads = [simple[3] - simple[2], simple[4] - market, simple[6] - market, simple[5] - market]
    figures = []
    for own, own_log in zip(simple[YARDSTICKS : YARDSTICKS + count], log[YARDSTICKS : YARDSTICKS + count]):
        figures += beta(own, market) + beta(own, rate)
        figures += list(Ridge(alpha=1.0).fit(scores, own[-BETAS:]).coef_ / deviations)
        figures += [line(own[-SPREADS:], spread[-SPREADS:]).params[1] for spread in spreads]
        figures += forecast(own_log)
    return np.array(figures)


def correlation(count):
    matrix = np.corrcoef(simple[YARDSTICKS : YARDSTICKS + count, -252:])
    values = np.linalg.eigvalsh(matrix)
    assert values[0] > -1e-10
    distances = np.sqrt(np.maximum(1 - matrix, 0) / 2)
    tree = linkage(squareform(distances, checks=False), "average")
    labels = fcluster(tree, np.sqrt((1 - 0.7) / 2), "distance")
    upper = matrix[np.triu_indices(count, 1)]
    return np.concatenate([upper, tree[:, 2], [len(np.unique(labels)), upper.mean()]])


runs = {"correlation": correlation}
if sm is not None:
    runs["symbols"] = symbols
print(*runs, flush=True)
for question in sys.stdin:
    what, count = question.split()
    wall, processor = time.perf_counter(), time.process_time()
    figures = runs[what](int(count))
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    np.ascontiguousarray(figures).tofile(f"{folder}/{what}.f64")
    print(wall, processor, flush=True)
