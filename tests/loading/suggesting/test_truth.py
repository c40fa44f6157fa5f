"""How many columns are mapped rightly without help: real files, and made-up ones as other programs write them.

The answers are an expert's, from truth.yml and made_up.yml. `WRONG` lists every column that is mapped otherwise, so
that neither a decline nor an improvement passes unseen.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml

from segment_lib.loading.suggesting import MappingSuggestion, suggest_mapping

HERE = Path(__file__).parent
DATA = Path(os.environ.get("SEGMENT_LIB_DATA", Path(__file__).parents[4] / "shared" / "data"))
TRUTH = yaml.safe_load((HERE / "truth.yml").read_text(encoding="utf-8"))
MADE_UP = yaml.safe_load((HERE / "made_up.yml").read_text(encoding="utf-8"))
# File to column to what is answered instead.
WRONG: dict[str, dict[str, str]] = {}
Answers = Callable[[MappingSuggestion], dict[str, str]]

real = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real data sets are not here: SEGMENT_LIB_DATA names the folder that holds them"
)


def right(expected: str) -> set[str]:
    """The answers that are right: alternatives stand between bars, tables in whatever order."""
    return {" + ".join(sorted(part.strip() for part in one.split("+"))) for one in expected.split("|")}


def wrong(answered: dict[str, str], expected: dict[str, str]) -> dict[str, str]:
    return {c: answered.get(c, "-") for c, what in expected.items() if answered.get(c, "-") not in right(what)}


@real
@pytest.mark.slow
@pytest.mark.parametrize("file", list(TRUTH))
def test_columns_of_real_files_are_mapped_as_an_expert_would(
    file: str, answers: Answers, check_recipe: Callable[[MappingSuggestion], object]
) -> None:
    suggestion = suggest_mapping(DATA / file)
    assert wrong(answers(suggestion), TRUTH[file]) == WRONG.get(file, {})
    assert set(answers(suggestion)) <= set(TRUTH[file])
    if suggestion.tables and not any("no column" in question for question in suggestion.questions):
        check_recipe(suggestion)


@real
@pytest.mark.slow
def test_a_file_without_a_header_is_asked_about() -> None:
    suggestion = suggest_mapping(DATA / "cdnow" / "CDNOW_sample.txt")
    assert any("header looks like a row" in question for question in suggestion.questions)


@pytest.mark.parametrize("file", list(MADE_UP))
def test_columns_of_files_by_other_programs_are_mapped_as_an_expert_would(file: str, answers: Answers) -> None:
    columns = MADE_UP[file]
    rows = {
        name: [str(cells[i % len(cells)]).replace("##", f"{i:02}").replace("#", str(i % 10)) for i in range(40)]
        for name, (_, *cells) in columns.items()
    }
    found = answers(suggest_mapping(pd.DataFrame(rows, dtype="str")))
    assert wrong(found, {name: what for name, (what, *_) in columns.items()}) == WRONG.get(file, {})
