"""A workspace's own features: formulas in the rule language, checked, ordered, computed as of the day."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from segment_lib import Workspace
from segment_lib.errors import InvalidDefinition
from segment_lib.features import CATALOGUE, OwnFeature, compile_features, load_catalogue, load_features, profile_columns
from segment_lib.features.predicted import LIFETIME_COLUMNS
from segment_lib.segments import compile_views, evaluate_views, segment_contacts
from segment_lib.vocabulary import CONTACTS, INTERACTIONS

MakeWorkspace = Callable[..., Workspace]


def compiled(**formulas: str) -> dict[str, str]:
    own = [OwnFeature(name=name, formula=formula) for name, formula in formulas.items()]
    features = compile_features(own, contact_columns=CONTACTS, interaction_columns=INTERACTIONS)
    return {feature.name: feature.type for feature in features if feature.name in formulas}


def purchase(day: str, category: str, amount: float, contact_id: str = "ana") -> dict[str, object]:
    return {
        "contact_id": contact_id,
        "occurred_at": f"{day}T12:00:00+00:00",
        "kind": "purchase",
        "order_id": f"{contact_id} {day} {category}",
        "category": category,
        "amount": amount,
    }


def test_type_of_a_formula_is_found_out() -> None:
    assert compiled(
        share="total('purchase', where => category = 'Fig') / total_spend",
        home="country",
        often="purchases > 5",
        born="birth_date",
        seen="last_interaction_at",
    ) == {"share": "number", "home": "text", "often": "boolean", "born": "date", "seen": "timestamp"}


def test_formulas_may_need_one_another_in_any_order() -> None:
    assert list(compiled(late="early * 2", early="purchases + 1")) == ["early", "late"]


@pytest.mark.parametrize(
    ("formulas", "fault"),
    [
        ({"a": "b + 1", "b": "a + 1"}, r"formulas must not need one another in a circle, got a -> b -> a"),
        ({"a": "a + 1"}, r"a: a formula must not need itself"),
        ({"a": "purchses + 1"}, r"can't find a column `purchses`\. Did you mean `purchases`"),
        ({"a": "relationships"}, r"a formula must be a number, text, day or condition, got a list"),
        ({"country": "city"}, r"country: must not be called like a column of contacts"),
        ({"a": "distance_km(latitude, longitude)"}, r"`distance_km` must be given"),
        ({"a": "distance_km(latitude, city, 1, 2)"}, r"`distance_km` must be given"),
        ({"a": "1; drop table contacts"}, r"this is not expected here"),
        ({"a": "(select 1)"}, r"a query in brackets is not allowed"),
    ],
)
def test_faults_of_formulas_are_told(formulas: dict[str, str], fault: str) -> None:
    with pytest.raises(InvalidDefinition, match=fault):
        compiled(**formulas)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidDefinition, match=r"(?s)a: can't find a column `x`.*b: can't find a column `y`"):
        compiled(a="x", b="y")


def test_name_of_the_catalogue_is_taken(tiny_workspace: MakeWorkspace) -> None:
    own = {"features": [{"name": "purchases", "formula": "1"}]}
    workspace = tiny_workspace(contacts=["ana"], interactions=[purchase("2026-10-01", "Fig", 1.0)], features=own)
    with pytest.raises(InvalidDefinition, match="`purchases` is a feature or a column already; choose another name"):
        load_catalogue(workspace)


def test_own_features_are_computed_as_of_the_day_and_asked_for_in_rules(tiny_workspace: MakeWorkspace) -> None:
    own = {
        "features": [
            {"name": "fig_share", "formula": "fig_spend / total_spend", "unit": "share", "family": "preference"},
            {
                "name": "fig_spend",
                "formula": "total('purchase', where => category = 'Fig')",
                "meaning": "Spent on figs",
            },
            {"name": "km_to_shop", "formula": "distance_km(latitude, longitude, 40.4168, -3.7038)"},
        ]
    }
    rows = [
        purchase("2026-09-01", "Fig", 30.0),
        purchase("2026-09-02", "Kiwi", 10.0),
        purchase("2026-11-01", "Kiwi", 960.0),
    ]
    barcelona = {"contact_id": "ana", "latitude": 41.3874, "longitude": 2.1686}
    views = {"smart_views": [{"name": "Figs", "rule": "fig_share > 0.7 and km_to_shop < 600"}], "clusters": None}
    workspace = tiny_workspace(contacts=[barcelona, "ben"], interactions=rows, features=own, segments=views)
    as_of = workspace.as_of("2026-10-31")
    ana, ben = load_features(workspace, as_of=as_of).to_pylist()
    assert (ana["fig_spend"], ana["fig_share"]) == (30.0, 0.75)
    # Madrid and Barcelona are 505 km apart on a great circle.
    assert ana["km_to_shop"] == pytest.approx(505, abs=1)
    assert (ben["fig_spend"], ben["fig_share"], ben["km_to_shop"]) == (0.0, None, None)
    assert segment_contacts(workspace, as_of=as_of).members_of("Figs") == ["ana"]
    lean = segment_contacts(workspace, as_of=as_of, whole_catalogue=False)
    assert lean.members_of("Figs") == ["ana"]
    assert lean.features.num_columns < 60
    described = {column.name: column.meaning for column in profile_columns(workspace)}
    assert described["fig_spend"] == "Spent on figs"
    assert not [name for name in described if name.startswith("_")]


def test_workspace_without_the_file_has_the_catalogue(tiny_workspace: MakeWorkspace) -> None:
    assert load_catalogue(tiny_workspace()) == CATALOGUE


# How sure a prediction is.


def test_probably_compares_the_quantile_that_it_needs() -> None:
    rules = {
        "gone": "probably(p_alive < 0.4, 0.9)",
        "here": "not (probably(p_alive >= 0.8, 0.95))",
        "worth": "probably(expected_value_12m > 50 + 10, 0.5)",
    }
    found = compile_views(rules, contact_columns=[*CONTACTS, *LIFETIME_COLUMNS])
    assert found["gone"].condition == "p_alive_q900 < 0.4"
    assert found["gone"].quantiles == (("p_alive_q900", "p_alive", 0.9),)
    assert found["here"].quantiles == (("p_alive_q050", "p_alive", 0.05),)
    assert found["worth"].condition == "expected_value_12m_q500 > 50 + 10"
    table = pa.table({"contact_id": ["a", "b", "c"], "p_alive_q900": [0.3, 0.4, None]})
    answers = evaluate_views(table, {"gone": found["gone"]})
    assert answers["gone"].to_pylist() == [True, False, None]


@pytest.mark.parametrize(
    "rule",
    [
        "probably(p_alive < 0.4)",
        "probably(p_alive < 0.4, 1)",
        "probably(p_alive < 0.4, 0.3)",
        "probably(p_alive < 0.4, 'sure')",
        "probably(p_alive = 0.4, 0.9)",
        "probably(purchases < 4, 0.9)",
        "probably(0.4 > p_alive, 0.9)",
        "probably(p_alive < 0.4 and purchases > 1, 0.9)",
    ],
)
def test_probably_says_what_it_takes(rule: str) -> None:
    said = r"`probably` must be given (a prediction below or above a number|a number second)"
    with pytest.raises(InvalidDefinition, match=said):
        compile_views({"x": rule}, contact_columns=[*CONTACTS, *LIFETIME_COLUMNS])
