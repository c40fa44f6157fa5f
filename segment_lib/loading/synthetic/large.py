"""Interactions in bulk, drawn block by block from the same model: what benchmarks run on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from segment_lib.loading.synthetic.model import activity_for, simulate
from segment_lib.loading.synthetic.shop import check_sizes
from segment_lib.loading.synthetic.shop_calendar import ShopCalendar
from segment_lib.loading.synthetic.tables import INTERACTIONS_SCHEMA, FirstNumbers, tabulate_interactions

_BLOCK_CONTACTS: Final = 40_000
_FIRST_DAY: Final = date(2024, 1, 1)
_LAST_DAY: Final = date(2026, 10, 31)


def make_interactions(*, n_contacts: int, n_interactions: int, random_state: int) -> pa.Table:
    """Make a table of interactions in memory.

    Parameters
    ----------
    n_contacts : number of contacts; some of them have no interaction.
    n_interactions : number of rows to aim at; chance decides, within a few percent from 3 a contact up.
    random_state : seed.

    Returns
    -------
    pyarrow.Table
        The library's table of interactions; rows are in time order within blocks of 40,000 contacts.

    Raises
    ------
    InvalidOption
        A number is not positive.

    Examples
    --------
    >>> table = make_interactions(n_contacts=100, n_interactions=1000, random_state=1)
    >>> table.column_names[:4]
    ['interaction_id', 'contact_id', 'occurred_at', 'kind']
    """
    check_sizes(n_contacts=n_contacts, n_interactions=n_interactions)
    return pa.concat_tables(_draw_blocks(n_contacts, n_interactions, random_state))


def write_interactions(path: Path | str, *, n_contacts: int, n_interactions: int, random_state: int) -> int:
    """Write what `make_interactions` makes as a Parquet file, with the memory of two blocks.

    Parameters
    ----------
    path : file to write.
    n_contacts, n_interactions, random_state : as in `make_interactions`.

    Returns
    -------
    int
        Number of rows written.

    Raises
    ------
    InvalidOption
        A number is not positive.
    """
    check_sizes(n_contacts=n_contacts, n_interactions=n_interactions)
    n_rows = 0
    with pq.ParquetWriter(path, INTERACTIONS_SCHEMA, compression="zstd") as writer, ThreadPoolExecutor(1) as beside:
        # One block is written while the next is drawn.
        writing = beside.submit(int)
        for table in _draw_blocks(n_contacts, n_interactions, random_state):
            writing.result()
            writing = beside.submit(_write_block, writer, table)
            n_rows += table.num_rows
        writing.result()
    return n_rows


def _write_block(writer: pq.ParquetWriter, table: pa.Table) -> int:
    writer.write_table(table, row_group_size=250_000)
    return int(table.num_rows)


def _draw_blocks(n_contacts: int, n_interactions: int, random_state: int) -> Iterator[pa.Table]:
    calendar = ShopCalendar(_FIRST_DAY, _LAST_DAY)
    activity = activity_for(n_interactions / n_contacts, calendar)
    first = FirstNumbers()
    for number, start in enumerate(range(0, n_contacts, _BLOCK_CONTACTS)):
        size = min(_BLOCK_CONTACTS, n_contacts - start)
        block = simulate(size, calendar, random_state=random_state, block=number, activity=activity)
        yield tabulate_interactions(block, calendar, first)
        first = first.after(block)
