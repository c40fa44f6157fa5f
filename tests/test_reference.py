"""The reference page says what the code knows."""

from pathlib import Path

import pytest

from segment_lib.loading.recipe import FieldRule, Source
from segment_lib.reference import KEYS, SOURCE_KEYS, reference_page

ROOT = Path(__file__).parents[1]


def test_committed_page_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == reference_page()


@pytest.mark.parametrize(("model", "keys"), [(FieldRule, KEYS), (Source, SOURCE_KEYS)])
def test_every_key_of_a_recipe_is_explained(model: type[FieldRule | Source], keys: tuple[tuple[str, str], ...]) -> None:
    known = {field.alias or name for name, field in model.model_fields.items()}
    assert {key for key, _ in keys} == known
