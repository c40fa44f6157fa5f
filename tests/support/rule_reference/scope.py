"""What a rule is evaluated in: the day, the contact and everybody else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rule_reference.rows import Row
from segment_lib.asof import AsOf

Person = tuple[Row, Sequence[Row]]


@dataclass(frozen=True)
class World:
    """What a rule may look at beside the contact: the day, everybody, labels and the other smart views."""

    as_of: AsOf
    everybody: Sequence[Person] = ()
    labels: Sequence[Row] = ()
    segments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """Whose values are named: a contact with its interactions, or, inside `where`, one interaction."""

    world: World
    row: Row
    interactions: Sequence[Row] | None = None

    @property
    def zone(self) -> str:
        """The time zone of the day seen from."""
        return self.world.as_of.zone
