"""Purchase summaries of ten million purchases, and a BG/NBD fit to a million customers, beside two other packages.

The others are no dependencies; each lives in an environment of its own, whose Python is an argument, and what is not
given is left out:

    lifetimes 0.11.3 in Python 3.11 with numpy 1.24.4, scipy 1.10.1, pandas 1.5.3, autograd 1.5, pyarrow 14.0.2
    pymc-marketing 0.19.2 with pyarrow

Every run is a fresh process and the ways take turns. The others are timed from a DataFrame in memory to their result,
segment_lib from the Parquet file. Values are compared where the definitions agree: summaries to 1e-9, and the
log-likelihoods that fits reach, computed here from their parameters.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
LAST_DAY = "2026-10-31"
KINDS = ("wall", "cpu")
SUMMARIES = {"segment_lib": "", "lifetimes": "lifetimes", "pymc-marketing": "pymc"}
FITS = {"segment_lib": "", "lifetimes": "lifetimes", "lifetimes, weights by hand": "lifetimes"}


def main() -> None:
    """Do what the command line asks for: the whole benchmark, or one step of it in a process of its own."""
    options = _options()
    if options.step == "files":
        make_files(options.folder, n_customers=options.customers, n_purchases=options.purchases)
    elif options.step == "summary":
        print(json.dumps(run_summary(options.way, options.folder)))
    elif options.step == "fit":
        print(json.dumps(run_fit(options.way, options.folder)))
    elif options.step == "compare":
        compare_summaries(options.folder, options.ways.split(","))
    else:
        run_all(options)


def run_all(options: argparse.Namespace) -> None:
    """Run all ways in turns, compare their values and print the figures."""
    _child(sys.executable, options, "files")
    pythons = {"": sys.executable, "lifetimes": options.lifetimes_python, "pymc": options.pymc_python}
    for step, every in (("summary", SUMMARIES), ("fit", FITS)):
        ways = {way: pythons[needs] for way, needs in every.items() if pythons[needs]}
        runs: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
        for turn in range(options.rounds):
            for way, python in ways.items():
                runs[way].append(json.loads(_child(python, options, step, "--way", way)))
                print(_line(f"{turn + 1}. {step}, {way}", [runs[way][-1]]), flush=True)
        print(f"\nMedians, {step}")
        for way in ways:
            print(_line(way, runs[way]))
        for way in list(ways)[1:]:
            ratios = [median(r[k] for r in runs[way]) / median(r[k] for r in runs["segment_lib"]) for k in KINDS]
            print(f"{way} / segment_lib: {ratios[0]:.1f} in time, {ratios[1]:.1f} in processor time")
        if step == "summary":
            print(_child(sys.executable, options, "compare", "--ways", ",".join(ways)))
        else:
            compare_fits(options.folder, {way: runs[way][0] for way in ways})


def make_files(folder: Path, *, n_customers: int, n_purchases: int) -> None:
    """Write purchases in order of time, and the summary of other customers, as many as the fit is for."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    if (folder / "customers.parquet").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(2026)
    last = np.datetime64(LAST_DAY, "s") + np.timedelta64(86_399, "s")
    # From three years ago on; rates of purchase differ much among customers.
    first = chance.uniform(0, 3 * 365.25 * 86_400, n_customers)
    share = chance.gamma(0.6, 1, n_customers)
    more = chance.multinomial(n_purchases - n_customers, share / share.sum())
    who = np.concatenate([np.arange(n_customers), np.repeat(np.arange(n_customers), more)])
    ago = np.concatenate([first, np.repeat(first, more) * chance.random(n_purchases - n_customers)])
    order = np.argsort(-ago)
    instants = (last - ago[order].astype("timedelta64[s]")).astype("datetime64[us]")
    ids = pa.array(np.char.zfill(np.arange(n_customers).astype(str), 7).tolist()).take(pa.array(who[order]))
    table = pa.table(
        {
            "contact_id": ids,
            "occurred_at": pa.array(instants, pa.timestamp("us", "UTC")),
            "kind": pa.array(["purchase"]).take(pa.array(np.zeros(n_purchases, dtype=np.int64))),
            "amount": np.round(chance.gamma(2, 20, n_purchases), 2),
        }
    )
    pq.write_table(table, folder / "purchases.parquet")

    from segment_lib.features.lifetime import BetaGeoModel

    # The published customers of CDNOW, ten times as many days of a first purchase, and as many as asked for.
    model = BetaGeoModel.with_params(r=0.2426, alpha=4.4135 * 7, a=0.7929, b=2.4258)
    ages = chance.integers(1, 841, n_customers).astype(float)
    made = model.simulate(n_customers, ages, random_state=chance).to_pandas()
    # Days, as orders are counted: never on the first one again.
    made["recency"] = np.where(made["frequency"] > 0, np.clip(np.ceil(made["recency"]), 1, made["age"]), 0.0)
    weeks = made.assign(recency=made["recency"] / 7, age=made["age"] / 7)
    pq.write_table(pa.Table.from_pandas(weeks, preserve_index=False), folder / "customers.parquet")


