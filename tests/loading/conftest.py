"""A small shop of raw files and a recipe, for tests of what happens after an import."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from segment_lib.engine import run_sql
from segment_lib.vocabulary import TABLES
from segment_lib.workspace import Workspace, open_workspace

CRM: dict[str, Any] = {
    "name": "crm",
    "file": "raw/crm*.csv",
    "table": "contacts",
    "columns": {"contact_id": "ID", "email": "Email", "city": "City"},
}
SHOP: dict[str, Any] = {
    "name": "shop",
    "file": "raw/orders*.csv",
    "table": "interactions",
    "columns": {
        "interaction_id": "Line",
        "contact_id": "Customer",
        "occurred_at": "Date",
        "kind": {"value": "purchase"},
        "amount": "Amount",
    },
}
MakeShop = Callable[..., Workspace]


@pytest.fixture
def make_shop(tmp_path: Path) -> MakeShop:
    """Write raw files and a recipe; called again, it adds files to the same workspace."""

    def make(
        files: Mapping[str, str],
        *,
        folder: str = "shop",
        sources: Sequence[Mapping[str, Any]] = (CRM, SHOP),
        fields: Sequence[Mapping[str, Any]] = (),
        **more: Any,
    ) -> Workspace:
        base = tmp_path / folder
        (base / "definitions").mkdir(parents=True, exist_ok=True)
        (base / "raw").mkdir(exist_ok=True)
        definitions = {
            "workspace": {"name": "Shop", "time_zone": "Europe/Madrid"},
            "fields": {"fields": list(fields)},
            "import": {"sources": list(sources), **more},
        }
        for name, content in definitions.items():
            (base / "definitions" / f"{name}.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
        for name, text in files.items():
            (base / "raw" / name).write_text(text, encoding="utf-8")
        return open_workspace(base)

    return make


@pytest.fixture
def query() -> Callable[[Workspace, str], list[tuple[Any, ...]]]:
    """Ask the tables of a workspace."""

    def ask(workspace: Workspace, sql: str) -> list[tuple[Any, ...]]:
        tables = {name: workspace.table(name) for name in TABLES if name in sql}
        return [tuple(row.values()) for row in run_sql(sql, tables).to_pylist()]

    return ask
