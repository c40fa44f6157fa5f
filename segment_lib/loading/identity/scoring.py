"""How probable it is that two records are one person: a mixture after Fellegi and Sunter, fitted without labels.

A pair of records is one person entered twice, two of one household, two of one organisation, or strangers. The first
three share what belongs to a household or an organisation; only the first also shares what is a person's own. Without
the two in the middle, twins at one address would be one person many times over.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segment_lib.loading.identity.columns import CHANCE, Compared
from segment_lib.loading.identity.comparing import CLOSE, DIFFERENT, EQUAL, MISSING, SIMILAR, Levels

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

# Before any data are seen: how alike two entries of one person's value are, and two strangers' values that differ;
# from different to equal. Each counts like so many pairs.
ONE_PERSON = np.array([0.07, 0.03, 0.10, 0.80])
STRANGERS = np.array([0.97, 0.02, 0.01])
PRIOR_PAIRS = 50.0
# Pairs of one person, per contact, that are expected at least.
FEWEST_MATCHES = 0.005
MOST_DIFFERENT = 0.25
NUMBERS = ("phone", "date", "id", "code")
ROUNDS, CONVERGED, CLEAR = 50, 1e-4, 0.9
MATCH, HOUSEHOLD, COLLEAGUES, UNRELATED = range(4)


@dataclass(frozen=True)
class Evidence:
    """Some pairs as they compare, one row each.

    `levels` tells how alike their values are, `carriers` how many records have the commoner of the two values,
    `nameless` whether neither has a name.
    """

    levels: Levels
    carriers: Integers
    nameless: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.levels)


@dataclass(frozen=True)
class MatchModel:
    """What was learnt: how alike values are for one person and for strangers, and how common each kind of pair is.

    `one_person` and `strangers` have one row per column and one column per level, `filled` the number of records with
    a value, `shares` the share of all pairs that are a match, a household, colleagues, unrelated.
    """

    columns: tuple[Compared, ...]
    filled: Integers
    one_person: Floats
    strangers: Floats
    shares: Floats

    def log_ratios(self, evidence: Evidence) -> Floats:
        """Return, for every pair and column, the log of how much likelier it is for one person than for strangers."""
        ratios = np.zeros(evidence.levels.shape)
        for at, column in enumerate(self.columns):
            by_level = np.log(self.one_person[at]) - np.log(self.strangers[at])
            # More alike is never worse evidence, however few pairs a level was learnt from.
            by_level[:EQUAL] = np.maximum.accumulate(by_level[:EQUAL])
            if column.kind == "email":
                # Addresses are made of names: namesakes have like ones, so only equal and unequal are told apart.
                by_level[:EQUAL] = np.log(self.one_person[at, :EQUAL].sum() / self.strangers[at, :EQUAL].sum())
            # An equal value is worth the more the fewer others carry it; one that is nearly the same is worth no more.
            others = np.maximum(evidence.carriers[:, at] - 2, 0)
            chance = (others + 1) / (max(int(self.filled[at]) - 2, 0) + column.values)
            equal = np.maximum(np.log(self.one_person[at, EQUAL]) - np.log(chance), by_level[DIFFERENT])
            levels = evidence.levels[:, at]
            unequal = np.minimum(by_level[np.minimum(levels, CLOSE)], equal)
            ratios[:, at] = np.select([levels == MISSING, levels == EQUAL], [0.0, equal], unequal)
        return ratios

    def posterior(self, evidence: Evidence) -> Floats:
        """Return the probability of each kind of pair: match, household, colleagues, unrelated."""
        ratios = self.log_ratios(evidence)
        places = [at for at, column in enumerate(self.columns) if column.is_place]
        total = np.zeros((len(evidence), 4))
        if places:
            # Town, postcode and region follow from one another: the strongest agreement and the strongest difference.
            place = np.maximum(ratios[:, places].max(axis=1), 0) + np.minimum(ratios[:, places].min(axis=1), 0)
            total[:, :UNRELATED] += place[:, None]
        for at, column in enumerate(self.columns):
            if column.is_place:
                continue
            ratio = ratios[:, at]
            total[:, MATCH] += ratio
            for kind, shared in ((HOUSEHOLD, column.household), (COLLEAGUES, column.colleagues)):
                related = _partly(ratio, shared)
                if column.name == "company":
                    # Where nobody is named, the organisation itself is the contact.
                    related = np.where(evidence.nameless, _partly(ratio, CHANCE), related)
                total[:, kind] += related
        total += np.log(self.shares)
        total -= total.max(axis=1, keepdims=True)
        likelihood = np.exp(total)
        return np.asarray(likelihood / likelihood.sum(axis=1, keepdims=True))


def fit_model(
    columns: Sequence[Compared],
    *,
    filled: Integers,
    n_records: int,
    candidates: Evidence,
    n_candidates: int,
    at_random: Evidence,
) -> MatchModel:
    """Learn from pairs without labels what one person's and strangers' records look like, by expectation-maximisation.

    Parameters
    ----------
    columns : what is compared.
    filled : how many records have a value, per column.
    n_records : number of records.
    candidates : pairs that share something, or a random part of them.
    n_candidates : how many such pairs there are in all.
    at_random : pairs drawn at random, nearly all of them strangers.

    Returns
    -------
    MatchModel

    References
    ----------
    Fellegi and Sunter (1969), "A theory for record linkage"; Winkler (1988) for the estimation.
    """
    n_pairs = n_records * (n_records - 1) / 2
    scale = n_candidates / max(len(candidates), 1)
    fewest = FEWEST_MATCHES * n_records / n_pairs
    one_person = np.tile(ONE_PERSON, (len(columns), 1))
    strangers = np.array([_strangers(column) for column in columns])
    model = MatchModel(tuple(columns), filled, one_person, strangers, _shares(fewest, fewest, fewest))
    for _ in range(ROUNDS):
        found = model.posterior(candidates)
        # Only from pairs that are clear: many namesakes, each a little likely, would make a person of namesakes.
        found = np.where(found >= CLEAR, found, 0.0)
        apart = model.posterior(at_random)[:, UNRELATED]
        matches, household, colleagues = scale * found[:, :UNRELATED].sum(axis=0) / n_pairs
        matches = max(matches, fewest)
        learnt = MatchModel(
            columns=model.columns,
            filled=filled,
            one_person=_bound(_learn(candidates.levels, found[:, MATCH] * scale, one_person), columns),
            strangers=_learn(at_random.levels, apart, strangers),
            # Relatives are taken to be no rarer than duplicates: in doubt nobody is merged.
            shares=_shares(matches, max(household, matches), max(colleagues, matches)),
        )
        moved = np.abs(learnt.one_person - model.one_person).max()
        model = learnt
        if moved < CONVERGED:
            break
    return model


def _learn(levels: Levels, weights: Floats, prior: Floats) -> Floats:
    """Return how often each level occurs in weighted pairs, per column, the prior counting like `PRIOR_PAIRS`."""
    counts = np.array(
        [
            np.bincount(levels[there, at], weights=weights[there], minlength=EQUAL + 1)
            for at in range(levels.shape[1])
            for there in [levels[:, at] != MISSING]
        ]
    )
    counts = counts + PRIOR_PAIRS * prior
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _bound(one_person: Floats, columns: Sequence[Compared]) -> Floats:
    """Keep what was learnt within what one person's entries can be, lest namesakes are taken for one person.

    Entries differ in at most `MOST_DIFFERENT` of the pairs, and two slips in a number are rarer than one.
    """
    bounded = one_person.copy()
    bounded[:, DIFFERENT] = np.minimum(bounded[:, DIFFERENT], MOST_DIFFERENT)
    numbers = [at for at, column in enumerate(columns) if column.kind in NUMBERS]
    rarer = ONE_PERSON[SIMILAR] / ONE_PERSON[CLOSE]
    bounded[numbers, SIMILAR] = np.minimum(bounded[numbers, SIMILAR], rarer * bounded[numbers, CLOSE])
    bounded[:, SIMILAR:] *= ((1 - bounded[:, DIFFERENT]) / bounded[:, SIMILAR:].sum(axis=1))[:, None]
    return bounded


def _strangers(column: Compared) -> Floats:
    equal = 1 / column.values
    return np.append(STRANGERS * (1 - equal), equal)


def _shares(matches: float, household: float, colleagues: float) -> Floats:
    related = np.array([matches, household, colleagues])
    # Two contacts are one pair: strangers must remain possible.
    related *= min(1.0, 0.75 / related.sum())
    return np.append(related, 1 - related.sum())


def _partly(ratio: Floats, shared: float) -> Floats:
    """The log ratio of a value that is shared only so often."""
    if shared >= 1:
        return ratio
    return np.asarray(np.logaddexp(np.log(shared) + ratio, np.log(1 - shared)))
