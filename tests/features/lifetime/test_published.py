"""Published figures on the CDNOW customers, from the data themselves.

Fader, Hardie and Lee (2005), Marketing Science 24(2), with the notes that go with it; Batislam et al. (2007) by the
same data; Fader and Hardie (2013), The Gamma-Gamma model of monetary value. The files are not part of the repository;
where they are not found, the tests are skipped with the reason.
"""

import os
from pathlib import Path

import pandas as pd
import pytest

from segment_lib.asof import AsOf
from segment_lib.features.lifetime.bgnbd import BetaGeoModel
from segment_lib.features.lifetime.gamma_gamma import GammaGammaModel
from segment_lib.features.lifetime.mbgnbd import ModifiedBetaGeoModel
from segment_lib.features.lifetime.paretonbd import ParetoNBDModel
from segment_lib.features.lifetime.purchases import holdout_purchases, summarise_purchases

DATA = Path(os.environ.get("SEGMENT_LIB_DATA", Path(__file__).parents[4] / "shared" / "data")) / "cdnow"

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the CDNOW data are not here: SEGMENT_LIB_DATA names the folder that holds cdnow"
)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """The purchases of the 2,357 customers of the published sample."""
    names = ["master_id", "contact_id", "occurred_at", "cds", "amount"]
    table = pd.read_csv(
        DATA / "CDNOW_sample.txt", sep=r"\s+", names=names, dtype={"contact_id": str, "occurred_at": str}
    )
    return table.assign(occurred_at=pd.to_datetime(table["occurred_at"], format="%Y%m%d"), kind="purchase")


@pytest.fixture(scope="module")
def summary() -> pd.DataFrame:
    """The summary that was published, times rounded to a hundredth of a week."""
    table = pd.read_csv(DATA / "cdnow_customers_summary_with_transactions.csv")
    names = {"ID": "contact_id", "x": "frequency", "t_x": "recency", "T": "age", "zbar": "monetary_value"}
    return table.rename(columns=names)


@pytest.fixture(scope="module")
def bg_nbd(summary: pd.DataFrame) -> BetaGeoModel:
    return BetaGeoModel().fit(summary)


def test_summary_of_orders_is_the_published_one(orders: pd.DataFrame, summary: pd.DataFrame) -> None:
    ours = summarise_purchases(orders, as_of=AsOf.of("1997-09-30")).to_pandas()
    assert ours["frequency"].tolist() == summary["frequency"].tolist()
    # Published with two decimals.
    for name in ("recency", "age", "monetary_value"):
        assert (ours[name].fillna(0) - summary[name]).abs().max() < 0.00501


def test_holdout_has_the_published_repeat_purchases(orders: pd.DataFrame) -> None:
    table = holdout_purchases(orders, calibration_end=AsOf.of("1997-09-30"), as_of=AsOf.of("1998-06-30")).to_pandas()
    assert (table["frequency"].gt(0).sum(), table["frequency"].sum()) == (946, 2457)
    assert (table["holdout_purchases"].sum(), set(table["holdout_age"])) == (1882, {39.0})


def test_bg_nbd_has_the_published_parameters(bg_nbd: BetaGeoModel) -> None:
    assert bg_nbd.params_ == pytest.approx({"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4258}, abs=6e-5)
    assert bg_nbd.log_likelihood_ == pytest.approx(-9582.43, abs=0.005)
    assert bg_nbd.converged_


def test_bg_nbd_predicts_as_published(bg_nbd: BetaGeoModel, summary: pd.DataFrame) -> None:
    customer = summary[:1]
    assert customer[["frequency", "recency", "age"]].values.tolist() == [[2, 30.43, 38.86]]
    assert bg_nbd.predict_purchases(39, customer)[0] == pytest.approx(1.226, abs=5e-4)
    assert bg_nbd.probability_alive(customer)[0] == pytest.approx(0.72658, abs=5e-5)
    assert bg_nbd.expected_purchases([1, 3, 32, 78]) == pytest.approx([0.0532, 0.1506, 1.0437, 1.8576], abs=5e-4)


def test_mbg_nbd_has_the_published_parameters(summary: pd.DataFrame) -> None:
    model = ModifiedBetaGeoModel().fit(summary)
    assert model.params_ == pytest.approx({"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, abs=6e-4)
    assert model.log_likelihood_ == pytest.approx(-9582.13, abs=0.005)


def test_pareto_nbd_has_the_published_parameters(summary: pd.DataFrame) -> None:
    model = ParetoNBDModel().fit(summary)
    assert model.params_ == pytest.approx({"r": 0.5533, "alpha": 10.578, "s": 0.6062, "beta": 11.668}, abs=6e-4)
    assert model.log_likelihood_ == pytest.approx(-9594.98, abs=0.01)
    assert model.converged_


def test_gamma_gamma_has_the_published_parameters(summary: pd.DataFrame) -> None:
    model = GammaGammaModel().fit(summary)
    assert model.n_customers_ == 946
    assert model.params_ == pytest.approx({"p": 6.25, "q": 3.74, "gamma": 15.45}, abs=6e-3)
    assert model.log_likelihood_ == pytest.approx(-4055.92, abs=0.005)
    assert model.population_mean_ == pytest.approx(35.17, abs=0.005)
    assert model.correlation_ == pytest.approx(0.114, abs=5e-4)
