"""A hundred million interactions of ten million contacts become features within 8 GiB, batch by batch of contacts.

`write_features` splits the interactions by ranges of contacts and computes one range after another. The same is done
with a tenth of the rows, which is one batch, and time and processor time for each row are compared.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from features_10m import DAY, HERE, ZONE, make_files

LARGE = (10_000_000, 100_000_000)


def main() -> None:
    """Measure both sizes, each in a process of its own, or one of them."""
    options = _options()
    if options.folder:
        print(json.dumps(measure(options)))
        return
    runs = []
    for part in (10, 1):
        contacts, interactions = options.contacts // part, options.interactions // part
        sizes = {"contacts": contacts, "interactions": interactions, "batch": options.batch}
        sizes |= {"memory-limit": options.memory_limit, "folder": HERE / "data" / f"{contacts}_{interactions}"}
        command = [
            sys.executable,
            __file__,
            *(text for key, value in sizes.items() for text in (f"--{key}", str(value))),
        ]
        command += ["--check"] if options.check else []
        run = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        print(
            f"{run['rows']:>12,} rows {run['wall']:8.1f} s {run['cpu']:8.1f} s of processor time, highest memory "
            f"{run['peak'] / 2**30:.2f} GiB, room taken on disk {run['disk'] / 2**30:.2f} GiB, {run['files']} files",
            flush=True,
        )
        runs.append(run)
    small, large = runs
    ratios = [large[key] / small[key] * small["rows"] / large["rows"] for key in ("wall", "cpu")]
    print(f"For a row the larger takes {ratios[0]:.2f} times as long, {ratios[1]:.2f} times the processor time.")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Write the features and return what it took; what was written is removed."""
    make_files(options.folder, n_contacts=options.contacts, n_interactions=options.interactions)
    work = Path(tempfile.mkdtemp(prefix="features_", dir=options.folder))
    try:
        return _measured(options, work)
    finally:
        shutil.rmtree(work)


def _measured(options: argparse.Namespace, work: Path) -> dict[str, Any]:
    import pyarrow.parquet as pq

    from segment_lib import AsOf
    from segment_lib.engine import EngineOptions
    from segment_lib.features import write_features

    tables = {"interactions": options.folder / "interactions.parquet", "contacts": options.folder / "contacts.parquet"}
    as_of = AsOf.of(DAY, zone=ZONE)
    limits = EngineOptions(memory_limit=options.memory_limit, temp_directory=str(work / "spill"))
    wall, cpu, free = time.perf_counter(), sum(os.times()[:2]), shutil.disk_usage(work).free
    with _LeastFree(work) as least:
        files = write_features(work / "features", **tables, as_of=as_of, options=limits, contacts_a_batch=options.batch)
    wall, cpu = time.perf_counter() - wall, sum(os.times()[:2]) - cpu
    # The highest so far is kilobytes on Linux and bytes on macOS.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    if options.check:
        _check(tables, files, as_of)
    rows = pq.read_metadata(tables["interactions"]).num_rows
    disk = max(0, free - least.free)
    return {"wall": wall, "cpu": cpu, "peak": peak, "rows": rows, "disk": disk, "files": len(files)}


class _LeastFree:
    """Watches how much of a disk is free, and keeps the least: what else is written meanwhile counts too."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.free = shutil.disk_usage(place).free
        self._end = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "_LeastFree":
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._end.wait(0.5):
            self.free = min(self.free, shutil.disk_usage(self.place).free)


def _check(tables: dict[str, Path], files: list[Path], as_of: Any) -> None:
    """Check that the files hold the same rows in the same order as the query in one piece."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from segment_lib import build_features

    whole = build_features(**tables, as_of=as_of)
    parts = pa.concat_tables([pq.read_table(file).cast(whole.schema) for file in files])
    assert parts.num_rows == whole.num_rows, f"the files have {parts.num_rows:,} rows, not {whole.num_rows:,}"
    for name in whole.column_names:
        assert parts[name].combine_chunks().equals(whole[name].combine_chunks()), f"the files differ in {name}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=LARGE[0])
    parser.add_argument("--interactions", type=int, default=LARGE[1])
    parser.add_argument("--batch", type=int, default=1_000_000, help="contacts of a batch")
    parser.add_argument("--memory-limit", default="5GB", help="what DuckDB may use; the process needs more than that")
    parser.add_argument("--check", action="store_true", help="compare with the query in one piece, which needs memory")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
