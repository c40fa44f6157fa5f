"""Clusters: the same seed the same groups, kept from day to day, found where they were planted."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from segment_lib.errors import InvalidOption, MissingColumns, NoData
from segment_lib.segments import ClusterModel, fit_clusters
from segment_lib.segments.cluster_counts import SILHOUETTE_SAMPLE

COLUMNS = ("recency_days", "average_order")


def three_kinds(n: int = 30, *, random_state: int = 7) -> pd.DataFrame:
    """Customers of three kinds that lie far apart, and as many who never bought."""
    rng = np.random.default_rng(random_state)
    kinds = np.repeat([0, 1, 2], n)
    frame = pd.DataFrame(
        {
            "contact_id": [f"c{i:04}" for i in range(3 * n)],
            "recency_days": np.array([10.0, 200.0, 400.0])[kinds] + rng.normal(0, 5, 3 * n),
            "average_order": np.array([100.0, 20.0, 60.0])[kinds] + rng.normal(0, 3, 3 * n),
            "kind": kinds,
        }
    )
    never = pd.DataFrame({"contact_id": [f"n{i:04}" for i in range(n)], "recency_days": np.nan, "kind": -1})
    return pd.concat([frame, never], ignore_index=True)


FRAME = three_kinds()
MODEL = fit_clusters(FRAME, columns=COLUMNS, candidates=(2, 3, 4), random_state=1)


def test_planted_kinds_are_found_with_the_right_count() -> None:
    bought = FRAME["kind"] >= 0
    assert len(MODEL.names) == 3
    assert adjusted_rand_score(FRAME.loc[bought, "kind"], MODEL.assign(FRAME)[bought]) == 1.0
    table = MODEL.score_table()
    assert table["n_clusters"].tolist() == [2, 3, 4]
    assert table["chosen"].tolist() == [False, True, False]
    assert table["inertia"].is_monotonic_decreasing
    assert table.loc[1, "stability"] == 1.0
    assert table.loc[1, "silhouette"] > 0.8


def test_same_seed_gives_the_same_model() -> None:
    assert fit_clusters(FRAME, columns=COLUMNS, candidates=(2, 3, 4), random_state=1) == MODEL


def test_data_frame_and_arrow_table_give_the_same() -> None:
    arrow = pa.Table.from_pandas(FRAME, preserve_index=False)
    assert fit_clusters(arrow, columns=COLUMNS, candidates=(2, 3, 4), random_state=1) == MODEL
    pd.testing.assert_series_equal(MODEL.assign(arrow), MODEL.assign(FRAME))


def test_stored_model_puts_everybody_where_the_fitted_one_does() -> None:
    stored = ClusterModel.from_json(MODEL.to_json())
    assert stored == MODEL
    newcomers = three_kinds(random_state=99)
    pd.testing.assert_series_equal(stored.assign(newcomers), MODEL.assign(newcomers))


def test_new_contact_goes_to_the_nearest_centre() -> None:
    newcomers = pd.DataFrame({"recency_days": [12.0, 201.0, 390.0, np.nan], "average_order": [90.0, 25.0, 70.0, 50.0]})
    examples = FRAME.iloc[[0, 30, 60]]
    names = MODEL.assign(newcomers)
    assert names.tolist()[:3] == MODEL.assign(examples).tolist()
    assert pd.isna(names.iloc[3])


@settings(max_examples=10)
@given(order=st.permutations(range(len(FRAME))))
def test_order_of_contacts_does_not_matter_for_their_cluster(order: list[int]) -> None:
    shuffled = FRAME.iloc[order].reset_index(drop=True)
    expected = dict(zip(FRAME["contact_id"], MODEL.assign(FRAME), strict=True))
    assert dict(zip(shuffled["contact_id"], MODEL.assign(shuffled), strict=True)) == expected


def test_cluster_of_a_contact_does_not_depend_on_the_others() -> None:
    together = MODEL.assign(FRAME)
    alone = [MODEL.assign(FRAME.iloc[[i]]).iloc[0] for i in range(0, len(FRAME), 10)]
    assert alone == together.iloc[::10].tolist()


def test_who_never_bought_is_in_no_cluster() -> None:
    assert MODEL.assign(FRAME)[FRAME["kind"] < 0].isna().all()
    assert MODEL.assign(FRAME.iloc[:0]).tolist() == []


def test_names_are_unique_numbered_by_size_and_speak_of_what_is_high_and_low() -> None:
    uneven = pd.concat([FRAME, FRAME[FRAME["kind"] == 2].assign(recency_days=lambda f: f["recency_days"] + 1)])
    model = fit_clusters(uneven, columns=COLUMNS, candidates=(3,))
    assert len(set(model.names)) == len(model.names) == 3
    sizes = model.assign(uneven).value_counts()
    assert [name.split()[0] for name in model.names] == ["C1", "C2", "C3"]
    assert sizes[list(model.names)].is_monotonic_decreasing
    assert model.assign(FRAME[FRAME["kind"] == 2]).unique().tolist() == [model.names[0]]


def test_many_clusters_of_like_centres_still_have_names_of_their_own() -> None:
    model = fit_clusters(FRAME, columns=COLUMNS, n_clusters=12, candidates=(12,))
    assert len(set(model.names)) == 12


def test_feature_that_is_the_same_for_all_changes_nothing() -> None:
    model = fit_clusters(FRAME.assign(constant=5.0), columns=(*COLUMNS, "constant"), candidates=(3,), random_state=1)
    expected = fit_clusters(FRAME, columns=COLUMNS, candidates=(3,), random_state=1)
    got, wanted = model.assign(FRAME.assign(constant=5.0)), expected.assign(FRAME)
    bought = FRAME["kind"] >= 0
    assert adjusted_rand_score(got[bought], wanted[bought]) == 1.0
    assert np.isfinite(np.asarray(model.centres)).all()


def test_missing_value_counts_as_the_median() -> None:
    holes = FRAME.copy()
    holes.loc[[0, 31, 62], "average_order"] = np.nan
    model = fit_clusters(holes, columns=COLUMNS, candidates=(3,), random_state=1)
    assert np.isfinite(np.asarray(model.centres)).all()
    median = holes.loc[holes["kind"] >= 0, "average_order"].median()
    assert model.fill[1] == pytest.approx(median)
    filled = holes.assign(average_order=holes["average_order"].fillna(median))
    assert model.assign(holes).tolist() == model.assign(filled).tolist()


def test_skewed_feature_is_taken_as_a_logarithm_and_never_falls_below_zero() -> None:
    rng = np.random.default_rng(3)
    frame = FRAME.assign(total_spend=np.exp(rng.normal(4, 2, len(FRAME))))
    model = fit_clusters(frame, columns=("recency_days", "total_spend"), candidates=(3,))
    assert model.logged == (False, True)
    beyond = pd.DataFrame({"recency_days": [10.0], "total_spend": [-50.0]})
    assert model.assign(beyond).notna().all()


def test_units_of_a_feature_do_not_matter() -> None:
    hours = FRAME.assign(average_order=FRAME["average_order"] * 100)
    model = fit_clusters(hours, columns=COLUMNS, candidates=(2, 3, 4), random_state=1)
    assert model.assign(hours).tolist() == MODEL.assign(FRAME).tolist()


def test_count_that_is_asked_for_is_used_and_compared() -> None:
    model = fit_clusters(FRAME, columns=COLUMNS, candidates=(2, 3), n_clusters=5)
    assert len(model.names) == 5
    assert model.score_table().query("chosen")["n_clusters"].tolist() == [5]
    assert model.score_table()["n_clusters"].tolist() == [2, 3, 5]


def test_a_few_outliers_alone_in_a_cluster_do_not_stop_the_silhouette() -> None:
    n = SILHOUETTE_SAMPLE + 1500
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"recency_days": rng.normal(100, 1, n), "average_order": rng.normal(50, 1, n)})
    frame.loc[n - 1] = [9_000.0, 9_000.0]
    model = fit_clusters(frame, columns=COLUMNS, candidates=(2,), random_state=1)
    assert model.assign(frame).value_counts().min() == 1
    assert -1 <= model.score_table()["silhouette"].iloc[0] <= 1


def test_inputs_stay_as_they_were() -> None:
    before = FRAME.copy(deep=True)
    fit_clusters(FRAME, columns=COLUMNS, candidates=(2,))
    pd.testing.assert_frame_equal(FRAME, before)


def test_too_few_customers_are_refused() -> None:
    few = FRAME.iloc[[0, 1, 30, 31, 60]]
    with pytest.raises(NoData, match="at least 6 customers for 3 clusters, got 5"):
        fit_clusters(few, columns=COLUMNS, candidates=(2, 3))
    never = FRAME[FRAME["kind"] < 0]
    with pytest.raises(NoData, match="got 0"):
        fit_clusters(never, columns=COLUMNS, candidates=(2,))


def test_too_few_customers_that_differ_are_refused() -> None:
    same = FRAME.iloc[[0, 30] * 10].reset_index(drop=True)
    with pytest.raises(NoData, match="at least 3 customers that differ, got 2"):
        fit_clusters(same, columns=COLUMNS, candidates=(2, 3))
    assert len(fit_clusters(same, columns=COLUMNS, candidates=(2,)).names) == 2


def test_feature_without_any_value_is_refused() -> None:
    with pytest.raises(NoData, match="`satisfaction` must have values to cluster on, got none"):
        fit_clusters(FRAME.assign(satisfaction=np.nan), columns=("recency_days", "satisfaction"))


def test_feature_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidOption, match="features to cluster on must be numbers, got `country`"):
        fit_clusters(FRAME.assign(country="ES"), columns=("recency_days", "country"))


def test_missing_feature_is_named() -> None:
    with pytest.raises(MissingColumns, match=r"column `avrage_order` in features\..*mean `average_order`"):
        fit_clusters(FRAME, columns=("recency_days", "avrage_order"))
    with pytest.raises(MissingColumns, match="column `recency_days` in features"):
        MODEL.assign(pd.DataFrame({"average_order": [1.0]}))
