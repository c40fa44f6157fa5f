"""What every model fitted by maximum likelihood has: parameters, their errors, and a text to store."""

import json
from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from segment_lib.errors import InvalidOption, NoData
from segment_lib.features.lifetime.fitting import Convergence, Fit, Likelihood
from segment_lib.features.lifetime.histories import Matrix, Vector


class FittedByLikelihood(BaseEstimator, ABC):  # type: ignore[misc]
    """Options, fitted attributes and storage.

    Parameters
    ----------
    n_starts : how many of the candidate starts to climb from.
    max_iterations : for each climb.
    """

    parameter_names: ClassVar[tuple[str, ...]]

    params_: dict[str, float]
    log_likelihood_: float
    standard_errors_: dict[str, float]
    covariance_: Matrix
    converged_: bool
    convergence_: Convergence
    n_customers_: int

    def __init__(self, *, n_starts: int = 3, max_iterations: int = 500) -> None:
        self.n_starts = n_starts
        self.max_iterations = max_iterations

    @classmethod
    def with_params(cls, **params: float) -> Self:
        """Return a model with parameters that are known, without a fit: to predict from published ones, or to simulate.

        Parameters
        ----------
        params : every parameter by its name.

        Returns
        -------
        Self
        """
        if set(params) != set(cls.parameter_names) or not all(0 < value < np.inf for value in params.values()):
            raise InvalidOption(f"parameters must be {', '.join(cls.parameter_names)}, each above 0, got {params}.")
        model = cls()
        model.params_ = {name: float(params[name]) for name in cls.parameter_names}
        return model

    def to_json(self) -> str:
        """Return the fit as a text to store; histories are not part of it.

        Returns
        -------
        str
        """
        self.parameter_values()
        stored: dict[str, Any] = {"model": type(self).__name__, "options": self.get_params(), "params": self.params_}
        if hasattr(self, "convergence_"):
            stored |= {
                "log_likelihood": self.log_likelihood_,
                # JSON has no NaN.
                "covariance": [[None if np.isnan(v) else float(v) for v in row] for row in self.covariance_],
                "convergence": asdict(self.convergence_),
                "n_customers": self.n_customers_,
            }
            stored["convergence"]["expected_gain"] = min(self.convergence_.expected_gain, 1e300)
        return json.dumps(stored | self._more())

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return a stored fit; predictions then need a summary.

        Parameters
        ----------
        text : what `to_json` returned.

        Returns
        -------
        Self

        Raises
        ------
        InvalidOption
            The text is of another model, or of none.
        """
        try:
            stored = json.loads(text)
            if stored["model"] != cls.__name__:
                raise InvalidOption(f"the text must be of a {cls.__name__}, got a {stored['model']}.")
            model = cls(**stored["options"])
            model.params_ = {name: float(stored["params"][name]) for name in cls.parameter_names}
            if "convergence" in stored:
                convergence = stored["convergence"]
                convergence["at_edge"] = tuple(convergence["at_edge"])
                fit = Fit(
                    np.log(list(model.params_.values())),
                    stored["log_likelihood"],
                    np.asarray(stored["covariance"], dtype=float),
                    Convergence(**convergence),
                )
                model._keep(fit, n_customers=stored["n_customers"])
            model._restore(stored)
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, InvalidOption):
                raise
            raise InvalidOption(f"the text must be one that `to_json` returned, got {text[:60]!r}.") from None
        return model

    @property
    def has_data(self) -> bool:
        """Whether the data of the fit are still there; a stored model has none."""
        return hasattr(self, "histories_") or hasattr(self, "_fitted")

    @abstractmethod
    def likelihood(self) -> Likelihood:
        """Return the likelihood of the data that the model was fitted to."""

    @abstractmethod
    def refit_to_simulated(self, chance: np.random.Generator) -> Vector:
        """Return the parameters of a fit to data simulated from this one, for the same customers."""

    def _more(self) -> dict[str, Any]:
        return {}

    def _restore(self, stored: dict[str, Any]) -> None:
        """Take back what `_more` told."""

    def _check_options(self) -> None:
        for name in ("n_starts", "max_iterations"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise InvalidOption(f"`{name}` must be a whole number from 1, got {value!r}.")

    def _keep(self, fit: Fit, *, n_customers: int) -> None:
        values = np.exp(fit.log_params)
        self.params_ = dict(zip(self.parameter_names, map(float, values), strict=True))
        self.log_likelihood_ = fit.log_likelihood
        self.covariance_ = fit.covariance
        # The error of a parameter is that of its logarithm times itself.
        errors = values * np.sqrt(np.diag(fit.covariance))
        self.standard_errors_ = dict(zip(self.parameter_names, map(float, errors), strict=True))
        self.convergence_ = fit.convergence
        self.converged_ = fit.convergence.converged
        self.n_customers_ = n_customers

    def parameter_values(self) -> Vector:
        """Return the parameters in the order of `parameter_names`.

        Returns
        -------
        array

        Raises
        ------
        NoData
            The model is not fitted.
        """
        if not hasattr(self, "params_"):
            raise NoData(f"the {type(self).__name__} must be fitted first: call `fit(summary)`.")
        return np.asarray([self.params_[name] for name in self.parameter_names])
