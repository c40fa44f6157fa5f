"""Fifty smart views over ten million interactions of a million contacts: all at once, one by one, and by hand.

Every run is a fresh process; the ways take turns. The time is that from files to the members of every segment in
memory, without starting Python and importing; the memory is the process's highest. A query for each segment is the
naive way: the sum of fifty runs of one. The slowest of them is run again in every round, for the ratio.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import yaml

HERE = Path(__file__).parent
DAY, ZONE = "2026-10-31", "Europe/Madrid"
ALL, BY_HAND, ONE = "all at once", "SQL by hand", "one"
Run = dict[str, Any]


def main() -> None:
    """Do what the command line asks for: the whole benchmark, or one run of it in a process of its own."""
    options = _options()
    if options.way:
        print(json.dumps(run_way(options)))
        return
    sys.path.insert(0, str(HERE))
    from features_10m import make_files

    make_files(options.folder, n_contacts=options.contacts, n_interactions=options.interactions)
    names = list(load_rules())
    singles = {name: _in_child(options, ONE, "--view", name) for name in names}
    naive = {key: sum(run[key] for run in singles.values()) for key in ("wall", "cpu")}
    print(f"a query a segment     {naive['wall']:7.2f} s  {naive['cpu']:7.2f} s of processor time (once)", flush=True)
    slowest = max(singles, key=lambda name: singles[name]["cpu"])
    runs: dict[str, list[Run]] = {ALL: [], slowest: [], BY_HAND: []}
    for turn in range(options.rounds):
        for way, found in runs.items():
            more = ["--view", way] if way == slowest else []
            found.append(_in_child(options, ONE if more else way, *more, *(["--write"] if turn == 0 else [])))
            print(_line(f"{turn + 1}. {way}", found[-1:]), flush=True)
    print("\nMedians")
    for way, found in runs.items():
        print(_line(way, found))
    for lower in (slowest, BY_HAND):
        ratios = [median(r[k] for r in runs[ALL]) / median(r[k] for r in runs[lower]) for k in ("wall", "cpu")]
        print(f"{ALL} / {lower}: {ratios[0]:.2f} in time, {ratios[1]:.2f} in processor time")
    ratios = [naive[key] / median(run[key] for run in runs[ALL]) for key in ("wall", "cpu")]
    print(f"a query a segment / {ALL}: {ratios[0]:.1f} in time, {ratios[1]:.1f} in processor time")
    compare(options.folder, names)
    print("Both ways have the same members, and the same contacts are unknown.")


def load_rules() -> dict[str, str]:
    """Return the fifty rules by name."""
    rules: dict[str, str] = yaml.safe_load((HERE / "views_50.yml").read_text(encoding="utf-8"))
    return rules


def run_way(options: argparse.Namespace) -> Run:
    """Run one way in this process and return its time and memory."""
    compute = _by_hand(options.folder) if options.way == BY_HAND else _with_segment_lib(options.folder, options.view)
    wall, cpu = time.perf_counter(), sum(os.times()[:2])
    table = compute()
    wall, cpu = time.perf_counter() - wall, sum(os.times()[:2]) - cpu
    # The highest so far is kilobytes on Linux and bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    if options.write and options.way in (ALL, BY_HAND):
        import pyarrow.parquet as pq

        pq.write_table(table, _result(options.folder, options.way))
    return {"wall": wall, "cpu": cpu, "peak": peak}


def _with_segment_lib(folder: Path, view: str) -> Any:
    from segment_lib import AsOf
    from segment_lib.features.rules.order import asked_for
    from segment_lib.segments import answer_views, compile_views

    rules = load_rules()
    chosen = [view, *asked_for(rules[view])] if view else list(rules)

    def compute() -> Any:
        compiled = compile_views({name: rules[name] for name in chosen})
        return answer_views(
            folder / "interactions.parquet",
            contacts=folder / "contacts.parquet",
            as_of=AsOf.of(DAY, zone=ZONE),
            rules={view: compiled[view]} if view else compiled,
        )

    return compute


def _by_hand(folder: Path) -> Any:
    import duckdb

    query = (HERE / "views_by_hand.sql").read_text(encoding="utf-8")

    def compute() -> Any:
        with duckdb.connect() as connection:
            connection.execute(f"set TimeZone = '{ZONE}'")
            for name in ("interactions", "contacts"):
                connection.execute(f"create view {name} as from '{folder / name}.parquet'")
            return connection.sql(query).to_arrow_table()

    return compute


def compare(folder: Path, names: list[str]) -> None:
    """Check that both ways give the same answer for every contact and segment.

    Raises
    ------
    AssertionError
        They do not; the message names the segments and the number of contacts that differ.
    """
    import duckdb

    ours, theirs = (f"'{_result(folder, way)}'" for way in (ALL, BY_HAND))
    differ = ", ".join(f'count(*) filter (where a."{n}" is distinct from b."{n}") as "{n}"' for n in names)
    with duckdb.connect() as connection:
        counts = connection.execute(
            f"select {differ}, count(*) filter (where a.contact_id is null or b.contact_id is null) as contacts "
            f"from {ours} as a full join {theirs} as b on a.contact_id = b.contact_id"
        ).fetchone()
    faults = {name: n for name, n in zip([*names, "contacts"], counts or (), strict=True) if n}
    assert not faults, f"the SQL by hand differs: {faults}"


def _result(folder: Path, way: str) -> Path:
    return folder / f"views_{way.replace(' ', '_')}.parquet"


def _in_child(options: argparse.Namespace, way: str, *more: str) -> Run:
    command = [sys.executable, __file__, "--way", way, "--folder", str(options.folder), *more]
    run: Run = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return run


def _line(what: str, runs: list[Run]) -> str:
    wall, cpu, peak = (median(run[key] for run in runs) for key in ("wall", "cpu", "peak"))
    return f"{what:<22}{wall:7.2f} s  {cpu:7.2f} s of processor time  {peak / 2**30:5.2f} GiB"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--interactions", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="for the files; benchmarks/data/<contacts>_<interactions>")
    parser.add_argument("--way", choices=[ALL, BY_HAND, ONE], help=argparse.SUPPRESS)
    parser.add_argument("--view", default="", help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder = options.folder or HERE / "data" / f"{options.contacts}_{options.interactions}"
    return options


if __name__ == "__main__":
    main()
