"""Which columns of contacts can be compared, and what is assumed of each before any data are seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from segment_lib.checks import check_columns
from segment_lib.errors import InvalidOption, list_faults, list_names, suggest

Kind = Literal["name", "text", "address", "date", "id", "code"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Compared:
    """One column that is compared, with what is assumed of it before any data are seen.

    `values` is how many equally common values there would be: strangers agree once in so many pairs. `household` and
    `colleagues` say how often people of one household or organisation share the value because they belong together.
    """

    name: str
    kind: str
    values: int
    household: float
    colleagues: float
    is_place: bool = False

    @property
    def label(self) -> str:
        """How reasons call the column."""
        return {"email": "e-mail", "postal_code": "postcode"}.get(self.name, self.name.replace("_", " "))

    @property
    def group(self) -> str:
        """Columns whose values are sometimes entered in one another's place have one group."""
        return self.kind if self.kind in ("name", "address") else self.name


# Brothers of one first name, twins: rare, yet far from impossible.
CHANCE = 0.02
STANDARD = (
    Compared("first_name", "name", 200, CHANCE, CHANCE),
    Compared("last_name", "name", 1_000, 1, CHANCE),
    Compared("email", "email", 1_000_000, 0.5, 0.5),
    Compared("phone", "phone", 1_000_000, 1, 1),
    Compared("birth_date", "date", 20_000, CHANCE, CHANCE),
    Compared("company", "text", 1_000, 1, 1),
    Compared("postal_code", "code", 1_000, 1, 1, is_place=True),
    Compared("city", "text", 200, 1, 1, is_place=True),
    Compared("region", "text", 20, 1, 1, is_place=True),
    Compared("country", "text", 5, 1, 1, is_place=True),
)
# Values, household, colleagues of custom columns.
CUSTOM: dict[str, tuple[int, float, float]] = {
    "name": (200, CHANCE, CHANCE),
    "text": (100, 1, 1),
    "address": (1_000, 1, 1),
    "date": (5_000, CHANCE, CHANCE),
    "id": (1_000_000, CHANCE / 10, CHANCE / 10),
    "code": (1_000, 1, 1),
}


def choose_columns(present: Sequence[str], custom: Mapping[str, Kind] | None) -> tuple[Compared, ...]:
    """Return the columns of a table that can be compared: the standard ones, then the custom ones.

    Parameters
    ----------
    present : names of the table's columns.
    custom : name of a custom column to its kind.

    Returns
    -------
    tuple of Compared

    Raises
    ------
    MissingColumns
        `contact_id` or a custom column is absent.
    InvalidOption
        A kind does not exist, a custom column has a standard name, or nothing can be compared.

    Examples
    --------
    >>> [column.name for column in choose_columns(["contact_id", "email", "nif"], {"nif": "id"})]
    ['email', 'nif']
    """
    wanted = dict(custom or {})
    check_columns(present, ["contact_id", *wanted], table="contacts")
    taken = {column.name for column in STANDARD} | {"contact_id"}
    faults = [
        f"`columns` must name custom columns, got `{name}`, which is standard; leave it out of `columns`."
        for name in wanted
        if name in taken
    ]
    faults += [
        f"the kind of `{name}` must be one of {list_names(KINDS)}, got {kind!r}.{suggest(str(kind), KINDS)}"
        for name, kind in wanted.items()
        if kind not in KINDS
    ]
    if faults:
        raise InvalidOption(list_faults(faults))
    chosen = tuple(column for column in STANDARD if column.name in present)
    chosen += tuple(Compared(name, kind, *CUSTOM[kind]) for name, kind in wanted.items())
    if not chosen:
        names = list_names(column.name for column in STANDARD)
        raise InvalidOption(
            f"contacts must have a column that can be compared, got {list_names(present)}. "
            f"Standard columns are {names}; declare others in `columns`."
        )
    return chosen
