"""Probable duplicates of the Febrl data sets: by segment_lib, by Splink, by a plain comparison of texts.

Every method runs with one setting on all data sets. A pair counts as proposed at a probability of 0.9 for segment_lib
and Splink; for the plain comparison at a similarity of 90, and at 75. Splink and rapidfuzz
are not needed by segment_lib; the rows of a package that is not installed are left out.
"""

import argparse
import io
import logging
import os
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import pandas as pd

from segment_lib.loading.identity.columns import Kind
from segment_lib.loading.identity.duplicates import propose_duplicates

ROOT = Path(__file__).parents[1]
NAMES = {
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
THRESHOLD = 0.9
Pairs = set[tuple[str, str]]


def main() -> None:
    """Print precision, recall, F1 and seconds of every method on every data set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    data = Path(os.environ.get("SEGMENT_LIB_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--folder", type=Path, default=data / "febrl", help="where dataset1.csv to dataset3.csv are")
    folder = parser.parse_args().folder
    methods: dict[str, Callable[[pd.DataFrame], Pairs]] = {
        "segment_lib": by_segment_lib,
        "segment_lib, no id": lambda contacts: by_segment_lib(contacts.drop(columns="soc_sec_id")),
    }
    if find_spec("splink"):
        methods["Splink"] = by_splink
        methods["Splink, no id"] = lambda contacts: by_splink(contacts.drop(columns="soc_sec_id"))
    if find_spec("rapidfuzz"):
        methods["rapidfuzz, 90"] = lambda contacts: by_rapidfuzz(contacts, cut=90)
        methods["rapidfuzz, 75"] = lambda contacts: by_rapidfuzz(contacts, cut=75)
    print("| data set | method | precision | recall | F1 | seconds |\n| --- | --- | --- | --- | --- | --- |")
    for name in ("dataset1", "dataset2", "dataset3", "dataset1 with relatives"):
        contacts = pd.read_csv(folder / f"{name.split()[0]}.csv", dtype=str, skipinitialspace=True)
        contacts = contacts.rename(columns=lambda column: NAMES.get(column.strip(), column.strip()))
        if name.endswith("relatives"):
            contacts = pd.concat([contacts, relatives(contacts)], ignore_index=True)
        truth = true_pairs(contacts)
        for method, propose in methods.items():
            start = time.perf_counter()
            proposed = propose(contacts)
            seconds = time.perf_counter() - start
            right = len(proposed & truth)
            precision, recall = right / max(len(proposed), 1), right / len(truth)
            f1 = 2 * right / (len(proposed) + len(truth))
            print(f"| {name} | {method} | {precision:.4f} | {recall:.4f} | {f1:.4f} | {seconds:.1f} |", flush=True)


def true_pairs(contacts: pd.DataFrame) -> Pairs:
    """All pairs of records whose id says that they are one person: rec-12-org, rec-12-dup-0."""
    people = contacts.groupby(contacts["contact_id"].str.extract(r"rec-(\d+)-")[0])["contact_id"]
    return {pair for _, ids in people for pair in combinations(sorted(ids), 2)}


def relatives(contacts: pd.DataFrame) -> pd.DataFrame:
    """For every second person a twin, for the others a parent of the same name: people whom Febrl lacks."""
    people = contacts[contacts["contact_id"].str.endswith("org")].sort_values("contact_id", ignore_index=True)
    others = people.shift(7)
    related = people.assign(
        contact_id=[f"rec-{90_000 + at}-org" for at in people.index], soc_sec_id=others["soc_sec_id"]
    )
    is_twin = people.index % 2 == 0
    related["first_name"] = people["first_name"].mask(is_twin, others["first_name"])
    related["birth_date"] = people["birth_date"].where(is_twin, others["birth_date"])
    differ = related["first_name"].ne(people["first_name"]) | related["birth_date"].ne(people["birth_date"])
    # An id of their own: that of another, its first digit changed.
    related["soc_sec_id"] = related["soc_sec_id"].str.replace("^.", "0", regex=True)
    there = related[["first_name", "birth_date", "soc_sec_id"]].notna().all(axis=1)
    return related[differ & there & people["first_name"].notna() & people["birth_date"].notna()]


def by_segment_lib(contacts: pd.DataFrame) -> Pairs:
    """Propose as an analyst would who declares four custom columns and leaves the rest as it is."""
    custom = {name: kind for name, kind in CUSTOM.items() if name in contacts}
    pairs = propose_duplicates(contacts, columns=custom, threshold=THRESHOLD).pairs
    return set(zip(pairs["contact_id_left"], pairs["contact_id_right"], strict=True))


def by_splink(contacts: pd.DataFrame) -> Pairs:
    """Splink with its own comparisons of names, dates and postcodes, term frequencies, and two rounds of training."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.disable(logging.WARNING)
    exact_or_alike = {"first_name", "last_name", "city", "address_1", "address_2"}
    comparisons = [
        cl.JaroWinklerAtThresholds(name, [0.92, 0.82]).configure(term_frequency_adjustments=True)
        if name in exact_or_alike
        else cl.DamerauLevenshteinAtThresholds(name, [1, 2]).configure(term_frequency_adjustments=name != "soc_sec_id")
        for name in contacts.columns
        if name not in ("contact_id", "region")
    ]
    rules = [
        block_on("first_name", "last_name"),
        block_on("birth_date"),
        block_on("postal_code", "city"),
        block_on("postal_code", "street_number"),
        block_on("address_1"),
        block_on("last_name", "postal_code"),
        block_on("first_name", "postal_code"),
        *([block_on("soc_sec_id")] if "soc_sec_id" in contacts else []),
    ]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="contact_id",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
    )
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        api = DuckDBAPI()
        linker = Linker(api.register(contacts), settings)
        linker.training.estimate_probability_two_random_records_match(rules[:2], recall=0.9)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=0)
        # What a round blocks on it cannot learn of: two rounds learn all.
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("birth_date"))
        linker.training.estimate_parameters_using_expectation_maximisation(block_on("first_name", "last_name"))
        found = linker.inference.predict(threshold_match_probability=THRESHOLD).as_pandas_dataframe()
    return {tuple(sorted(pair)) for pair in zip(found["contact_id_l"], found["contact_id_r"], strict=True)}  # type: ignore[misc]


def by_rapidfuzz(contacts: pd.DataFrame, *, cut: int) -> Pairs:
    """Compare whole records as text, of those who share a birth date, a postcode, a last name or an id."""
    from rapidfuzz.fuzz import token_sort_ratio

    text = contacts.drop(columns="contact_id").fillna("").agg(" ".join, axis=1)
    texts = dict(zip(contacts["contact_id"], text, strict=True))
    candidates = {
        pair
        for column in ("birth_date", "postal_code", "last_name", "soc_sec_id")
        for _, ids in contacts.groupby(column)["contact_id"]
        for pair in combinations(sorted(ids), 2)
    }
    return {(a, b) for a, b in candidates if token_sort_ratio(texts[a], texts[b]) >= cut}


if __name__ == "__main__":
    main()
