"""Choices, made by hypothesis or by a random number generator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Choices:
    """What is chosen, by one function that returns a whole number from 0 below its argument."""

    below: Callable[[int], int]

    def of(self, options: Sequence[T]) -> T:
        """Choose one of several."""
        return options[self.below(len(options))]

    def whole(self, low: int, high: int) -> int:
        """Choose a whole number, both ends included."""
        return low + self.below(high - low + 1)

    def one_in(self, n: int) -> bool:
        """Choose whether, once in so many times."""
        return self.below(n) == n - 1

    def maybe(self, options: Sequence[T]) -> T | None:
        """Choose one of several, or nothing."""
        return None if self.one_in(3) else self.of(options)
