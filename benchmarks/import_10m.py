"""Time the import of a large orders CSV beside DuckDB's own COPY of the same file to Parquet, and a daily increment.

`python benchmarks/import_10m.py --rounds 3` writes a CSV of ten million order lines of a million contacts, one in a
thousand of them faulty, and prints medians, their ratio and the peak memory of each process. The contacts are imported
before and not timed. Each round copies, imports into tables without orders, then imports a further file of 10,000 lines
on top.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

RUN = """
import json, resource, sys, time
before = resource.getrusage(resource.RUSAGE_SELF)
started = time.perf_counter()
{work}
seconds = time.perf_counter() - started
used = resource.getrusage(resource.RUSAGE_SELF)
processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps({{"seconds": seconds, "processor": processor, "gib": used.ru_maxrss / 2**20, "rows": rows}}))
"""
COPY = """
import duckdb
connection = duckdb.connect()
started = time.perf_counter()
[(rows,)] = connection.execute(f"copy (from read_csv('{sys.argv[1]}')) to '{sys.argv[2]}'").fetchall()
"""
IMPORT = """
from segment_lib import import_files, open_workspace
workspace = open_workspace(sys.argv[1])
started = time.perf_counter()
results = [one for one in import_files(workspace).results if not one.known]
rows = [[one.rows_read, one.rows_accepted, one.rows_quarantined, one.rows_skipped] for one in results]
"""
WORKSPACE = "name: Benchmark\ntime_zone: Europe/Madrid\ncurrency: EUR\n"
RECIPE = """
sources:
  - {name: people, file: raw/people.csv, table: contacts, columns: {contact_id: Contact ID}}
  - name: orders
    file: raw/orders*.csv
    table: interactions
    columns:
      interaction_id: Line ID
      contact_id: Contact ID
      occurred_at: Ordered at
      kind: {from: Type, values: {sale: purchase, refund: refund}, only_listed: true}
      order_id: Order
      product: Product
      category: Category
      quantity: Quantity
      amount: Amount
      currency: Currency
      channel: Channel
    reject: [{reason: the amount is not above zero, where: amount <= 0}]
"""
# One line in a thousand is faulty: a date, a kind or an amount that nobody can read, or a contact nobody knows.
ORDERS = """
import duckdb, sys
duckdb.connect().execute(f'''copy (
    select 'L' || i as "Line ID",
        case when i % 4000 = 7 then 'nobody' else 'C' || (hash(i) % {contacts}) end as "Contact ID",
        case when i % 4000 = 1007 then 'soon' else strftime(timestamp '2020-01-01' +
            to_seconds((hash(i * 7) % 180000000)::bigint), '%Y-%m-%d %H:%M:%S') end as "Ordered at",
        'O' || (i // 2) as "Order", case when i % 4000 = 2007 then 'gift' when i % 50 = 0 then 'refund' else 'sale' end
            as "Type",
        'Product ' || (hash(i * 3) % 500) as "Product", 'Category ' || (hash(i * 3) % 20) as "Category",
        1 + hash(i * 5) % 5 as "Quantity",
        case when i % 4000 = 3007 then 'free' else round(1 + (hash(i * 11) % 20000) / 100, 2)::varchar end as "Amount",
        'EUR' as "Currency", 'web' as "Channel"
    from range({first}, {last}) as t(i)) to '{path}' (header)''')
"""


def main() -> None:
    """Make the files, run the rounds, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", default=None, help="where the files go; a temporary folder by default")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        base = Path(folder)
        empty = prepare(base, given.rows, given.contacts)
        found: dict[str, list[dict[str, float]]] = {"COPY": [], "import": [], "increment": []}
        for _ in range(given.rounds):
            found["COPY"].append(run(COPY, base / "orders.csv", base / "copy.parquet"))
            shop = base / "shop"
            shutil.rmtree(shop, ignore_errors=True)
            shutil.copytree(empty, shop, symlinks=True)
            (shop / "raw" / "orders_1.csv").symlink_to(base / "orders.csv")
            found["import"].append(run(IMPORT, shop))
            (shop / "raw" / "orders_2.csv").symlink_to(base / "increment.csv")
            found["increment"].append(run(IMPORT, shop))
            print(json.dumps({name: runs[-1] for name, runs in found.items()}), flush=True)
        medians = {name: statistics.median(one["seconds"] for one in runs) for name, runs in found.items()}
        for name, runs in found.items():
            print(f"{name:<12}{medians[name]:>8.1f} s   peak {max(one['gib'] for one in runs):.2f} GiB")
        for measure in ("seconds", "processor"):
            pairs = zip(found["import"], found["COPY"], strict=True)
            ratio = statistics.median(ours[measure] / theirs[measure] for ours, theirs in pairs)
            print(f"import : COPY = {ratio:.2f} in {measure} (median of the rounds), aim at most 2.5")


def prepare(base: Path, rows: int, contacts: int) -> Path:
    """Write the files, and a workspace that knows the contacts."""
    for name, first, last in (("orders", 0, rows), ("increment", rows, rows + 10_000)):
        code = ORDERS.format(contacts=contacts, first=first, last=last, path=base / f"{name}.csv")
        subprocess.run([sys.executable, "-c", code], check=True)
    workspace = base / "empty"
    for part in ("definitions", "raw"):
        (workspace / part).mkdir(parents=True)
    (workspace / "definitions" / "workspace.yml").write_text(WORKSPACE, encoding="utf-8")
    (workspace / "definitions" / "import.yml").write_text(RECIPE.split("  - name: orders")[0], encoding="utf-8")
    with (workspace / "raw" / "people.csv").open("w", encoding="utf-8") as file:
        file.write("Contact ID\n" + "".join(f"C{number}\n" for number in range(contacts)))
    run(IMPORT, workspace)
    (workspace / "definitions" / "import.yml").write_text(RECIPE, encoding="utf-8")
    return workspace


def run(work: str, *arguments: Path) -> dict[str, float]:
    """Run some work in a process of its own and return what it measured."""
    code = RUN.format(work=textwrap.dedent(work))
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return measured


if __name__ == "__main__":
    main()
