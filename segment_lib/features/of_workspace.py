"""The features of a workspace's contacts: its tables, its custom fields and its own formulas."""

from collections.abc import Sequence

import pyarrow as pa

from segment_lib.asof import AsOf
from segment_lib.engine import Table, add_table, open_connection, run_sql
from segment_lib.errors import NoData
from segment_lib.features.assembly import build_features
from segment_lib.features.own import load_catalogue
from segment_lib.features.pieces import names_in
from segment_lib.features.predicted import LIFETIME_NAMES
from segment_lib.features.record import Feature
from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.sql import literal
from segment_lib.workspace import Workspace


def load_features(
    workspace: Workspace,
    *,
    as_of: AsOf,
    extra: Sequence[Feature] = (),
    only: Sequence[Feature] | None = None,
    beside: pa.Table | None = None,
) -> pa.Table:
    """Compute a workspace's features as of a day.

    Parameters
    ----------
    workspace : whose contacts and interactions.
    as_of : the day seen from.
    extra : further records, such as those that rules need.
    only : the records to start from; the workspace's whole catalogue where not given.
    beside : further columns of contacts, by `contact_id`, such as predictions of lifetime value; without them, the
        workspace's own features that are made of predictions are left out.

    Returns
    -------
    pyarrow.Table
        As `build_features` returns it.

    Raises
    ------
    NoData
        Nothing has been imported, or nobody is known as of that day.
    InvalidDefinition
        features.yml has faults.
    """
    contacts: Table = workspace.table("contacts")
    interactions, fields = workspace.table("interactions"), load_fields(workspace)
    if not workspace.table("contacts").files:
        raise NoData(f"the workspace {workspace.name} has no contacts yet: import its files first (02_import).")
    records = [*(load_catalogue(workspace) if only is None else only), *extra]
    if beside is None:
        records = _without_predictions(records)
    else:
        contacts = run_sql(
            "from contacts left join beside using (contact_id)", {"contacts": contacts, "beside": beside}
        )
    table = build_features(
        interactions,
        as_of=as_of,
        contacts=contacts,
        labels=workspace.table("labels"),
        features=records,
        columns={name: columns_of(name, fields) for name in ("contacts", "interactions")},
        options=workspace.engine_options,
    )
    if not table.num_rows or not _happened_by(workspace, as_of):
        first, last = days_of(workspace)
        if first is None:
            raise NoData(
                f"the workspace {workspace.name} has no interactions: "
                "`segment-lib import` tells what became of its files."
            )
        raise NoData(
            f"`as_of` must be a day with data behind it, got {as_of.day}. "
            f"The interactions of {workspace.name} go from {first} to {last}."
        )
    return table


def _without_predictions(records: Sequence[Feature]) -> list[Feature]:
    missing = set(LIFETIME_NAMES)
    for record in records:
        if record.level == "contact" and names_in(record.sql) & missing:
            missing.add(record.name)
    return [record for record in records if record.name not in missing]


def days_of(workspace: Workspace) -> tuple[object, object]:
    """Return the first and the last local day with an interaction."""
    with open_connection() as connection:
        add_table(connection, "interactions", workspace.table("interactions"))
        zone = literal(workspace.settings.time_zone)
        [(first, last)] = connection.sql(
            f"select cast(min(occurred_at) at time zone {zone} as date), "
            f"cast(max(occurred_at) at time zone {zone} as date) from interactions"
        ).fetchall()
    return first, last


def _happened_by(workspace: Workspace, as_of: AsOf) -> bool:
    first, _ = days_of(workspace)
    return first is not None and first <= as_of.day  # type: ignore[operator]
