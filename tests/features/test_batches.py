"""Features in batches of contacts: the same rows, whatever the size, and nothing left behind."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidOption
from segment_lib.features import build_features, write_features

AS_OF = AsOf.of("2026-10-31", zone="Europe/Madrid")


def history() -> pd.DataFrame:
    """Return orders, surveys and visits of people with awkward ids, some after the day, some of strangers."""
    ids = ["a", "b's", "c", "d", "é", "zz", "stranger"]
    rows = [
        {
            "contact_id": ids[i % 7],
            "occurred_at": pd.Timestamp("2026-11-10", tz="UTC") - pd.Timedelta(days=i),
            "kind": ["purchase", "purchase", "survey", "visit"][i % 4],
            "order_id": f"o{i // 3}",
            "category": ["Fig", "Kiwi", "Plum", None][(i // 2) % 4],
            "product": f"p{i % 5}",
            "channel": ["web", "shop"][i % 2],
            "quantity": float(1 + i % 3),
            "amount": 5.0 + i % 11,
            "score": float(i % 11),
            "weight": i,
        }
        for i in range(200)
    ]
    return pd.DataFrame(rows)


PEOPLE = pa.table({"contact_id": ["a", "b's", "c", "d", "é", "zz", "nobody", "quiet"]})


@pytest.mark.parametrize("size", [1, 3, 8, 1_000_000])
def test_batches_hold_the_rows_of_the_whole_in_order(tmp_path: Path, size: int) -> None:
    whole = build_features(history(), contacts=PEOPLE, as_of=AS_OF)
    files = write_features(tmp_path / "f", history(), contacts=PEOPLE, as_of=AS_OF, contacts_a_batch=size)
    assert len(files) == -(-8 // size)
    parts = pa.concat_tables(pq.read_table(file) for file in files)
    assert parts.to_pylist() == whole.to_pylist()
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_folder_is_replaced_as_a_whole_and_stays_where_something_fails(tmp_path: Path) -> None:
    files = write_features(tmp_path / "f", history(), contacts=PEOPLE, as_of=AS_OF, contacts_a_batch=2)
    assert len(files) == 4
    assert len(write_features(tmp_path / "f", history(), contacts=PEOPLE, as_of=AS_OF)) == 1
    assert [path.name for path in tmp_path.rglob("*")] == ["f", "features-00000.parquet"]
    before = (tmp_path / "f" / "features-00000.parquet").read_bytes()
    too_large = history().assign(amount=1e300)
    with pytest.raises(InvalidOption, match="numbers must lie between -1e13 and 1e13"):
        write_features(tmp_path / "f", too_large, contacts=PEOPLE, as_of=AS_OF, contacts_a_batch=2)
    assert (tmp_path / "f" / "features-00000.parquet").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_batch_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidOption, match="`contacts_a_batch` must be 1 or more, got 0"):
        write_features(tmp_path / "f", history(), as_of=AS_OF, contacts_a_batch=0)


def test_folder_of_others_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("years of work", encoding="utf-8")
    with pytest.raises(InvalidOption, match=r"must be new or hold nothing but files of an earlier call, got mine with"):
        write_features(tmp_path / "mine", history(), contacts=PEOPLE, as_of=AS_OF)
    with pytest.raises(InvalidOption, match=r"`folder` must be a folder, got the file thesis\.docx"):
        write_features(tmp_path / "mine" / "thesis.docx", history(), contacts=PEOPLE, as_of=AS_OF)
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "thesis.docx"]


def test_path_that_looks_like_a_pattern_is_a_path(tmp_path: Path) -> None:
    files = write_features(tmp_path / "it's [a] f*", history(), contacts=PEOPLE, as_of=AS_OF, contacts_a_batch=3)
    whole = build_features(history(), contacts=PEOPLE, as_of=AS_OF)
    assert pa.concat_tables(pq.read_table(file) for file in files).to_pylist() == whole.to_pylist()
