"""Gamma-Gamma: what a purchase of each customer is worth, few purchases drawn towards the mean of all."""

from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from scipy.special import digamma, gammaln

from segment_lib.checks import check_option
from segment_lib.errors import InvalidOption, NoData
from segment_lib.features.lifetime.fitted import FittedByLikelihood
from segment_lib.features.lifetime.fitting import Fit, Likelihood, maximise
from segment_lib.features.lifetime.histories import Summary, Vector
from segment_lib.features.lifetime.purchase_model import PurchaseModel
from segment_lib.features.lifetime.purchases import DAYS, Unit
from segment_lib.features.lifetime.spends import correlation_of, read_spends

DAYS_A_YEAR = 365.25


class GammaGammaModel(FittedByLikelihood):
    """The Gamma-Gamma model of spend: amounts vary around each customer's own mean, and these means among customers.

    The amount of one purchase is Gamma distributed with shape `p`, its rate among customers with shape `q` and rate
    `gamma` (money). How much is spent must not go with how often: see `correlation_`.

    Parameters
    ----------
    n_starts : how many of the candidate starts to climb from.
    max_iterations : for each climb.

    Attributes
    ----------
    params_, log_likelihood_, standard_errors_, covariance_, converged_, convergence_ : as in `BetaGeoModel`.
    population_mean_ : mean spend a purchase among customers; infinite where `q` is 1 or less.
    correlation_ : of frequency and mean spend among the customers fitted; NaN where one of them does not vary.
    n_customers_ : customers fitted, those with repeat purchases of a mean spend above 0.
    n_left_out_ : customers with repeat purchases whose mean spend is unknown, 0 or below.

    Notes
    -----
    Fader and Hardie (2013), The Gamma-Gamma model of monetary value. Fader, Hardie and Lee (2005), RFM and CLV: using
    iso-value curves for customer base analysis. Journal of Marketing Research 42(4).

    Examples
    --------
    >>> import pandas as pd
    >>> model = GammaGammaModel.with_params(p=6.25, q=3.74, gamma=15.44)
    >>> customers = pd.DataFrame({"frequency": [2, 0], "monetary_value": [22.35, None]})
    >>> model.expected_spend(customers).round(2).tolist()
    [24.66, 35.22]
    """

    parameter_names: ClassVar[tuple[str, ...]] = ("p", "q", "gamma")

    correlation_: float
    n_left_out_: int

    def fit(self, summary: Summary, *, sample_weight: Vector | None = None) -> Self:
        """Fit the model by maximum likelihood to customers with repeat purchases of a mean spend above 0.

        Parameters
        ----------
        summary : one row a customer, with `frequency` and `monetary_value`, as `summarise_purchases` returns it.
        sample_weight : how many customers a row stands for; one where not given.

        Returns
        -------
        Self

        Raises
        ------
        MissingColumns
            A column is absent.
        InvalidOption
            A value can't be.
        NoData
            Fewer than two customers have repeat purchases of a mean spend above 0.
        """
        self._check_options()
        frequency, spend = read_spends(summary)
        weight = np.ones(len(frequency)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        if weight.shape != frequency.shape or not (np.isfinite(weight) & (weight >= 0)).all():
            raise InvalidOption("weights must be one number from 0 for each row.")
        known = (frequency > 0) & (spend > 0) & (weight > 0)
        if known.sum() < 2:
            raise NoData(
                "there must be at least two customers with repeat purchases of a mean spend above 0, "
                f"got {int(known.sum())}."
            )
        self._keep(
            self._climb(frequency[known], spend[known], weight[known], self._starts(spend[known].mean())),
            n_customers=int(known.sum()),
        )
        self.n_left_out_ = int(((frequency > 0) & ~(spend > 0)).sum())
        self.correlation_ = correlation_of(frequency[known], spend[known], weight[known])
        self._fitted = frequency[known], spend[known], weight[known]
        return self

    @property
    def population_mean_(self) -> float:
        """Mean spend a purchase among all customers."""
        p, q, gamma = self.parameter_values()
        return float(p * gamma / (q - 1)) if q > 1 else float("inf")

    def expected_spend(self, summary: Summary) -> Vector:
        """Return what a purchase of each customer is expected to be worth.

        Parameters
        ----------
        summary : one row a customer, with `frequency` and `monetary_value`.

        Returns
        -------
        array
            Money, one number a row; the mean of all for who has no repeat purchase of known spend.
        """
        frequency, spend = read_spends(summary)
        return self.spend_at(self.parameter_values(), frequency, spend)

    def predict_value(
        self,
        purchases_model: PurchaseModel,
        summary: Summary,
        t: float,
        *,
        discount_rate: float = 0.0,
        unit: Unit = "weeks",
    ) -> Vector:
        """Return what the purchases of each customer in the time ahead are expected to be worth.

        Parameters
        ----------
        purchases_model : a fitted model of purchases.
        summary : one row a customer, with `frequency`, `recency`, `age` and `monetary_value`.
        t : time ahead, in the unit of the summary.
        discount_rate : by how much money of a year later is worth less: 0.1 divides it by 1.1.
        unit : the unit of the summary, which the yearly rate is turned into.

        Returns
        -------
        array
            Money, one number a row.
        """
        check_option(unit, DAYS, name="unit")
        if not 0 <= discount_rate < np.inf:
            raise InvalidOption(f"`discount_rate` must be 0 or more, got {discount_rate}.")
        spend = self.expected_spend(summary)
        purchases = purchases_model.predict_purchases(t, summary)
        if discount_rate and t:
            # By parts: what is bought by a time, times what the value falls at that time.
            force = np.log1p(discount_rate) * DAYS[unit] / DAYS_A_YEAR
            nodes, weights = np.polynomial.legendre.leggauss(16)
            purchases = purchases * np.exp(-force * t)
            for at, width in zip(t * (nodes + 1) / 2, weights * t / 2, strict=True):
                by_then = purchases_model.predict_purchases(float(at), summary)
                purchases += force * width * np.exp(-force * at) * by_then
        return np.asarray(purchases * spend)

    def simulate(self, frequency: Vector, *, random_state: int | np.random.Generator) -> pa.Table:
        """Return mean spends of made-up customers of the fitted population.

        Parameters
        ----------
        frequency : how many repeat purchases each of them makes.
        random_state : seed or generator.

        Returns
        -------
        pyarrow.Table
            `frequency`, `monetary_value` (null where frequency is 0).
        """
        p, q, gamma = self.parameter_values()
        chance = np.random.default_rng(random_state)
        bought = np.asarray(frequency, dtype=float)
        rate = np.maximum(chance.gamma(q, 1 / gamma, len(bought)), 1e-300)
        times = np.maximum(bought, 1)
        spend = chance.gamma(p * times) / (rate * times)
        return pa.table({"frequency": bought, "monetary_value": pa.array(spend, mask=bought == 0)})

    def refit_to_simulated(self, chance: np.random.Generator) -> Vector:
        """Return the parameters of a fit to simulated spends of as many purchases.

        Parameters
        ----------
        chance : generator.

        Returns
        -------
        array
        """
        frequency, _, weight = self._own_data()
        spend = np.asarray(self.simulate(frequency, random_state=chance)["monetary_value"])
        return np.exp(self._climb(frequency, spend, weight, [np.log(self.parameter_values())]).log_params)

    def _starts(self, mean: float) -> list[Vector]:
        shapes = [(p, q) for p in (0.6, 3.0, 15.0) for q in (1.5, 4.0, 15.0)]
        return [np.log([p, q, mean * (q - 1) / p]) for p, q in shapes]

    def likelihood(self) -> Likelihood:
        """Return the likelihood of the spends that the model was fitted to.

        Returns
        -------
        Likelihood

        Raises
        ------
        NoData
            The model was stored without them.
        """
        return self._likelihood(*self._own_data())

    def _own_data(self) -> tuple[Vector, Vector, Vector]:
        if not hasattr(self, "_fitted"):
            raise NoData("the model was stored without its data: fit it anew.")
        return self._fitted

    def _climb(self, frequency: Vector, spend: Vector, weight: Vector, starts: list[Vector]) -> Fit:
        return maximise(
            self._likelihood(frequency, spend, weight),
            rough=None,
            starts=starts,
            centre=np.array([0.0, 0.0, np.log(weight @ spend / weight.sum())]),
            names=self.parameter_names,
            n_starts=self.n_starts,
            max_iterations=self.max_iterations,
        )

    def _likelihood(self, frequency: Vector, spend: Vector, weight: Vector) -> Likelihood:
        x, place = np.unique(frequency, return_inverse=True)
        buyers = np.bincount(place, weight)
        total, bought = float(weight.sum()), frequency * spend
        logs = float(weight @ np.log(spend))
        # x log(x z), summed over customers.
        amounts = float((weight * frequency) @ np.log(bought))

        def objective(theta: Vector) -> tuple[float, Vector]:
            p, q, gamma = np.exp(theta)
            beyond, inner = np.log(gamma + bought), weight / (gamma + bought)
            often = float((weight * frequency) @ beyond)
            once = float(weight @ beyond)
            value = (
                buyers @ (gammaln(p * x + q) - gammaln(p * x) - gammaln(q))
                + total * q * np.log(gamma) + p * amounts - logs - p * often - q * once
            )  # fmt: skip
            upper = digamma(p * x + q)
            gradient = np.array(
                [
                    (buyers * x) @ (upper - digamma(p * x)) + amounts - often,
                    buyers @ (upper - digamma(q)) + total * np.log(gamma) - once,
                    total * q / gamma - (p * frequency + q) @ inner,
                ]
            )
            return float(value), gradient * np.exp(theta)

        return Likelihood(objective, total)

    def spend_at(self, params: Vector, frequency: Vector, spend: Vector) -> Vector:
        """Return the expected spend for other parameters than the fitted ones; unknown spend is NaN.

        Parameters
        ----------
        params : in the order of `parameter_names`.
        frequency : repeat purchases.
        spend : mean spend of these.

        Returns
        -------
        array
        """
        frequency = np.where(np.isnan(spend), 0.0, frequency)
        # Who never bought again is like everybody, and so is who did at an unknown price.
        spend = np.where(frequency > 0, np.maximum(np.nan_to_num(spend), 0.0), 0.0)
        p, q, gamma = params
        held = p * frequency + q - 1
        return np.asarray(np.where(held > 0, p * (gamma + frequency * spend) / np.where(held > 0, held, 1), np.inf))

    def _more(self) -> dict[str, Any]:
        if not hasattr(self, "correlation_"):
            return {}
        correlation = None if np.isnan(self.correlation_) else self.correlation_
        return {"correlation": correlation, "n_left_out": self.n_left_out_}

    def _restore(self, stored: dict[str, Any]) -> None:
        if "correlation" in stored:
            correlation = stored["correlation"]
            self.correlation_ = float("nan") if correlation is None else float(correlation)
            self.n_left_out_ = int(stored["n_left_out"])
