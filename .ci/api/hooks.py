"""Values that exist, for what Schemathesis makes up, and a count of what it reached.

Most made-up names of portfolios and symbols lead to 404 and test little. Two of three calls get a name that exists; the
others keep what was made up. At the end a summary is written, and the run fails when too few operations ever answered
with success.
"""

import atexit
import json
import os
import sys
import urllib.request
from collections import defaultdict

import schemathesis

BASE = os.environ["API_URL"]
TOKEN = os.environ["API_TOKEN"]
# Operations that must have answered with success at least once, as a share of those that were called.
REACHED_SHARE_MIN = 0.8

reached = defaultdict(set)
calls = 0


def ask(path):
    request = urllib.request.Request(BASE + path, headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def of_items(path, field):
    return [item[field] for item in ask(path)["items"]]


PORTFOLIOS = of_items("/api/v1/portfolios", "name")
KNOWN = {
    "portfolio": PORTFOLIOS,
    "symbol": of_items("/api/v1/coverage", "symbol"),
    "session": ["2022-12-28", "2022-06-15"],
    "name": ["sma", "rsi", "macd", "bollinger", "stochastic", "atr"],
    "event": of_items(f"/api/v1/portfolios/{PORTFOLIOS[0]}/events", "id"),
    "batch": of_items(f"/api/v1/portfolios/{PORTFOLIOS[0]}/batches", "id"),
    "user": [os.environ["API_USER"]],
}
# What deletes gets made-up names alone: the next call needs what is there.
KEPT = ("DELETE", "PUT")


def job():
    body = json.dumps({"portfolio": PORTFOLIOS[0], "offline": True}).encode()
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json", "Idempotency-Key": "fuzz"}
    request = urllib.request.Request(BASE + "/api/v1/refresh", data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["id"]


KNOWN["job"] = [job()]


@schemathesis.hook
def before_call(context, case, kwargs):
    global calls
    calls += 1
    if case.path_parameters and case.method.upper() not in KEPT and calls % 3:
        for name in list(case.path_parameters):
            # Events and batches belong to the first portfolio.
            known = KNOWN.get(name)
            if known and name == "portfolio" and {"event", "batch"} & set(case.path_parameters):
                case.path_parameters[name] = known[0]
            elif known:
                case.path_parameters[name] = known[calls % len(known)]


@schemathesis.hook
def after_call(context, case, response):
    # Methods that no path takes are tried too; they answer 405 and are no operations.
    if response.status_code != 405:
        reached[f"{case.method.upper()} {case.path}"].add(response.status_code)


def summary():
    if not reached:
        return
    good = [name for name, statuses in reached.items() if any(status < 400 for status in statuses)]
    for name in sorted(set(reached) - set(good)):
        print(f"never answered with success: {name} {sorted(reached[name])}")
    print(f"{len(good)} of {len(reached)} operations answered with success in {calls} calls")
    if len(good) < REACHED_SHARE_MIN * len(reached):
        print("too few: the run proves little", file=sys.stderr)
        sys.stdout.flush()
        os._exit(1)


atexit.register(summary)
