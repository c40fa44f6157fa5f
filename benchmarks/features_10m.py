"""Ten million interactions of a million contacts become features: by segment_lib, by hand, by Polars and by pandas.

Every run is a fresh process; the ways take turns, so that whatever else the machine does falls on all of them. The time
is that from the files to a table in memory, without starting Python and importing; the memory is the process's highest.
Two more ways are measured beside them: the same in less memory, and three days in one pass, each checked too.
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

WAYS = ("segment_lib", "SQL by hand", "Polars", "pandas", "pandas, tuned")
SMALLER, THREE_DAYS = "segment_lib, small", "three days"
# An optional peer, no dependency of the project.
HAS_POLARS = importlib.util.find_spec("polars") is not None
DAY, ZONE = "2026-10-31", "Europe/Madrid"
HERE = Path(__file__).parent
DAYS_BACK, MEMORY_LIMIT = (0, 90, 180), "2500MB"
# Sums of doubles depend on the order of rows, decimals do not.
TOLERANCE = 1e-9


def main() -> None:
    """Do what the command line asks for: the whole benchmark, or one step of it in a process of its own."""
    options = _options()
    if options.way == "files":
        make_files(options.folder, n_contacts=options.contacts, n_interactions=options.interactions)
    elif options.way == "compare":
        compare(options.folder)
    elif options.way:
        print(json.dumps(run_way(options.way, options.folder, write=options.write)))
    else:
        run_all(options)


def run_all(options: argparse.Namespace) -> None:
    """Run all ways in turns, compare their tables and print the figures."""
    # This process stays small: on Linux a child's highest memory begins with that of the process that started it.
    _in_child("files", options)
    if not HAS_POLARS:
        print("Polars is not installed: its figures are left out.")
    ways = [*(way for way in WAYS if HAS_POLARS or way != "Polars"), SMALLER, THREE_DAYS]
    runs: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for turn in range(options.rounds):
        for way in ways:
            if not way.startswith("pandas") or turn < options.pandas_rounds:
                runs[way].append(json.loads(_in_child(way, options, "--write" if turn == 0 else "")))
                print(_line(f"{turn + 1}. {way}", [runs[way][-1]]), flush=True)
    print("\nMedians")
    for way in ways:
        print(_line(way, runs[way]))
    for upper, lower in [("segment_lib", "SQL by hand"), *((way, "segment_lib") for way in ways[2:])]:
        ratios = [median(r[k] for r in runs[upper]) / median(r[k] for r in runs[lower]) for k in ("wall", "cpu")]
        print(f"{upper} / {lower}: {ratios[0]:.2f} in time, {ratios[1]:.2f} in processor time")
    _in_child("compare", options)
    print("The tables of all ways hold the same values, and three days in one pass are those of the days one by one.")


def make_files(folder: Path, *, n_contacts: int, n_interactions: int) -> None:
    """Write the interactions and the contacts, unless they are there."""
    from segment_lib.loading.synthetic import write_interactions

    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "interactions.parquet").exists():
        print(f"Writing {n_interactions:,} interactions of {n_contacts:,} contacts ...", file=sys.stderr)
        partial = folder / "partial.parquet"
        write_interactions(partial, n_contacts=n_contacts, n_interactions=n_interactions, random_state=2026)
        partial.rename(folder / "interactions.parquet")
    _make_contacts(folder / "contacts.parquet", n_contacts=n_contacts)


def _make_contacts(path: Path, *, n_contacts: int) -> None:
    """Write the contacts, unless they are there with the columns of today."""
    import pyarrow.parquet as pq

    from segment_lib.engine import open_connection
    from segment_lib.vocabulary import CONTACTS, SQL_TYPES

    if path.exists() and pq.read_schema(path).names == [column.name for column in CONTACTS]:
        return
    # Filled as those of a shop are; what a file does not say is empty.
    filled = {
        "contact_id": "'C' || lpad(i::varchar, 7, '0')",
        "email": "if(hash(i, 1) % 10 < 8, 'c' || i || '@mail.example', null)",
        "country": "['ES', 'PT', 'FR', 'DE', 'IT', 'GB'][1 + (hash(i, 2) % 6)::int]",
        "city": "'City ' || hash(i, 3) % 500",
        "language": "['es', 'pt', 'fr', 'de', 'it', 'en'][1 + (hash(i, 2) % 6)::int]",
        "birth_date": "if(hash(i, 4) % 3 > 0, date '1940-01-01' + (hash(i, 5) % 25000)::int, null)",
        "household_size": "1 + (hash(i, 6) % 5)::bigint",
        "acquired_at": "if(hash(i, 7) % 10 > 0, timestamptz '2024-01-01' + to_seconds((hash(i, 8) % 89000000)::int), "
        "null)",
        "email_consent": "[true, false, null][1 + (hash(i, 9) % 3)::int]",
    }
    columns = ", ".join(f"({filled.get(c.name, 'null')})::{SQL_TYPES[c.type]} as {c.name}" for c in CONTACTS)
    with open_connection() as connection:
        connection.execute(
            f"copy (select {columns} from range(1, {n_contacts + 1}) as numbers(i)) to '{path}' (format parquet)"
        )


def run_way(way: str, folder: Path, *, write: bool) -> dict[str, Any]:
    """Run one way in this process and return its time and memory."""
    prepare = {
        "segment_lib": _with_segment_lib,
        SMALLER: _in_small_memory,
        THREE_DAYS: _of_three_days,
        "SQL by hand": _by_hand,
        "Polars": _in_polars,
    }.get(way)
    compute = prepare(folder) if prepare else _in_pandas(folder, tuned=way == "pandas, tuned")
    wall, cpu = time.perf_counter(), sum(os.times()[:2])
    table = compute()
    wall, cpu = time.perf_counter() - wall, sum(os.times()[:2]) - cpu
    # The highest so far is kilobytes on Linux and bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    if write:
        import pyarrow.parquet as pq

        pq.write_table(_as_arrow(table), _result(folder, way))
    return {"wall": wall, "cpu": cpu, "peak": peak, "rows": len(table)}


def _with_segment_lib(folder: Path) -> Any:
    from segment_lib import AsOf, build_features

    as_of = AsOf.of(DAY, zone=ZONE)
    return lambda: build_features(folder / "interactions.parquet", contacts=folder / "contacts.parquet", as_of=as_of)


def _in_small_memory(folder: Path) -> Any:
    from segment_lib import AsOf, build_features
    from segment_lib.engine import EngineOptions

    tables = {"interactions": folder / "interactions.parquet", "contacts": folder / "contacts.parquet"}
    as_of = AsOf.of(DAY, zone=ZONE)

    def compute() -> Any:
        with tempfile.TemporaryDirectory(dir=folder) as spill:
            limits = EngineOptions(memory_limit=MEMORY_LIMIT, temp_directory=spill)
            return build_features(**tables, as_of=as_of, options=limits)

    return compute


def _of_three_days(folder: Path) -> Any:
    from segment_lib import AsOf
    from segment_lib.features import features_at

    days = [AsOf.of(DAY, zone=ZONE).back(back) for back in DAYS_BACK]
    return lambda: features_at(folder / "interactions.parquet", contacts=folder / "contacts.parquet", days=days)


def _in_polars(folder: Path) -> Any:
    sys.path.insert(0, str(HERE))
    from features_in_polars import build_features

    return lambda: build_features(folder / "interactions.parquet", folder / "contacts.parquet")


def _by_hand(folder: Path) -> Any:
    import duckdb
    import pyarrow.parquet as pq

    contacts = folder / "contacts.parquet"
    query = (HERE / "features_by_hand.sql").read_text(encoding="utf-8")
    query = query.format(
        interactions=folder / "interactions.parquet",
        contacts=contacts,
        columns=", ".join(pq.read_schema(contacts).names),
    )

    def compute() -> Any:
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.sql(query).to_arrow_table()

    return compute


def _in_pandas(folder: Path, *, tuned: bool) -> Any:
    sys.path.insert(0, str(HERE))
    from features_in_pandas import build_features

    return lambda: build_features(folder / "interactions.parquet", folder / "contacts.parquet", tuned=tuned)


def _as_arrow(table: Any) -> Any:
    import pyarrow as pa

    if HAS_POLARS:
        import polars as pl

        table = table.to_arrow() if isinstance(table, pl.DataFrame) else table
    return table if isinstance(table, pa.Table) else pa.Table.from_pandas(table, preserve_index=False)


def compare(folder: Path) -> None:
    """Check that the tables of all ways agree: every column, every row.

    Raises
    ------
    AssertionError
        They do not; the message names the columns and the number of rows that differ.
    """
    import duckdb

    ours = _result(folder, "segment_lib")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for way in (*WAYS[1:], SMALLER):
            if _result(folder, way).exists() and (HAS_POLARS or way != "Polars"):
                _compare(connection, way, f"'{ours}'", f"'{_result(folder, way)}'")
    for back in DAYS_BACK:
        _compare_day(folder, back)


def _compare_day(folder: Path, back: int) -> None:
    """Check one of three days against a run of its own."""
    import duckdb

    from segment_lib import AsOf, build_features

    as_of = AsOf.of(DAY, zone=ZONE).back(back)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        if back:
            interactions, contacts = folder / "interactions.parquet", folder / "contacts.parquet"
            connection.register("alone", build_features(interactions, contacts=contacts, as_of=as_of))
        else:
            connection.execute(f"create view alone as from '{_result(folder, 'segment_lib')}'")
        day = f"(from '{_result(folder, THREE_DAYS)}' where as_of = DATE '{as_of.day}')"
        _compare(connection, f"{as_of.day} of three days", "alone", day)


def _compare(connection: Any, way: str, ours: str, theirs: str) -> None:
    types = {name: kind for name, kind, *_ in connection.execute(f"describe from {ours}").fetchall()}
    [(n_ours, n_theirs)] = connection.execute(
        f"select (select count(*) from {ours}), (select count(*) from {theirs})"
    ).fetchall()
    assert n_ours == n_theirs, f"{way} has {n_theirs:,} rows, segment_lib {n_ours:,}"
    differ = ", ".join(f"count(*) filter (where {_differs(name, kind)}) as {name}" for name, kind in types.items())
    counts = connection.execute(
        f"select {differ} from {ours} as a full join {theirs} as b using (contact_id)"
    ).fetchone()
    faults = {name: n for name, n in zip(types, counts or (), strict=True) if n}
    assert not faults, f"{way} differs from segment_lib: {faults}"


def _result(folder: Path, way: str) -> Path:
    return folder / f"{way.replace(',', '').replace(' ', '_')}.parquet"


def _differs(name: str, kind: str) -> str:
    if name == "contact_id":
        return "a.contact_id is null or b.contact_id is null"
    ours, theirs = f"a.{name}", f"cast(b.{name} as {kind})"
    if kind == "DOUBLE":
        near = f"abs({ours} - {theirs}) <= {TOLERANCE} * greatest(1, abs({ours}))"
        return f"not coalesce({near}, {ours} is null and ({theirs} is null or isnan({theirs})))"
    return f"{ours} is distinct from {theirs}"


def _in_child(way: str, options: argparse.Namespace, *more: str) -> str:
    sizes = ["--contacts", str(options.contacts), "--interactions", str(options.interactions)]
    command = [sys.executable, __file__, "--way", way, "--folder", str(options.folder), *sizes, *filter(None, more)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _line(what: str, runs: list[dict[str, Any]]) -> str:
    wall, cpu, peak = (median(run[key] for run in runs) for key in ("wall", "cpu", "peak"))
    return f"{what:<22}{wall:7.2f} s  {cpu:7.2f} s of processor time  {peak / 2**30:5.2f} GiB"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--interactions", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5, help="runs of segment_lib and of the SQL")
    parser.add_argument("--pandas-rounds", type=int, default=2, help="runs of pandas, at most as many")
    parser.add_argument(
        "--folder", type=Path, help="for the files; benchmarks/data/<contacts>_<interactions> by default"
    )
    parser.add_argument("--way", choices=[*WAYS, SMALLER, THREE_DAYS, "files", "compare"], help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.folder = options.folder or HERE / "data" / f"{options.contacts}_{options.interactions}"
    return options


if __name__ == "__main__":
    main()
