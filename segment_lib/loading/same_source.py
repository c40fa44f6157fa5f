"""Whether a file is still one of its source: by the header of the last one, and by the name of the source."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from segment_lib.errors import InvalidDefinition, InvalidFile
from segment_lib.loading.recipe import Source
from segment_lib.loading.sources import SourceFile
from segment_lib.loading.suggesting import compare_headers


def check_header(source: Source, file: SourceFile, before: Sequence[str] | None) -> tuple[str, ...]:
    """Say what has changed in the header of a new file; refuse it where rows could not be told apart any more.

    Parameters
    ----------
    source : which reads the file.
    file : inspected.
    before : header of the source's last file, None for its first.

    Returns
    -------
    tuple of str
        A sentence, or nothing.

    Raises
    ------
    InvalidFile
        Rows without ids would all be taken for new ones.
    """
    found = file.columns
    if before is None or set(before) == set(found):
        return ()
    diff = compare_headers(before, found)
    if source.table == "interactions" and "interaction_id" not in source.columns:
        # Rows without ids are told apart by all of their cells: another column makes every row a new one.
        raise InvalidFile(
            f"{file.path.name} has another header than the last file of `{source.name}`, whose rows have no id: "
            f"{diff}. All of its rows would be taken for new ones. Map an `interaction_id`, or name a new source."
        )
    return (f"the header has changed, in columns that are not used: {diff}",)


def check_name(source: Source, path: Path, names: Collection[str], ledger: Iterable[Mapping[str, Any]]) -> None:
    """Check that a new source is no old one by another name: ids begin with the name, so its rows would come twice.

    Parameters
    ----------
    source : which has imported nothing yet.
    path : a file that it reads.
    names : of all sources of the recipe.
    ledger : rows of the table `imports`.

    Raises
    ------
    InvalidDefinition
        A source that is no longer in the recipe has imported a file of this name into the same table.
    """
    for row in ledger:
        if row["source"] not in {None, *names} and (row["target"], row["file"]) == (source.table, path.name):
            raise InvalidDefinition(
                [
                    f"import.yml: the source `{source.name}` must be called `{row['source']}`, as it was when "
                    f"{path.name} was imported into {source.table}; otherwise its rows would be brought twice."
                ]
            )
