"""A hundred million interactions of ten million contacts become features within 8 GiB, batch by batch of contacts.

What all contacts share (prices, popular categories, the highest score) is computed first. The interactions are then
split once into files by ranges of contacts, and the ordinary query runs on each; the parts in order are the whole
table. The same is done with a tenth of the rows in one batch, and the processor time per row compared.
"""

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
from features_10m import DAY, HERE, ZONE, make_files

CONTACTS_A_BATCH = 1_000_000
LARGE = (10_000_000, 100_000_000)
# What the catalogue reads.
COLUMNS = ["contact_id", "occurred_at", "kind", "channel", "order_id", "product", "category", "quantity", "amount"]
COLUMNS += ["campaign", "score"]


def main() -> None:
    """Measure both sizes, each in a process of its own, or one of them."""
    options = _options()
    if options.folder:
        print(json.dumps(write_features(options.folder, options)))
        return
    found = {}
    for contacts, interactions in (
        (options.contacts // 10, options.interactions // 10),
        (options.contacts, options.interactions),
    ):
        folder = HERE / "data" / f"{contacts}_{interactions}"
        command = [sys.executable, __file__, "--folder", str(folder), "--contacts", str(contacts)]
        command += ["--check"] if options.check else []
        command += [
            "--interactions",
            str(interactions),
            "--memory-limit",
            options.memory_limit,
            "--batch",
            str(options.batch),
        ]
        run = found[interactions] = json.loads(
            subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        )
        print(
            f"{interactions:>12,} rows {run['wall']:8.1f} s {run['cpu']:8.1f} s of processor time "
            f"{run['peak'] / 2**30:5.2f} GiB, {run['spilled'] / 2**30:5.2f} GiB on disk, {run['steps']}",
            flush=True,
        )
    small, large = found.values()
    ratios = [large[key] / small[key] * small["rows"] / large["rows"] for key in ("wall", "cpu")]
    print(f"For a row the larger takes {ratios[0]:.2f} times as long, {ratios[1]:.2f} times the processor time.")


def write_features(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Write the features as Parquet files of the batches, in order of contacts, and return what it took."""
    make_files(folder, n_contacts=options.contacts, n_interactions=options.interactions)
    spill = Path(tempfile.mkdtemp(prefix="features_", dir=options.temp_directory))
    try:
        return _measured(folder, spill, options)
    finally:
        shutil.rmtree(spill)


def _measured(folder: Path, spill: Path, options: argparse.Namespace) -> dict[str, Any]:
    from segment_lib.engine import EngineOptions, open_connection

    steps: dict[str, float] = {}
    wall, cpu = time.perf_counter(), sum(os.times()[:2])

    def done(step: str) -> None:
        steps[step] = round(sum(os.times()[:2]) - cpu - sum(steps.values()), 1)

    limits = EngineOptions(memory_limit=options.memory_limit, temp_directory=str(spill))
    with open_connection(limits) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"create view all_contacts as from '{folder / 'contacts.parquet'}'")
        connection.execute(f"create view all_interactions as from '{folder / 'interactions.parquet'}'")
        shared, query = _queries()
        starts = _split(connection, spill, options.batch)
        done("split")
        connection.execute("create view contacts as from all_contacts")
        connection.execute(f"create view interactions as from {_files(spill, '*')}")
        for sql in shared:
            connection.execute(sql)
        done("shared")
        n_features = 0
        for place, (first, last) in enumerate(zip(starts, [*starts[1:], None], strict=True)):
            inside = f"contact_id >= '{first}'" + (f" and contact_id < '{last}'" if last else "")
            connection.execute(f"create or replace view contacts as from all_contacts where {inside}")
            connection.execute(f"create or replace view interactions as from {_files(spill, place)}")
            part = spill / f"features_{place:03}.parquet"
            connection.execute(f"copy ({query}) to '{part}' (format parquet)")
            [(n,)] = connection.execute(f"select count(*) from '{part}'").fetchall()
            n_features += n
        done("batches")
        wall, cpu = time.perf_counter() - wall, sum(os.times()[:2]) - cpu
        [(n_rows,)] = connection.execute("select count(*) from all_interactions").fetchall()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    spilled = sum(file.stat().st_size for file in spill.rglob("*.parquet"))
    if options.check:
        _check(folder, spill)
    return {
        "wall": wall,
        "cpu": cpu,
        "peak": peak,
        "rows": n_rows,
        "contacts": n_features,
        "spilled": spilled,
        "steps": steps,
    }


def _files(spill: Path, batch: int | str) -> str:
    return f"read_parquet('{spill}/rows/batch={batch}/*.parquet', hive_partitioning = false)"


def _split(connection: duckdb.DuckDBPyConnection, spill: Path, batch: int) -> list[str]:
    """Write the rows that are known, in files of a range of contacts each; return where the ranges start."""
    starts = [row[0] for row in connection.execute(
        "select contact_id from (select contact_id, row_number() over (order by contact_id) - 1 as place "
        f"from all_contacts) where place % {batch} = 0 order by contact_id").fetchall()]  # fmt: skip
    numbers = " ".join(f"when contact_id < '{start}' then {place}" for place, start in enumerate(starts[1:]))
    number = f"case {numbers} else {len(starts) - 1} end" if numbers else "0"
    connection.execute(
        f"copy (select {', '.join(COLUMNS)}, {number} as batch from all_interactions "
        f"where occurred_at < TIMESTAMPTZ '{_as_of().end.isoformat()}') to '{spill / 'rows'}' "
        "(format parquet, partition_by (batch))"
    )
    return starts


def _queries() -> tuple[list[str], str]:
    """Return what makes the tables that all contacts share, and the query of one batch that reads them."""
    from segment_lib.features import CATALOGUE, features_sql

    query = features_sql(CATALOGUE, _as_of())
    head, last = query.removeprefix("with ").split("\n)\nselect ")
    tables = dict(re.split(r" as \(\n", table, maxsplit=1) for table in head.split("\n),\n"))
    shared = ["create temp table highest as select max(score) as score from interactions where kind = 'survey'"]
    for name in ("categories", "prices", "products"):
        if name in tables:
            needed = ", ".join(f"{table} as ({tables[table]})" for table in _needed(name, tables))
            shared.append(f"create temp table all_{name} as with {needed} from {name}")
    for name in ("categories", "prices", "products"):
        if name in tables:
            tables[name] = f"    from all_{name}"
    batch = "with " + ",\n".join(f"{name} as (\n{table}\n)" for name, table in tables.items()) + f"\nselect {last}"
    batch, n = re.subn(r"\(select max\(score\) from interactions where [^)]*\)", "(select score from highest)", batch)
    assert n, "the query asks otherwise for the highest score"
    return shared, batch


def _needed(name: str, tables: dict[str, str]) -> list[str]:
    """Return the tables that one is made of, itself the last."""
    words = set(re.findall(r"\w+", tables[name])) - {name}
    parts = [part for table in tables if table in words for part in _needed(table, tables)]
    return list(dict.fromkeys([*parts, name]))


def _check(folder: Path, spill: Path) -> None:
    """Check that the parts hold the same rows in the same order as the query in one piece."""
    from segment_lib import build_features

    whole = build_features(folder / "interactions.parquet", contacts=folder / "contacts.parquet", as_of=_as_of())
    parts = duckdb.sql(f"from read_parquet('{spill}/features_*.parquet')").to_arrow_table()
    assert parts.column_names == whole.column_names, "the parts have other columns than the whole"
    parts = parts.cast(whole.schema)
    for name in whole.column_names:
        assert parts[name].combine_chunks().equals(whole[name].combine_chunks()), f"the parts differ in {name}"


def _as_of() -> Any:
    from segment_lib import AsOf

    return AsOf.of(DAY, zone=ZONE)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=LARGE[0])
    parser.add_argument("--interactions", type=int, default=LARGE[1])
    parser.add_argument("--batch", type=int, default=CONTACTS_A_BATCH, help="contacts of a batch")
    parser.add_argument("--memory-limit", default="5GB", help="what DuckDB may use; the process needs more than that")
    parser.add_argument("--temp-directory", type=Path, help="where to split and to spill")
    parser.add_argument("--check", action="store_true", help="compare with the query in one piece, which needs memory")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
