"""Probable duplicates: who is proposed, who is not, and why."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segment_lib.errors import InvalidOption, MissingColumns
from segment_lib.loading.identity import blocking
from segment_lib.loading.identity.duplicates import propose_duplicates
from segment_lib.loading.identity.pairs import DuplicatePairs

FIRST_NAMES = ("Ana", "Luis", "Marta", "Jorge", "Elena", "Pablo", "Rosa", "Diego", "Ines", "Hugo")
LAST_NAMES = ("Robles", "Quintana", "Ferrer", "Salgado", "Urrutia", "Navas", "Bermejo", "Calvo", "Otero", "Pizarro")
ANA: Mapping[str, object] = {
    "first_name": "Ana",
    "last_name": "Ferreira",
    "birth_date": "1980-05-17",
    "street": "Calle Mayor 5",
    "city": "Lugo",
    "postal_code": "27001",
    "phone": "+34 982 111 222",
}
STREET = {"street": "address"}


def strangers(n: int = 100) -> pd.DataFrame:
    """People who share no more than a first name, a last name or a town."""
    return pd.DataFrame(
        {
            "contact_id": [f"s{i:03d}" for i in range(n)],
            "first_name": [FIRST_NAMES[i % 10] for i in range(n)],
            "last_name": [LAST_NAMES[i // 10 % 10] for i in range(n)],
            "birth_date": [str(date.date()) for date in pd.date_range("1950-01-01", periods=n, freq="173D")],
            "street": [f"{chr(97 + i * 7 % 26)}{chr(97 + i * 11 % 26)} street {i}" for i in range(n)],
            "city": [("Lugo", "Vigo", "Sarria")[i % 3] for i in range(n)],
            "postal_code": [f"27{i * 37 % 100:03d}" for i in range(n)],
            "phone": [f"+34 6{i * 7_919_731 % 100_000_000:08d}" for i in range(n)],
        }
    )


def people(*changes: Mapping[str, object]) -> pd.DataFrame:
    """Ana as `a`, `b`, `c` ..., each with some values changed, among a hundred strangers."""
    rows = [{"contact_id": "abcdef"[at], **ANA, **change} for at, change in enumerate(changes)]
    return pd.concat([strangers(), pd.DataFrame(rows)], ignore_index=True)


def found(result: DuplicatePairs) -> set[tuple[str, str]]:
    """The pairs that were proposed."""
    return set(zip(result.pairs["contact_id_left"], result.pairs["contact_id_right"], strict=True))


def propose(*changes: Mapping[str, object]) -> set[tuple[str, str]]:
    """The pairs that are proposed among Anas and strangers."""
    return found(propose_duplicates(people(*changes), columns=STREET))  # type: ignore[arg-type]


def test_strangers_are_not_proposed() -> None:
    assert found(propose_duplicates(strangers(), columns={"street": "address"})) == set()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"last_name": "Fereira"},
        {"first_name": "Anna", "phone": None},
        {"first_name": "Ferreira", "last_name": "Ana"},
        {"birth_date": "1980-05-71"},
        {"birth_date": None, "phone": "982111222"},
        {"birth_date": None, "postal_code": None, "city": "LUGO"},
        {"street": "C. Mayor 5", "phone": "982 111 223"},
        {"street": "Rua Nova 17", "city": "Vigo", "postal_code": "36201", "phone": None},
    ],
    ids=lambda change: ", ".join(change) or "nothing",
)
def test_one_person_entered_twice_is_proposed_though_something_differs(change: Mapping[str, object]) -> None:
    assert propose({}, change) == {("a", "b")}


@pytest.mark.parametrize(
    "change",
    [
        {"first_name": "Beatriz"},
        {"first_name": "Beatriz", "birth_date": "1983-11-02"},
        {"first_name": "Beatriz", "birth_date": None},
        {"birth_date": "1951-12-30"},
        {"birth_date": "1951-12-30", "phone": None},
        {"first_name": None, "birth_date": "1951-12-30"},
        {"first_name": None, "birth_date": None},
    ],
    ids=[
        "twin",
        "sister",
        "sister of unknown age",
        "mother",
        "mother, no phone",
        "no first name",
        "only the household",
    ],
)
def test_a_household_is_not_one_person(change: Mapping[str, object]) -> None:
    assert propose({}, change) == set()


def test_twins_stay_apart_where_many_others_are_entered_twice() -> None:
    once = strangers()
    twice = once.assign(contact_id="t" + once["contact_id"], phone=None)
    twins = people({}, {"first_name": "Beatriz"}, {"birth_date": "1951-12-30"}).tail(3)
    proposed = found(propose_duplicates(pd.concat([once, twice, twins]), columns={"street": "address"}))
    assert proposed == {(one, f"t{one}") for one in once["contact_id"]}


def test_an_address_that_a_company_shares_makes_nobody_one_person() -> None:
    staff = strangers(30).assign(email="info@acme.example", company="Acme", phone="982 111 222", city="Lugo")
    assert found(propose_duplicates(staff.drop(columns=["street", "postal_code"]))) == set()
    few = staff.head(11)[["contact_id", "email", "company", "phone"]]
    assert found(propose_duplicates(few.assign(first_name=[*FIRST_NAMES, None]))) == set()


def test_an_organisation_without_a_person_goes_by_its_name() -> None:
    firms = strangers(40).drop(columns=["birth_date", "street"]).assign(first_name=None, last_name=None)
    firms["company"] = [f"{LAST_NAMES[i % 10]} & {FIRST_NAMES[i // 10]}" for i in range(40)]
    again = firms.head(1).assign(contact_id="again", company="ROBLES & ANA,", city="LUGO")
    branch = firms.tail(1).assign(contact_id="branch", city="Vigo", postal_code="36201", phone="986 000 111")
    result = propose_duplicates(pd.concat([firms, again, branch], ignore_index=True))
    assert found(result) == {("again", "s000")}


def test_an_own_id_tells_people_apart_and_together() -> None:
    contacts = people({}, {"last_name": "Vidal", "street": "Rua Nova 17", "phone": None}, {}, {})
    contacts["nif"] = [f"{i * 7_654_321 % 99_999_999:08d}Z" for i in range(100)] + ["11112222A"] * 3 + ["87654321B"]
    contacts.loc[contacts["contact_id"] == "d", "birth_date"] = None
    result = propose_duplicates(contacts, columns={"street": "address", "nif": "id"})
    assert found(result) == {("a", "b"), ("a", "c"), ("b", "c")}


def test_namesakes_with_like_mailboxes_are_not_one_person() -> None:
    contacts = strangers().drop(columns=["phone", "street"])
    contacts["first_name"], contacts["last_name"] = "Ana", [LAST_NAMES[i % 2] for i in range(100)]
    contacts["birth_date"] = None
    contacts["email"] = [f"ana.{last.lower()}{i}@mail.example" for i, last in enumerate(contacts["last_name"])]
    assert found(propose_duplicates(contacts)) == set()


def test_reasons_say_what_agrees_and_what_does_not() -> None:
    result = propose_duplicates(
        people(
            {}, {"last_name": "Ferreire", "city": "Vigo", "phone": None}, {"first_name": "Ferreira", "last_name": "Ana"}
        ),
        columns={"street": "address"},
    )
    reasons = {(row.contact_id_left, row.contact_id_right): row.reasons for row in result.pairs.itertuples()}
    assert reasons["a", "b"] == (
        "same birth date, last name differs by one letter, same postcode, same street, same first name, "
        "but different city"
    )
    assert reasons["a", "c"].startswith("first name and last name exchanged, same phone, same birth date")


def test_the_most_probable_come_first() -> None:
    result = propose_duplicates(
        people({}, {}, {"birth_date": None, "postal_code": None}), columns={"street": "address"}
    )
    assert result.pairs["probability"].is_monotonic_decreasing
    assert result.pairs.loc[0, ["contact_id_left", "contact_id_right"]].tolist() == ["a", "b"]
    assert result.pairs["probability"].between(0.9, 1).all()


@pytest.mark.parametrize("n", [0, 1])
def test_nobody_and_one_contact_have_no_duplicates(n: int) -> None:
    result = propose_duplicates(strangers(n))
    assert (len(result.pairs), len(result.clusters()), result.n_contacts) == (0, 0, n)
    assert list(result.pairs.dtypes.astype(str)) == ["str", "str", "float64", "str"]
    assert list(result.clusters().columns) == ["cluster", "contact_id", "size", "is_complete"]
    assert repr(result).startswith(f"0 probable duplicates among {n} contacts")


@pytest.mark.parametrize("n", [2, 5, 400])
def test_contacts_that_are_all_equal_are_one_person(n: int) -> None:
    result = propose_duplicates(pd.DataFrame([ANA] * n).assign(contact_id=range(n)))
    clusters = result.clusters()
    assert len(result.pairs) == n * (n - 1) // 2
    assert (len(clusters), clusters["cluster"].nunique(), clusters["is_complete"].all()) == (n, 1, True)


def test_contacts_without_any_value_are_not_duplicates() -> None:
    empty = pd.DataFrame({"contact_id": ["a", "b", "c"], "first_name": [None, "", " - "], "email": [None, "none", "?"]})
    result = propose_duplicates(empty)
    assert (len(result.pairs), result.n_compared) == (0, 0)


def test_a_town_that_very_many_share_is_left_out_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "FEWEST_PAIRS", 1_000)
    monkeypatch.setattr(blocking, "PAIRS_PER_CONTACT", 5)
    contacts = people({}, {}).assign(city="Lugo", country="ES")
    result = propose_duplicates(contacts, columns={"street": "address"})
    assert result.n_compared <= 1_000
    assert found(result) == {("a", "b")}
    assert result.left_out.iloc[0].to_dict() == {"shared": "city", "groups": 1, "largest": 102}
    assert "not compared: pairs that share only what very many share, such as city (102 contacts alike" in repr(result)


def test_large_tables_of_one_town_do_not_explode() -> None:
    n = 20_000
    generator = np.random.default_rng(1)
    contacts = pd.DataFrame(
        {
            "contact_id": np.arange(n).astype(str),
            "last_name": [f"name {i}" for i in generator.integers(0, 15_000, n)],
            "city": "Madrid",
        }
    )
    result = propose_duplicates(contacts)
    assert result.n_compared <= 50 * n
    assert result.left_out["largest"].max() == n


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(104)))
def test_shuffled_rows_change_nothing(order: Sequence[int]) -> None:
    contacts = people({}, {"last_name": "Fereira"}, {"first_name": "Beatriz"}, {"birth_date": None})
    expected = propose_duplicates(contacts, columns={"street": "address"})
    shuffled = propose_duplicates(contacts.iloc[list(order)], columns={"street": "address"})
    pd.testing.assert_frame_equal(shuffled.pairs, expected.pairs, check_exact=True)
    pd.testing.assert_frame_equal(shuffled.left_out, expected.left_out)


def test_every_kind_of_table_gives_the_same_and_none_is_changed(tmp_path: Path) -> None:
    contacts = people({}, {"last_name": "Fereira"})
    before = contacts.copy()
    arrow = pa.Table.from_pandas(contacts)
    pq.write_table(arrow, tmp_path / "contacts.parquet")
    results = [propose_duplicates(table).pairs for table in (contacts, arrow, tmp_path / "contacts.parquet")]
    pd.testing.assert_frame_equal(results[0], results[1])
    pd.testing.assert_frame_equal(results[0], results[2])
    pd.testing.assert_frame_equal(contacts, before)


def test_days_and_numbers_are_compared_as_they_are_stored() -> None:
    contacts = people({}, {"last_name": "Fereira"})
    contacts["birth_date"] = pd.to_datetime(contacts["birth_date"])
    contacts["contact_id"] = range(len(contacts))
    assert found(propose_duplicates(contacts, columns={"street": "address"})) == {("100", "101")}


def test_accents_case_and_other_scripts_are_read() -> None:
    contacts = people(
        {"first_name": "JOSÉ", "last_name": "Núñez Ñandú"}, {"first_name": "jose", "last_name": "NUNEZ-NANDU"}
    )
    assert found(propose_duplicates(contacts, columns={"street": "address"})) == {("a", "b")}
    contacts = people({"first_name": "Анна", "last_name": "Каренина"}, {"first_name": "анна", "last_name": "Каренина"})
    assert found(propose_duplicates(contacts, columns={"street": "address"})) == {("a", "b")}


def test_chains_are_not_passed_off_as_one_person() -> None:
    pairs = pd.DataFrame(
        [("a", "b"), ("b", "c"), ("x", "y"), ("x", "z"), ("y", "z")], columns=["contact_id_left", "contact_id_right"]
    )
    clusters = DuplicatePairs(pairs, pd.DataFrame(), 0.9, ("email",), 9, 9).clusters()
    assert clusters.to_dict("list") == {
        "cluster": ["a", "a", "a", "x", "x", "x"],
        "contact_id": ["a", "b", "c", "x", "y", "z"],
        "size": [3] * 6,
        "is_complete": [False] * 3 + [True] * 3,
    }


def test_more_pairs_than_are_shown_are_counted() -> None:
    text = repr(propose_duplicates(pd.DataFrame([ANA] * 5).assign(contact_id=list("abcde"))))
    assert text.splitlines()[0] == "10 probable duplicates among 5 contacts, probability at least 0.9"
    assert text.splitlines()[-1] == "  ... and 5 more"


def test_column_names_that_need_quotes_are_fine() -> None:
    contacts = people({}, {"last_name": "Fereira"}).rename(columns={"street": 'street "old" or v0'})
    result = propose_duplicates(contacts, columns={'street "old" or v0': "address"})
    assert found(result) == {("a", "b")}


@pytest.mark.parametrize("threshold", [0, -0.1, 1.1, float("nan")])
def test_a_threshold_is_a_probability(threshold: float) -> None:
    with pytest.raises(InvalidOption, match=r"`threshold` must be above 0 and at most 1, got"):
        propose_duplicates(strangers(2), threshold=threshold)


def test_missing_and_repeated_ids_are_told_at_once() -> None:
    contacts = strangers(4).assign(contact_id=["a", "a", None, "b"])
    with pytest.raises(
        InvalidOption, match=r"must be there and be unique, got 1 without one and 1 repeated. For .* 'a'"
    ):
        propose_duplicates(contacts)
    with pytest.raises(MissingColumns, match="can't find column `contact_id` in contacts"):
        propose_duplicates(strangers(2).drop(columns="contact_id"))


def test_every_fault_of_the_custom_columns_is_told() -> None:
    with pytest.raises(MissingColumns, match=r"can't find column `stret` in contacts.*Did you mean `street`"):
        propose_duplicates(strangers(2), columns={"stret": "address"})
    with pytest.raises(
        InvalidOption, match=r"(?s)got `city`, which is standard.*kind of `street` must be.*`address`\?"
    ):
        propose_duplicates(strangers(2), columns={"city": "text", "street": "adress"})  # type: ignore[dict-item]
    with pytest.raises(InvalidOption, match="must have a column that can be compared, got contact_id, shoe"):
        propose_duplicates(pd.DataFrame({"contact_id": ["a"], "shoe": [42]}))
