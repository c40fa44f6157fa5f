"""Contacts that are probably one person, although no key says so."""

from collections.abc import Mapping

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from segment_lib.engine import Table, open_connection
from segment_lib.errors import InvalidOption
from segment_lib.loading.identity.blocking import find_candidates
from segment_lib.loading.identity.columns import Compared, Kind
from segment_lib.loading.identity.comparing import Levels, compare_pairs
from segment_lib.loading.identity.pairs import DuplicatePairs
from segment_lib.loading.identity.reasons import give_reasons
from segment_lib.loading.identity.records import prepare_records
from segment_lib.loading.identity.scoring import MATCH, Evidence, fit_model

# Pairs that the model learns from, and pairs that are scored at a time.
LEARNT_FROM, AT_A_TIME = 200_000, 500_000


def propose_duplicates(
    contacts: Table, *, columns: Mapping[str, Kind] | None = None, threshold: float = 0.9, random_state: int = 0
) -> DuplicatePairs:
    """Propose pairs of contacts that are probably one person, with reasons; nothing is merged.

    Compared are names, e-mail, phone, birth date, company and place, as far as the table has them, and the custom
    columns that are declared. How much each of them says is learnt from the table itself, without labels. What a
    household or an organisation shares (last name, address, phone, half of the e-mails) makes nobody one person: that
    takes what is a person's own - first name, birth date, an id.

    Parameters
    ----------
    contacts : one row per contact, with `contact_id`.
    columns : custom columns to compare too, each a `name`, `text`, `address`, `date`, `id` (a person's own) or `code`.
    threshold : the lowest probability that is proposed, above 0 and at most 1.
    random_state : which pairs the model learns from where there are very many.

    Returns
    -------
    DuplicatePairs

    Raises
    ------
    MissingColumns
        `contact_id` or a custom column is absent.
    InvalidOption
        A `contact_id` is missing or repeated, nothing can be compared, or an argument is outside what is allowed.

    Examples
    --------
    >>> people = pd.DataFrame(
    ...     {
    ...         "contact_id": ["1", "2", "3"],
    ...         "first_name": ["Ana", "Ana", "Luis"],
    ...         "last_name": ["Robles", "Roblez", "Robles"],
    ...         "birth_date": ["1980-05-17", "1980-05-17", "1982-01-30"],
    ...         "city": ["Lugo", "Lugo", "Lugo"],
    ...     }
    ... )
    >>> propose_duplicates(people).pairs["reasons"].tolist()
    ['same birth date, last name differs by one letter, same first name, same city']
    """
    if not 0 < threshold <= 1:
        raise InvalidOption(f"`threshold` must be above 0 and at most 1, got {threshold!r}.")
    with open_connection() as connection:
        compared = prepare_records(connection, contacts, columns)
        candidates = find_candidates(connection, compared)
        pairs = _as_array(candidates.pairs)
        probability = _score(connection, pairs, compared, random_state)
        kept = probability >= threshold
        pairs, probability = pairs[kept], probability[kept]
        levels = _compare(connection, pairs, compared, for_reasons=True)
        ids = connection.sql("select contact_id from records order by i").to_arrow_table()["contact_id"]
    proposed = pd.DataFrame(
        {
            "contact_id_left": ids.take(pa.array(pairs[:, 0])).to_pandas(),
            "contact_id_right": ids.take(pa.array(pairs[:, 1])).to_pandas(),
            "probability": probability,
            "reasons": pd.Series(give_reasons(levels, compared), dtype="str"),
        }
    )
    order = ["probability", "contact_id_left", "contact_id_right"]
    return DuplicatePairs(
        pairs=proposed.sort_values(order, ascending=[False, True, True], ignore_index=True),
        left_out=candidates.left_out,
        threshold=threshold,
        columns=tuple(column.name for column in compared),
        n_contacts=len(ids),
        n_compared=len(candidates.pairs),
    )


def _score(
    connection: duckdb.DuckDBPyConnection,
    pairs: npt.NDArray[np.int32],
    columns: tuple[Compared, ...],
    random_state: int,
) -> npt.NDArray[np.float64]:
    """Learn from some of the pairs, then return the probability of each to be one person."""
    if not len(pairs):
        return np.empty(0)
    filled = ", ".join(f"count(v{at}) filter (where is_first)" for at in range(len(columns)))
    carriers = ", ".join(f"n{at}" for at in range(len(columns)))
    names = [f"v{at} is null" for at, column in enumerate(columns) if column.kind == "name"]
    table = connection.sql(
        f"select {carriers}, {' and '.join(names) or 'true'} as nameless from records order by i"
    ).to_arrow_table()
    carried = np.column_stack([column.to_numpy() for column in table.columns[:-1]])
    nameless = table["nameless"].to_numpy()

    def evidence(sides: npt.NDArray[np.int32], levels: Levels) -> Evidence:
        a, b = sides.T
        return Evidence(levels, np.maximum(carried[a], carried[b]).astype(np.int64), nameless[a] & nameless[b])

    generator = np.random.default_rng(random_state)
    some = np.sort(generator.permutation(len(pairs))[:LEARNT_FROM])
    strangers = _draw_pairs(len(carried), generator)
    levels = _compare(connection, pairs, columns)
    model = fit_model(
        columns,
        filled=np.array(connection.execute(f"select {filled} from records").fetchall()[0]),
        n_records=len(carried),
        candidates=evidence(pairs[some], levels[some]),
        n_candidates=len(pairs),
        at_random=evidence(strangers, _compare(connection, strangers, columns)),
    )
    parts = [slice(start, start + AT_A_TIME) for start in range(0, len(pairs), AT_A_TIME)]
    return np.concatenate([model.posterior(evidence(pairs[part], levels[part]))[:, MATCH] for part in parts])


def _draw_pairs(n_records: int, generator: np.random.Generator) -> npt.NDArray[np.int32]:
    """All pairs of few records, random ones of many."""
    if n_records * (n_records - 1) // 2 <= LEARNT_FROM:
        return np.column_stack(np.triu_indices(n_records, k=1)).astype(np.int32)
    drawn = generator.integers(0, n_records, size=(LEARNT_FROM, 2), dtype=np.int32)
    return np.asarray(drawn[drawn[:, 0] != drawn[:, 1]])


def _compare(
    connection: duckdb.DuckDBPyConnection,
    sides: npt.NDArray[np.int32],
    columns: tuple[Compared, ...],
    *,
    for_reasons: bool = False,
) -> Levels:
    pairs = pa.table({"a": sides[:, 0], "b": sides[:, 1]})
    return compare_pairs(connection, pairs, columns, for_reasons=for_reasons)


def _as_array(pairs: pa.Table) -> npt.NDArray[np.int32]:
    return np.column_stack([pairs["a"].to_numpy(), pairs["b"].to_numpy()]).astype(np.int32)
