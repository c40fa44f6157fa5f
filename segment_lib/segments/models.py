"""Fitted models on disk: cut points and centres are fitted once for a definition and then kept."""

from datetime import date

import pyarrow as pa

from segment_lib.engine import run_sql
from segment_lib.sql import literal
from segment_lib.vocabulary import MODELS, arrow_schema
from segment_lib.workspace import Workspace


def load_model(workspace: Workspace, model: str, definition_hash: str, day: date) -> str | None:
    """Return the parameters of the latest model fitted on or before a day.

    Parameters
    ----------
    workspace : where it is stored.
    model : `rfm` or `clusters`.
    definition_hash : of the definition that it was fitted for; another definition is another model.
    day : the day seen from; a model of a later day would know the future.

    Returns
    -------
    str or None
        JSON, or nothing where there is none.
    """
    rows = run_sql(
        f"""select parameters from models where {_of(model, definition_hash)} and fitted_as_of <= DATE '{day}'
        order by fitted_as_of desc limit 1""",
        {"models": workspace.table("models")},
    )
    return str(rows["parameters"][0].as_py()) if rows.num_rows else None


def save_model(workspace: Workspace, model: str, definition_hash: str, day: date, parameters: str) -> None:
    """Store a model unless it is the one in use already.

    Parameters
    ----------
    workspace : where to.
    model : `rfm` or `clusters`.
    definition_hash : of the definition that it was fitted for.
    day : the day that it was fitted on.
    parameters : JSON.
    """
    if load_model(workspace, model, definition_hash, day) == parameters:
        return
    row = {"model": model, "definition_hash": definition_hash, "fitted_as_of": day, "parameters": parameters}
    workspace.replace(
        "models",
        pa.Table.from_pylist([row], schema=arrow_schema(MODELS)),
        where=f"{_of(model, definition_hash)} and fitted_as_of = DATE '{day}'",
    )


def _of(model: str, definition_hash: str) -> str:
    return f"model = {literal(model)} and definition_hash = {literal(definition_hash)}"
