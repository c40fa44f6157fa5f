"""Kaplan-Meier and the log-rank test against published figures and SciPy."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import CensoredData, ecdf, logrank

from segment_lib.asof import AsOf
from segment_lib.errors import InvalidOption, MissingColumns, NoData
from segment_lib.features.contractual import compare_survival, kaplan_meier, median_survival
from segment_lib.features.contractual.survival import curves

DAY = pd.Timestamp("2026-12-31")
AS_OF = AsOf.of("2026-12-31")
# Freireich et al. (1963), remission of leukaemia in weeks, + where still in remission; in every textbook since.
SIX_MP = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def contracts(**groups: str) -> pd.DataFrame:
    """Return contracts from lengths, + where still there."""
    rows = []
    for group, lengths in groups.items():
        for place, text in enumerate(lengths.split()):
            days = pd.Timedelta(days=int(text.rstrip("+")))
            is_open = text.endswith("+")
            start = DAY - (days if is_open else pd.Timedelta(days=100))
            rows.append((f"{group}{place}", group, start, pd.NaT if is_open else start + days))
    return pd.DataFrame(rows, columns=["contact_id", "arm", "started_on", "ended_on"])


def test_published_curve_of_freireich() -> None:
    curve = kaplan_meier(contracts(treated=SIX_MP), as_of=AS_OF).set_index("time_days")
    published = {  # time: survival, standard error, and the log-log interval as Stata prints it
        6: (0.8571, 0.0764, 0.6197, 0.9516),
        7: (0.8067, 0.0869, 0.5631, 0.9228),
        10: (0.7529, 0.0963, 0.5032, 0.8894),
        13: (0.6902, 0.1068, 0.4316, 0.8491),
        16: (0.6275, 0.1141, 0.3675, 0.8049),
        22: (0.5378, 0.1282, 0.2678, 0.7468),
        23: (0.4482, 0.1346, 0.1881, 0.6801),
    }
    for time, figures in published.items():
        found = curve.loc[time, ["survival", "standard_error", "low", "high"]].to_numpy(float)
        assert found == pytest.approx(figures, abs=5e-5)
    assert curve["at_risk"].to_dict()[10] == 15
    assert curve["censored"].sum() == 12


def test_published_medians_and_log_rank_of_freireich() -> None:
    table = contracts(placebo=PLACEBO, treated=SIX_MP)
    medians = median_survival(kaplan_meier(table, as_of=AS_OF, by="arm")).set_index("group")
    assert medians["median_days"].to_dict() == {"placebo": 8, "treated": 23}
    assert medians.loc["placebo", ["low", "high"]].tolist() == [4, 11]
    assert np.isnan(medians.loc["treated", "high"])
    test = compare_survival(table, as_of=AS_OF, by="arm")
    assert test.chi_square == pytest.approx(16.79, abs=5e-3)
    assert test.table["expected"].tolist() == pytest.approx([10.75, 19.25], abs=5e-3)
    assert "16.79 on 1 degrees of freedom" in repr(test)


@pytest.mark.parametrize("seed", range(3))
def test_scipy_finds_the_same_on_random_contracts_with_ties(seed: int) -> None:
    rng = np.random.default_rng(seed)
    texts, samples = {}, {}
    for name, scale in (("one", 20.0), ("two", 40.0)):
        lengths, is_open = rng.exponential(scale, 60).clip(max=99).astype(int), rng.random(60) < 0.3
        texts[name] = " ".join(f"{days}{'+' if still else ''}" for days, still in zip(lengths, is_open, strict=True))
        samples[name] = CensoredData(uncensored=lengths[~is_open], right=lengths[is_open])
    table = contracts(**texts)
    for name, curve in kaplan_meier(table, as_of=AS_OF, by="arm").groupby("group"):
        theirs = ecdf(samples[str(name)]).sf.evaluate(curve["time_days"].to_numpy(float))
        assert theirs == pytest.approx(curve["survival"].to_numpy(), abs=1e-12)
    mine, test = compare_survival(table, as_of=AS_OF, by="arm"), logrank(samples["one"], samples["two"])
    assert mine.chi_square == pytest.approx(test.statistic**2)
    assert mine.p_value == pytest.approx(test.pvalue)


def test_three_groups_of_one_kind_differ_by_chance_alone() -> None:
    rng = np.random.default_rng(7)
    lengths = {name: " ".join(str(int(days)) for days in rng.exponential(20, 50)) for name in ("a", "b", "c")}
    test = compare_survival(contracts(**lengths), as_of=AS_OF, by="arm")
    assert test.degrees_of_freedom == 2
    assert test.p_value > 0.01
    assert test.table["expected"].sum() == pytest.approx(test.table["ended"].sum())


def test_an_earlier_day_knows_neither_later_ends_nor_later_starts() -> None:
    table = pd.DataFrame(
        {
            "contact_id": ["a", "b", "c"],
            "started_on": pd.to_datetime(["2026-01-01", "2026-01-01", "2026-02-01"]),
            "ended_on": pd.to_datetime(["2026-01-11", "2026-03-01", None]),
        }
    )
    curve = kaplan_meier(table, as_of=AsOf.of("2026-01-21"))
    assert curve[["time_days", "at_risk", "ended", "censored"]].values.tolist() == [
        [0, 2, 0, 0],
        [10, 2, 1, 0],
        [20, 1, 0, 1],
    ]


def test_a_contract_that_ends_on_its_first_day_counts_at_day_zero() -> None:
    curve = kaplan_meier(contracts(a="0 5 5+ 7"), as_of=AS_OF)
    assert curve["survival"].tolist() == pytest.approx([0.75, 0.5, 0.0])
    assert curve.iloc[-1][["standard_error", "low", "high"]].isna().all()


def test_nobody_left_yet_is_certain_of_nothing_but_one() -> None:
    curve = kaplan_meier(contracts(a="5+ 7+"), as_of=AS_OF)
    assert curve["survival"].tolist() == curve["low"].tolist() == [1, 1, 1]
    assert median_survival(curve)["median_days"].isna().all()


def test_median_is_where_exactly_half_are_left() -> None:
    assert median_survival(kaplan_meier(contracts(a="1 2 3 4"), as_of=AS_OF))["median_days"].tolist() == [2]


def test_contracts_without_a_group_are_a_group() -> None:
    table = contracts(a="1 2", b="3").assign(arm=["a", "a", None])
    assert kaplan_meier(table, as_of=AS_OF, by="arm")["group"].unique().tolist() == ["(none)", "a"]


def test_bands_cover_the_truth_as_often_as_they_say() -> None:
    rng, inside = np.random.default_rng(3), 0
    for _ in range(200):
        days, count = np.unique(rng.exponential(30, 80).astype(int), return_counts=True)
        counts = pd.DataFrame({"group": "a", "time_days": days, "ended": count, "leaving": count})
        curve = curves(counts, time="time_days", confidence=0.95)
        at = curve[curve["time_days"] <= 20].iloc[-1]
        inside += at["low"] <= np.exp(-21 / 30) <= at["high"]
    assert 0.92 * 200 <= inside <= 0.98 * 200


def test_faults_of_the_table_are_named_together() -> None:
    table = contracts(a="1 2", b="3")
    with pytest.raises(MissingColumns, match="`arn` in contracts"):
        kaplan_meier(table, as_of=AS_OF, by="arn")
    wrong = table.assign(ended_on=pd.Timestamp("2020-01-01"))
    with pytest.raises(InvalidOption, match=r"(?s)'a0' must end on or after its start.*'a1'.*'b0'"):
        kaplan_meier(wrong, as_of=AS_OF)
    with pytest.raises(InvalidOption, match="must have a `started_on`, got none"):
        kaplan_meier(table.assign(started_on=pd.NaT), as_of=AS_OF)
    with pytest.raises(InvalidOption, match="`ended_on` of contracts must be a date, got text"):
        kaplan_meier(table.assign(ended_on="2026-01-01"), as_of=AS_OF)
    with pytest.raises(InvalidOption, match="`ended_on` of contracts must be a date, got bigint"):
        kaplan_meier(table.assign(ended_on=5), as_of=AS_OF)
    with pytest.raises(NoData, match="no contract had started by 2020-01-01"):
        kaplan_meier(table, as_of=AsOf.of("2020-01-01"))
    with pytest.raises(InvalidOption, match="`confidence` must lie between 0 and 1"):
        kaplan_meier(table, as_of=AS_OF, confidence=95)
    with pytest.raises(InvalidOption, match="`by` must name a column with two groups or more, got 1"):
        compare_survival(table.assign(arm="a"), as_of=AS_OF, by="arm")
    with pytest.raises(InvalidOption, match="watched together while contracts ended"):
        compare_survival(contracts(a="5+ 6+", b="7+"), as_of=AS_OF, by="arm")


def test_ends_that_are_all_open_may_be_an_empty_column() -> None:
    table = contracts(a="5+ 6+").assign(ended_on=None)
    assert kaplan_meier(table, as_of=AS_OF)["censored"].sum() == 2
