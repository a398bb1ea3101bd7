"""Equity of every account on every session with numpy, and with pandas where it is installed.

Called by the bench with a folder of columns and the numbers of sessions, series and accounts. Says on standard output
which libraries it has, then computes once for each line of standard input that names one of them, and answers with
the wall and the processor seconds of that run. The equities are left in the folder. Without numpy it says nothing.
"""

import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit(0)
try:
    import pandas as pd
except ImportError:
    pd = None

folder = sys.argv[1]
session_count, series_count, account_count = (int(text) for text in sys.argv[2:5])


def column(name):
    kind = np.int64 if name.endswith("i64") else np.float64
    return np.fromfile(f"{folder}/{name}", dtype=kind)


account, session, series = column("account.i64"), column("session.i64"), column("series.i64")
quantity, cash = column("quantity.f64"), column("cash.f64")
closes = np.ascontiguousarray(column("close.f64").reshape(session_count, series_count).T)


def holdings():
    """The quantity of each pair of account and series on each session, and the pairs."""
    of_series = series >= 0
    pairs, row = np.unique(account[of_series] * series_count + series[of_series], return_inverse=True)
    held = np.zeros((len(pairs), session_count))
    np.add.at(held, (row, session[of_series]), quantity[of_series])
    np.cumsum(held, axis=1, out=held)
    return pairs // series_count, pairs % series_count, held


def cash_held():
    held = np.zeros((account_count, session_count))
    np.add.at(held, (account, session), cash)
    return np.cumsum(held, axis=1, out=held)


def with_numpy():
    owner, what, held = holdings()
    held *= closes[what]
    first_of_owner = np.flatnonzero(np.diff(owner, prepend=-1))
    equities = cash_held()
    equities[owner[first_of_owner]] += np.add.reduceat(held, first_of_owner, axis=0)
    return equities


def with_pandas():
    owner, what, held = holdings()
    index = pd.MultiIndex.from_arrays([owner, what], names=["account", "series"])
    values = pd.DataFrame(held, index=index) * pd.DataFrame(closes).reindex(what).set_axis(index)
    totals = values.groupby(level="account").sum().reindex(range(account_count), fill_value=0.0)
    return (totals + cash_held()).to_numpy()


runs = {"numpy": with_numpy}
if pd is not None:
    runs["pandas"] = with_pandas
print(*runs, flush=True)
for line in sys.stdin:
    library = line.strip()
    wall, processor = time.perf_counter(), time.process_time()
    equities = runs[library]()
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    np.ascontiguousarray(equities).tofile(f"{folder}/{library}.f64")
    print(wall, processor, flush=True)
