"""Settings and workspaces that every test shares."""

import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import yaml
from hypothesis import settings

from segment_lib import (
    AsOf,
    Models,
    Segmentation,
    Workspace,
    import_files,
    open_workspace,
    save_segmentation,
    segment_contacts,
)
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.segments import Segment
from segment_lib.vocabulary import CAMPAIGN_ASSIGNMENTS, Column, arrow_schema

# Figures are drawn into memory: a test machine has no screen.
os.environ.setdefault("MPLBACKEND", "Agg")

# No timing asserts, in hypothesis neither: speed lives in benchmarks/.
settings.register_profile("segment_lib", deadline=None)
settings.load_profile("segment_lib")

SAMPLE_SHOP = Path(__file__).parents[1] / "data" / "sample_shop"
SAMPLE_DAY = "2026-10-31"
MakeWorkspace = Callable[..., Workspace]
MakeSegmentation = Callable[..., Segmentation]


@pytest.fixture(scope="session")
def sample_shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The made-up shop, imported and segmented as of its last day; shared, so nothing may be written to it."""
    folder = tmp_path_factory.mktemp("shared") / "sample_shop"
    for part in ("definitions", "raw"):
        shutil.copytree(SAMPLE_SHOP / part, folder / part)
    workspace = open_workspace(folder)
    import_files(workspace)
    save_segmentation(workspace, segment_contacts(workspace, as_of=workspace.as_of(SAMPLE_DAY)))
    return workspace


@pytest.fixture(scope="session")
def sample_segmentation(sample_shop: Workspace) -> Segmentation:
    """The made-up shop as of its last day, by its stored models."""
    return segment_contacts(sample_shop, as_of=sample_shop.as_of(SAMPLE_DAY))


@pytest.fixture(scope="session")
def tiny_workspace(tmp_path_factory: pytest.TempPathFactory) -> MakeWorkspace:
    """A function that makes a workspace from rows.

    `contacts` are mappings, or ids alone; `interactions` and `assignments` are mappings. Instants and days may be
    texts, instants without an offset are UTC. Every other argument is a definition file: `segments={...}` becomes
    segments.yml. Without `segments` there are neither RFM groups nor clusters.
    """
    numbers = count()

    def make(
        *,
        contacts: Iterable[Mapping[str, object] | str] = (),
        interactions: Iterable[Mapping[str, object]] = (),
        assignments: Iterable[Mapping[str, object]] = (),
        time_zone: str = "UTC",
        **definitions: object,
    ) -> Workspace:
        folder = tmp_path_factory.mktemp("tiny") / f"tiny_{next(numbers)}"
        files = {
            "workspace": {"name": "Tiny", "time_zone": time_zone},
            "segments": {"rfm": None, "clusters": None},
            **definitions,
        }
        (folder / "definitions").mkdir(parents=True)
        for name, content in files.items():
            text = yaml.safe_dump(content, allow_unicode=True)
            (folder / "definitions" / f"{name}.yml").write_text(text, encoding="utf-8")
        workspace = open_workspace(folder)
        fields = load_fields(workspace)
        people = [{"contact_id": one} if isinstance(one, str) else one for one in contacts]
        for table, rows, columns in (
            ("contacts", people, columns_of("contacts", fields)),
            ("interactions", interactions, columns_of("interactions", fields)),
            ("campaign_assignments", assignments, CAMPAIGN_ASSIGNMENTS),
        ):
            workspace.append(table, arrow_rows(rows, tuple(columns)))
        return workspace

    return make


@pytest.fixture(scope="session")
def make_segmentation() -> MakeSegmentation:
    """A function that makes a segmentation without a workspace: `features` are rows, `members` segment to contacts."""

    def make(
        features: Iterable[Mapping[str, object]],
        members: Mapping[str, Iterable[str]],
        *,
        kind: str = "smart view",
        day: str = SAMPLE_DAY,
        unknown: Mapping[str, int] | None = None,
    ) -> Segmentation:
        table = pa.Table.from_pylist(list(features))
        ids = {name: sorted(contacts) for name, contacts in members.items()}
        pairs = [{"segment": name, "contact_id": one} for name, contacts in ids.items() for one in contacts]
        counts = pd.DataFrame(
            [
                {"segment": name, "members": len(contacts), "outside": 0, "unknown": (unknown or {}).get(name, 0)}
                for name, contacts in ids.items()
            ]
        )
        schema = pa.schema([("segment", pa.string()), ("contact_id", pa.string())])
        segments = tuple(Segment(name, kind, f"rule of {name}", f"hash of {name}") for name in ids)  # type: ignore[arg-type]
        return Segmentation(AsOf.of(day), table, segments, pa.Table.from_pylist(pairs, schema=schema), counts, Models())

    return make


def arrow_rows(rows: Iterable[Mapping[str, object]], columns: tuple[Column, ...]) -> pa.Table:
    """Rows as an Arrow table of a standard schema, texts read as instants and days where the schema wants them."""
    types = {column.name: column.type for column in columns}
    typed = [{name: as_value(value, types[name]) for name, value in row.items()} for row in rows]
    return pa.Table.from_pylist(typed, schema=arrow_schema(columns))


def as_value(value: Any, kind: str) -> Any:
    """A text as the instant or the day that it stands for; anything else as it is."""
    if isinstance(value, str) and kind == "timestamp":
        instant = datetime.fromisoformat(value)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return date.fromisoformat(value) if isinstance(value, str) and kind == "date" else value
