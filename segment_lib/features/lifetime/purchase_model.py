"""What the models of repeat purchases share: fitting, predicting, storing."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from scipy.special import expit

from segment_lib.errors import InvalidOption, NoData
from segment_lib.features.lifetime.fitted import FittedByLikelihood
from segment_lib.features.lifetime.fitting import Fit, Likelihood, maximise
from segment_lib.features.lifetime.histories import (
    Histories,
    Matrix,
    Summary,
    Vector,
    check_times,
    count_equal,
    distinct,
    newcomers,
    read_histories,
)

# Beyond twice as many different histories, starts are tried on about so many of them.
ROUGH = 10_000


class PurchaseModel(FittedByLikelihood):
    """A model of how often customers buy, and of when they stop for good, unseen.

    Every such model has two parts: the odds that a customer is dead depend on the whole history; what a customer who is
    alive will buy depends on frequency and age alone.

    Parameters
    ----------
    n_starts : how many of the candidate starts to climb from.
    max_iterations : for each climb.

    Attributes
    ----------
    params_ : dict of name to value, times in the unit of the summary.
    log_likelihood_ : at `params_`, summed over customers.
    standard_errors_ : dict of name to standard error, NaN where the data hold a parameter to no value.
    covariance_ : covariance of the logarithms of the parameters, in the order of `params_`.
    converged_, convergence_ : whether the fit is one, and how it went.
    n_customers_, n_histories_ : rows of the summary, and different rows among them.
    """

    parameter_names: ClassVar[tuple[str, ...]]
    time_parameters: ClassVar[tuple[str, ...]]

    n_histories_: int
    histories_: Histories

    def fit(self, summary: Summary, *, sample_weight: Vector | None = None) -> Self:
        """Fit the model by maximum likelihood.

        Parameters
        ----------
        summary : one row a customer, with `frequency` (repeat purchases), `recency` (time of the last of them) and
            `age`, as `summarise_purchases` returns it.
        sample_weight : how many customers a row stands for; one where not given.

        Returns
        -------
        Self
            Fitted; whether the fit is to be trusted is in `converged_` and `convergence_`.

        Raises
        ------
        MissingColumns
            A column is absent.
        InvalidOption
            A value can't be.
        NoData
            Nobody bought again, or no time went by.
        """
        self._check_options()
        histories = read_histories(summary, weights=sample_weight)
        total = float(histories.weight.sum())
        if not histories.frequency @ histories.weight > 0:
            raise NoData("there must be repeat purchases to fit a model of them, got none.")
        time = float(histories.age @ histories.weight) / total
        if not time > 0:
            raise NoData("customers must have an age above 0 to fit a model of purchases, got none.")
        rate = float(histories.frequency @ histories.weight / (histories.age @ histories.weight))
        starts = [np.log(start) for start in self._starts(rate, time)]
        self._keep(self._climb(histories, starts), n_customers=histories.rows)
        self.histories_, self.n_histories_ = histories, len(histories)
        return self

    def probability_alive(self, summary: Summary | None = None) -> Vector:
        """Return the probability that each customer is still one, as of the end of the history.

        Parameters
        ----------
        summary : histories; those that were fitted where not given.

        Returns
        -------
        array
            One number a row.
        """
        histories = self._histories(summary)
        return np.asarray(self.alive_at(self.parameter_values(), histories)[histories.place])

    def predict_purchases(self, t: float, summary: Summary | None = None) -> Vector:
        """Return how many purchases to expect of each customer in the time `t` after the end of the history.

        Parameters
        ----------
        t : time ahead, in the unit of the summary.
        summary : histories; those that were fitted where not given.

        Returns
        -------
        array
            One number a row.
        """
        ahead = check_times(t)
        if ahead.ndim:
            raise InvalidOption("`t` must be one number, the time ahead for all customers.")
        histories, params = self._histories(summary), self.parameter_values()
        expected = self.alive_at(params, histories) * self.purchases_at(params, histories, float(ahead))
        return np.asarray(expected[histories.place])

    def expected_purchases(self, t: float | Vector) -> Vector:
        """Return how many repeat purchases a new customer makes up to the time `t` after the first purchase.

        Parameters
        ----------
        t : times, in the unit of the summary.

        Returns
        -------
        array
            One number a time.
        """
        times = check_times(t)
        params, nothing = self.parameter_values(), np.zeros(times.size)
        alive = self.alive_at(params, newcomers(np.zeros(1)))
        each = self._purchases_if_alive(params, nothing, nothing, times.ravel())
        return np.asarray(alive * each).reshape(times.shape)

    def probability_of(self, n: int, t: float | Vector) -> Vector:
        """Return the probability that a new customer makes exactly `n` repeat purchases up to the time `t`.

        Parameters
        ----------
        n : number of purchases, from 0.
        t : times, in the unit of the summary.

        Returns
        -------
        array
            One number a time.
        """
        times = check_times(t)
        if n < 0 or n != int(n):
            raise InvalidOption(f"`n` must be a whole number from 0, got {n}.")
        return self._probability_of(self.parameter_values(), int(n), times.ravel()).reshape(times.shape)

    def simulate(self, n: int, age: float | Vector, *, random_state: int | np.random.Generator) -> pa.Table:
        """Return the histories of made-up customers of the fitted population.

        Parameters
        ----------
        n : how many.
        age : their age, or the age of each.
        random_state : seed or generator.

        Returns
        -------
        pyarrow.Table
            `contact_id`, `frequency`, `recency`, `age`.
        """
        ages = np.broadcast_to(check_times(age, name="age"), n).astype(float)
        frequency, recency = self._simulate(self.parameter_values(), ages, np.random.default_rng(random_state))
        ids = pa.array(np.char.add("s", np.arange(n).astype(str)).tolist(), pa.string())
        return pa.table({"contact_id": ids, "frequency": frequency.astype(np.int64), "recency": recency, "age": ages})

    def likelihood(self) -> Likelihood:
        """Return the likelihood of the histories that the model was fitted to.

        Returns
        -------
        Likelihood
        """
        own = self._histories(None)
        return self._likelihood(own.take(own.weight > 0))

    def refit_to_simulated(self, chance: np.random.Generator) -> Vector:
        """Return the parameters of a fit to simulated histories of the same ages.

        Parameters
        ----------
        chance : generator.

        Returns
        -------
        array
        """
        params, own = self.parameter_values(), self._histories(None)
        # A weight is a number of customers; a part of one can't be simulated.
        ages = np.repeat(own.age, np.round(own.weight).astype(np.int64))
        frequency, recency = self._simulate(params, ages, chance)
        # Few customers may happen not to buy again at all, which nothing can be fitted to.
        while not frequency.any():
            frequency, recency = self._simulate(params, ages, chance)
        made = count_equal(frequency, recency, ages)
        return np.exp(self._climb(made, [np.log(params)]).log_params)

    # What each model has to bring. `params` are in the order of `parameter_names`.

    @abstractmethod
    def _starts(self, rate: float, time: float) -> list[Vector]:
        """Return candidates from the mean rate of purchases and the mean age."""

    @abstractmethod
    def _may_be_dead(self, histories: Histories) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Return for which histories death is possible at all."""

    @abstractmethod
    def _alive_likelihood(self, params: Vector, histories: Histories) -> tuple[float, Vector]:
        """Return the log-likelihood of the histories with their customers alive at the end, and its gradient."""

    @abstractmethod
    def _death_odds(self, params: Vector, histories: Histories) -> tuple[Vector, Matrix]:
        """Return the log-odds of death, and their gradient for log parameters, parameters by histories."""

    @abstractmethod
    def _purchases_if_alive(self, params: Vector, frequency: Vector, age: Vector, t: Vector) -> Vector:
        """Return the purchases to expect in the time `t` of customers who are alive."""

    @abstractmethod
    def _probability_of(self, params: Vector, n: int, t: Vector) -> Vector:
        """Return the probability of exactly `n` purchases up to `t`."""

    @abstractmethod
    def _simulate(self, params: Vector, age: Vector, chance: np.random.Generator) -> tuple[Vector, Vector]:
        """Return frequency and recency of new customers at their ages."""

    # Over different histories.

    def _climb(self, histories: Histories, starts: Sequence[Vector]) -> Fit:
        known = histories.take(histories.weight > 0)
        time = np.log(known.age @ known.weight / known.weight.sum())
        # Histories are sorted: every n-th of them is a fair sample.
        step = len(known) // ROUGH
        return maximise(
            self._likelihood(known),
            rough=self._likelihood(known.take(slice(None, None, step))) if step > 1 else None,
            starts=starts,
            centre=np.array([time if name in self.time_parameters else 0.0 for name in self.parameter_names]),
            names=self.parameter_names,
            n_starts=self.n_starts,
            max_iterations=self.max_iterations,
        )

    def _likelihood(self, histories: Histories) -> Likelihood:
        mortal = histories.take(self._may_be_dead(histories)).parts()

        def objective(theta: Vector) -> tuple[float, Vector]:
            params = np.exp(theta)
            value, gradient = self._alive_likelihood(params, histories)
            for part in mortal:
                odds, slopes = self._death_odds(params, part)
                # log(1 + e^odds) and its slope, from one exponential that never overflows.
                tail = np.exp(-np.abs(odds))
                value += float(part.weight @ (np.maximum(odds, 0) + np.log(1 + tail)))
                gradient = gradient + slopes @ (part.weight * np.where(odds > 0, 1, tail) / (1 + tail))
            return value, gradient

        return Likelihood(objective, float(histories.weight.sum()))

    def alive_at(self, params: Vector, histories: Histories) -> Vector:
        """Return the probability of being alive for other parameters than the fitted ones, history by history."""
        alive = np.ones(len(histories))
        mortal = self._may_be_dead(histories)
        if mortal.any():
            odds = [self._death_odds(params, part)[0] for part in histories.take(mortal).parts()]
            alive[mortal] = expit(-np.concatenate(odds))
        return alive

    def purchases_at(self, params: Vector, histories: Histories, t: float) -> Vector:
        """Return the purchases to expect of those alive for other parameters, history by history."""
        # Many histories differ in recency alone.
        (frequency, age), place = distinct(histories.frequency, histories.age)
        each = self._purchases_if_alive(params, frequency, age, np.full(len(age), t))
        return np.asarray(each[place])

    def _histories(self, summary: Summary | None) -> Histories:
        self.parameter_values()
        if summary is not None:
            return read_histories(summary)
        if not hasattr(self, "histories_"):
            raise NoData("the model has no histories of its own: give a `summary`.")
        return self.histories_
