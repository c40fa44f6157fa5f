"""Definition files: every fault at once, with file and line, and the nearest key."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from segment_lib.definitions import Definition, definition_hash, load_definition
from segment_lib.errors import InvalidDefinition, NotFound


class Drink(Definition):
    """One line of the menu below."""

    name: str = Field(min_length=1)
    size: Literal["small", "large"] = "small"
    price: float = Field(gt=0)
    pours: int = 1
    hot: bool = False
    made_from: str | None = Field(default=None, alias="from")
    words: dict[str, str | None] = {}

    @model_validator(mode="after")
    def _large_ones_cost_more(self) -> "Drink":
        if self.size == "large" and self.price < 3:
            raise ValueError(f"a large drink must cost 3 or more, got {self.price:g}.")
        return self


def as_drink(given: Any) -> Any:
    return {"name": given, "price": 1} if isinstance(given, str) else given


class Menu(Definition):
    """A definition file with everything that ours have: lists, mappings, models in both, short forms, contexts."""

    title: str
    drinks: list[Drink] = []
    by_key: dict[str, Annotated[Drink, BeforeValidator(as_drink)]] = {}
    best: Drink | None = None

    @field_validator("title")
    @classmethod
    def _title_is_wanted(cls, title: str, info: ValidationInfo) -> str:
        wanted = (info.context or {}).get("title", title)
        if title != wanted:
            raise ValueError(f"must be {wanted}.")
        return title


def load(folder: Path, text: str | bytes, **context: Any) -> Menu:
    path = folder / "menu.yml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_definition(path, Menu, context=context or None)


def faults_of(folder: Path, text: str | bytes) -> tuple[str, ...]:
    with pytest.raises(InvalidDefinition, match=r"menu\.yml") as caught:
        load(folder, text)
    return caught.value.faults


def test_valid_file_becomes_the_model(tmp_path: Path) -> None:
    menu = load(tmp_path, "title: Bar\ndrinks:\n  - {name: Tea, price: 2.5, hot: yes, from: leaves}\nbest: ~\n")
    assert menu.drinks[0] == Drink.model_validate({"name": "Tea", "price": 2.5, "hot": True, "from": "leaves"})
    assert menu.best is None


def test_short_form_and_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    assert load(tmp_path, b"\xef\xbb\xbftitle: Bar\r\nby_key:\r\n  tea: Tea\r\n").by_key["tea"].name == "Tea"


def test_words_stay_as_they_are_written(tmp_path: Path) -> None:
    # YAML 1.1 makes false, 8, 750, a day, and "None" of these.
    text = (
        "title: NO\n"
        "drinks:\n"
        "  - {name: 2026-01-01, price: 1, words: {NO: yes, 010: 007, 12:30: 1.10, on: off, n/a: , null: x}}\n"
    )
    menu = load(tmp_path, text)
    assert menu.title == "NO"
    assert menu.drinks[0].name == "2026-01-01"
    words = menu.drinks[0].words
    assert {key: words[key] for key in ("NO", "010", "12:30", "on")} == {
        "NO": "yes",
        "010": "007",
        "12:30": "1.10",
        "on": "off",
    }
    assert words["n/a"] is None
    assert words["null"] == "x"


def test_merge_key_brings_what_it_names(tmp_path: Path) -> None:
    text = "title: Bar\nbest: &best {name: Tea, price: 2}\ndrinks:\n  - {<<: *best, price: 3}\n"
    assert load(tmp_path, text).drinks[0].price == 3


def test_several_faults_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = (
        "titel: Bar\n"  # 1: unknown key, and `title` is missing
        "drinks:\n"
        "  - name: Tea\n"
        "    price: -1\n"  # 4
        "    size: larg\n"  # 5
        "  - nmae: Coffee\n"  # 6: unknown key, and `name` is missing
        "    price: much\n"  # 7
    )
    assert faults_of(tmp_path, text) == (
        "menu.yml:1: `title` must be given.",
        "menu.yml:1: unknown key `titel`. Keys here: best, by_key, drinks, title. Did you mean `title`?",
        "menu.yml:4: `drinks.0.price`: must be greater than 0, got '-1'.",
        "menu.yml:5: `drinks.0.size`: must be 'small' or 'large', got 'larg'. Did you mean `large`?",
        "menu.yml:6: `drinks.1.name` must be given.",
        "menu.yml:6: unknown key `nmae`. Keys here: from, hot, name, pours, price, size, words. Did you mean `name`?",
        "menu.yml:7: `drinks.1.price`: must be a valid number, unable to parse string as a number, got 'much'.",
    )


def test_message_shows_five_faults_and_counts_the_others(tmp_path: Path) -> None:
    text = "title: Bar\n" + "".join(f"wrong_{number}: 1\n" for number in range(7))
    with pytest.raises(InvalidDefinition, match=r"(?s)wrong_0.*wrong_4.*\.\.\. and 2 more$") as caught:
        load(tmp_path, text)
    assert len(caught.value.faults) == 7


def test_key_is_called_by_the_name_that_it_has_in_the_file(tmp_path: Path) -> None:
    [fault] = faults_of(tmp_path, "title: Bar\nbest: {name: Tea, price: 1, form: leaves}\n")
    assert fault.endswith("Keys here: from, hot, name, pours, price, size, words. Did you mean `from`?")
    assert faults_of(tmp_path, "title: Bar\nbest: {name: Tea, price: 1, made_from: leaves}\n")[0].startswith(
        "menu.yml:2: unknown key `made_from`. Keys here: from, "
    )


@pytest.mark.parametrize("key", ["tea", "name", "size", "price"])
def test_key_of_a_mapping_may_be_called_like_a_field(tmp_path: Path, key: str) -> None:
    [fault] = faults_of(tmp_path, f"title: Bar\nby_key:\n  {key}: {{name: Tea, price: 1, siz: small}}\n")
    assert fault == (
        "menu.yml:3: unknown key `siz`. Keys here: from, hot, name, pours, price, size, words. Did you mean `size`?"
    )


def test_rule_of_the_model_is_told_with_its_line(tmp_path: Path) -> None:
    text = "title: Bar\ndrinks:\n  - {name: Tea, price: 1}\n  - {name: Cider, price: 1, size: large}\n"
    assert faults_of(tmp_path, text) == ("menu.yml:4: `drinks.1`: a large drink must cost 3 or more, got 1.",)


def test_context_reaches_the_validators(tmp_path: Path) -> None:
    assert load(tmp_path, "title: Bar\n", title="Bar").title == "Bar"
    with pytest.raises(InvalidDefinition, match=r"menu\.yml:1: `title`: must be Cafe"):
        load(tmp_path, "title: Bar\n", title="Cafe")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("title: Bar\ndrinks: Tea\n", "menu.yml:2: `drinks`: must be a valid list, got 'Tea'."),
        ("title: Bar\ndrinks: {name: Tea}\n", "menu.yml:2: `drinks`: must be a valid list, got a mapping."),
        ("title: Bar\ndrinks: [Tea]\n", "menu.yml:2: `drinks.0`: must be a mapping of keys to values, got 'Tea'."),
        ("title: [Bar]\n", "menu.yml:1: `title`: must be a valid string, got a list."),
        ("title:\n", "menu.yml:1: `title`: must be a valid string, got nothing."),
        ("- title\n", "menu.yml:1: the file must be a mapping of keys to values, got a list."),
        ("Bar\n", "menu.yml:1: the file must be a mapping of keys to values, got 'Bar'."),
        (
            "title: Bar\nby_key:\n  tea:\n",
            "menu.yml:3: `by_key.tea`: must be a mapping of keys to values, got nothing.",
        ),
        ("title: Bar\nbest: {name: '', price: 1}\n", "menu.yml:2: `best.name`: String must have at least 1 character"),
        (
            "title: Bar\nbest: {name: Tea, price: 1, pours: 1.5}\n",
            "menu.yml:2: `best.pours`: must be a valid integer, unable to parse string as an integer, got '1.5'.",
        ),
    ],
)
def test_wrong_kind_of_value_is_told_plainly(tmp_path: Path, text: str, fault: str) -> None:
    assert faults_of(tmp_path, text)[0].startswith(fault)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "{}"])
def test_empty_file_lacks_what_must_be_given(tmp_path: Path, text: str) -> None:
    assert faults_of(tmp_path, text) == ("menu.yml:1: `title` must be given.",)


def test_keys_that_stand_twice_are_all_told(tmp_path: Path) -> None:
    text = "title: Bar\ndrinks:\n  - {name: Tea, price: 1, name: Coffee}\ntitle: Cafe\n'title': Pub\n"
    assert faults_of(tmp_path, text) == (
        "menu.yml:3: key `name` stands twice.",
        "menu.yml:4: key `title` stands twice.",
        "menu.yml:5: key `title` stands twice.",
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("title: Bar\ndrinks:\n\t- Tea\n", r"menu\.yml:3: must be valid YAML: found character '\\t'"),
        ("title: [Bar\n", r"menu\.yml:2: must be valid YAML: expected ',' or '\]'"),
        ("title: 'Bar\n", r"menu\.yml:2: must be valid YAML: found unexpected end"),
        ("title: a: b\n", r"menu\.yml:1: must be valid YAML: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2\n", r"menu\.yml:2: must be valid YAML: but found another document"),
        ("title: !!python/object/apply:os.system [ls]\n", r"menu\.yml:1: must be valid YAML: could not determine"),
        ("? [a, b]\n: c\n", r"menu\.yml:1: must be valid YAML: found unhashable key"),
        ("title: *bar\n", r"menu\.yml:1: must be valid YAML: found undefined alias"),
        ("title: B\x00ar\n", r"menu\.yml: must be valid YAML: unacceptable character"),
        ("[" * 1200, r"menu\.yml: must be valid YAML: it is nested too deeply"),
        ("title: Bär\n".encode("latin-1"), r"menu\.yml: must be a text file in UTF-8"),
        ("title: Bar\n".encode("utf-16"), r"menu\.yml: must be a text file in UTF-8"),
    ],
)
def test_file_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path, text: str | bytes, fault: str) -> None:
    with pytest.raises(InvalidDefinition, match=fault):
        load(tmp_path, text)


def test_names_used_again_and_again_do_not_grow(tmp_path: Path) -> None:
    # Ten lines of nine names each would be a thousand million nodes written out.
    lines = ["title: Bar", "x0: &x0 [tea]"]
    lines += [f"x{number}: &x{number} [{', '.join([f'*x{number - 1}'] * 9)}]" for number in range(1, 10)]
    assert len(faults_of(tmp_path, "\n".join(lines))) == 10


def test_list_that_holds_itself_is_refused(tmp_path: Path) -> None:
    assert faults_of(tmp_path, "title: Bar\ndrinks: &all\n  - *all\n")


def test_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"can't find the definition file .*menu\.yml"):
        load_definition(tmp_path / "menu.yml", Menu)


def test_folder_is_no_definition_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="must be a text file in UTF-8"):
        load_definition(tmp_path, Menu)


def test_hash_changes_with_substance_alone() -> None:
    tea = Drink(name="Tea", price=2)
    assert definition_hash(tea) == definition_hash(Drink(price=2.0, name="Tea"))
    assert definition_hash(tea) != definition_hash(tea.model_copy(update={"price": 2.1}))
    assert definition_hash("a", "b") != definition_hash("b", "a")
    assert len(definition_hash()) == 12
