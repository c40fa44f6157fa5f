"""Writing the sample shop's files, so that the same shop gives the same bytes."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from segment_lib.loading.synthetic.exporting import ExportFile, ShopFiles, export_shop
from segment_lib.loading.synthetic.shop import Shop


def write_shop(shop: Shop | ShopFiles, folder: Path | str) -> list[Path]:
    """Write a shop's export and the truth about it.

    Parameters
    ----------
    shop : from `make_shop`, or with dirt from `add_dirt`.
    folder : where `raw/` (the export) and `truth/` are written; they are made where absent.

    Returns
    -------
    list of Path
        The files that were written.

    Notes
    -----
    The compressed files hold neither time nor name. Their bytes are the same for the same shop and the same version
    of zlib; what they decompress to is the same everywhere. The sample that comes with the package is
    ``write_shop(add_dirt(make_shop(), random_state=2026), "data/sample_shop")``.
    """
    files = export_shop(shop) if isinstance(shop, Shop) else shop
    raw, truth = Path(folder) / "raw", Path(folder) / "truth"
    contents = {raw / file.name: _compress(_as_csv(file)) for file in files.files}
    contents[truth / "contacts_truth.csv.gz"] = _compress(_as_csv(_as_file(files.true_contacts)))
    contents[truth / "truth.json"] = (json.dumps(files.facts, indent=2, ensure_ascii=False) + "\n").encode()
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return list(contents)


def _as_csv(file: ExportFile) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=file.delimiter, lineterminator="\n")
    writer.writerow(file.header)
    writer.writerows(file.rows)
    return text.getvalue().encode("utf-8")


def _as_file(table: pd.DataFrame) -> ExportFile:
    def as_text(value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "" if pd.isna(value) else str(value)

    rows = tuple(tuple(as_text(value) for value in row) for row in table.itertuples(index=False, name=None))
    return ExportFile("contacts_truth.csv.gz", tuple(str(name) for name in table.columns), rows)


def _compress(content: bytes) -> bytes:
    packed = io.BytesIO()
    # GzipFile writes its own header: the one of gzip.compress differs between versions of Python.
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as stream:
        stream.write(content)
    return packed.getvalue()