def run_summary(way: str, folder: Path) -> dict[str, float]:
    """Summarise the purchases in one way, write the summary and return how long it took."""
    path, written = folder / "purchases.parquet", folder / f"{way}.parquet"
    if way == "segment_lib":
        from segment_lib import AsOf
        from segment_lib.features.lifetime import summarise_purchases

        as_of = AsOf.of(LAST_DAY)
        return _timed(lambda: summarise_purchases(path, as_of=as_of, unit="days"), written)
    import pandas as pd

    orders = pd.read_parquet(path, columns=["contact_id", "occurred_at", "amount"])
    orders["occurred_at"] = orders["occurred_at"].dt.tz_localize(None)
    columns = {"customer_id_col": "contact_id", "datetime_col": "occurred_at", "monetary_value_col": "amount"}
    columns["observation_period_end"] = LAST_DAY
    if way == "lifetimes":
        from lifetimes.utils import summary_data_from_transaction_data

        return _timed(lambda: summary_data_from_transaction_data(orders, **columns).reset_index(), written)
    from pymc_marketing.clv.utils import rfm_summary

    return _timed(lambda: rfm_summary(orders, **columns).rename(columns={"customer_id": "contact_id"}), written)


def run_fit(way: str, folder: Path) -> dict[str, Any]:
    """Fit BG/NBD in one way and return how long it took, and the parameters."""
    import pandas as pd

    customers = pd.read_parquet(folder / "customers.parquet")
    if way == "segment_lib":
        from segment_lib.features.lifetime import BetaGeoModel

        fitted: list[BetaGeoModel] = []
        taken = _timed(lambda: fitted.append(BetaGeoModel().fit(customers)))
        found = fitted[0].convergence_
        return taken | {"params": fitted[0].params_, "histories": fitted[0].n_histories_, "converged": found.converged}
    from lifetimes import BetaGeoFitter

    fitter = BetaGeoFitter()

    def fit() -> None:
        if way == "lifetimes":
            fitter.fit(customers["frequency"], customers["recency"], customers["age"])
        else:
            rows = customers.groupby(["frequency", "recency", "age"]).size().reset_index(name="n")
            fitter.fit(rows["frequency"], rows["recency"], rows["age"], weights=rows["n"])

    return _timed(fit) | {"params": {name: float(value) for name, value in fitter.params_.items()}}


def compare_summaries(folder: Path, ways: list[str]) -> None:
    """Print how far the summaries lie apart; stop where it is more than rounding."""
    import pandas as pd

    ours = pd.read_parquet(folder / "segment_lib.parquet").set_index("contact_id").sort_index()
    print(f"{len(ours):,} customers, {int(ours['frequency'].sum()):,} repeat purchase days.")
    for way in ways[1:]:
        theirs = pd.read_parquet(folder / f"{way}.parquet").set_index("contact_id").sort_index()
        assert ours.index.equals(theirs.index), f"{way} has other customers"
        for name in ("frequency", "recency", "T", "monetary_value"):
            # They say 0 where there is nothing to take a mean of.
            mine = ours["age" if name == "T" else name].fillna(0).to_numpy()
            apart = float(abs(mine - theirs[name].to_numpy()).max())
            assert apart < 1e-9 * max(1.0, float(abs(mine).max())), f"{way}: `{name}` differs by {apart}"
        print(f"{way}: the same values.")


def compare_fits(folder: Path, runs: dict[str, dict[str, Any]]) -> None:
    """Print the log-likelihood that each fit reached; stop where ours is lower than another's."""
    import numpy as np
    import pyarrow.parquet as pq
    from scipy.special import betaln, gammaln

    table = pq.read_table(folder / "customers.parquet")
    x, recency, age = (np.asarray(table[name], dtype=float) for name in ("frequency", "recency", "age"))
    reached = {}
    for way, run in runs.items():
        r, alpha, a, b = (run["params"][name] for name in ("r", "alpha", "a", "b"))
        alive = betaln(a, b + x) - (r + x) * np.log(alpha + age)
        dead = np.where(x > 0, betaln(a + 1, b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + recency), -np.inf)
        each = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b) + np.logaddexp(alive, dead)
        reached[way] = float(each.sum())
        told = ", ".join(f"{name} {value:.5f}" for name, value in run["params"].items())
        print(f"{way:<28} log-likelihood {reached[way]:.3f}  {told}")
    best = max(reached.values())
    print(f"{len(x):,} customers, {runs['segment_lib']['histories']:,} different histories.")
    assert runs["segment_lib"]["converged"], "our fit did not converge"
    assert reached["segment_lib"] >= best - 1e-6 * abs(best), "another fit reached a higher likelihood"


def _timed(compute: Any, path: Path | None = None) -> dict[str, float]:
    wall, cpu = time.perf_counter(), sum(os.times()[:2])
    table = compute()
    taken = {"wall": time.perf_counter() - wall, "cpu": sum(os.times()[:2]) - cpu}
    if path is not None:
        import pandas as pd
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pandas(table) if isinstance(table, pd.DataFrame) else table, path)
    return taken


def _child(python: str | Path, options: argparse.Namespace, step: str, *more: str) -> str:
    command = [str(python), str(Path(__file__).resolve()), "--step", step, "--folder", str(options.folder)]
    command += ["--customers", str(options.customers), "--purchases", str(options.purchases), *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    told = done.stdout.strip()
    # Some packages greet on their first line.
    return told.splitlines()[-1] if step in ("summary", "fit") else told


def _line(what: str, runs: list[dict[str, Any]]) -> str:
    wall, cpu = (median(run[name] for run in runs) for name in ("wall", "cpu"))
    return f"{what:<42}{wall:8.2f} s  {cpu:8.2f} s of processor time"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lifetimes-python", type=Path, help="Python of an environment with lifetimes")
    parser.add_argument("--pymc-python", type=Path, help="Python of an environment with pymc-marketing")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--purchases", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="for the files; benchmarks/data/lifetime_<customers> by default")
    for hidden in ("--step", "--way", "--ways"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder = options.folder or HERE / "data" / f"lifetime_{options.customers}"
    return options


if __name__ == "__main__":
    main()
