"""The mapping wizard without a browser: choices, faults, counts, the recipe, and what is shown where."""

from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
import yaml
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from segment_lib import Workspace, import_files, open_workspace, show
from segment_lib.errors import InvalidDefinition, InvalidOption
from segment_lib.loading import load_recipe, suggest_mapping
from segment_lib.show.mapping_choices import choose_field, read_cells
from segment_lib.show.mapping_session import MappingSession, describe_trials
from segment_lib.show.mapping_trial import find_faults, try_mapping
from segment_lib.show.mapping_view import mapping_page, session_state, without_values
from segment_lib.show.mapping_widget import has_window

EVIL = "<img src=x onerror=alert(1)>"
HEADER = "Kundennummer;E-Mail-Adresse;Ort;Geburtstag;Schuhgröße"
PEOPLE = (
    "7; Ann@Mail.example ;Bilbao;31/12/1980;39",
    "8;bob@mail.example;Soria;01/02/1990;44",
    f"9;carol@mail.example;{EVIL};13/03/1991;41",
    ";dan@mail.example;Avila;14/04/1992;42",
)
ORDERS = ("Order;Kundennummer;Datum;Betrag", "A1;7;2026-01-05;10.50", "A2;8;2026-01-06;4", "A3;99;2026-01-07;1")


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A workspace with two files and an empty recipe."""
    (tmp_path / "definitions").mkdir()
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "people.csv").write_text("\n".join([HEADER, *PEOPLE]), encoding="utf-8")
    (tmp_path / "raw" / "orders.csv").write_text("\n".join(ORDERS), encoding="utf-8")
    (tmp_path / "definitions" / "workspace.yml").write_text("name: Shop\ntime_zone: UTC\n", encoding="utf-8")
    (tmp_path / "definitions" / "import.yml").write_text("# Ours.\nsources: []\n", encoding="utf-8")
    return open_workspace(tmp_path)


@pytest.fixture
def session(shop: Workspace) -> MappingSession:
    """The wizard on the contacts' file."""
    return MappingSession(shop.folder / "raw" / "people.csv", workspace=shop)


def field_of(session: MappingSession, column: str) -> str | None:
    """The field that a column has at the moment."""
    return next(one.field for one in session.suggestion.table("contacts").columns if one.column == column)


# Choices


def test_a_column_gets_another_field_and_is_read_anew(session: MappingSession) -> None:
    session.choose("Geburtstag", "acquired_at", table="contacts")
    chosen = next(one for one in session.suggestion.table("contacts").columns if one.column == "Geburtstag")
    assert (chosen.field, chosen.options["format"]) == ("acquired_at", "%d/%m/%Y")
    assert chosen.reasons[0] == "chosen by hand"
    assert ("31/12/1980", "1980-12-31 00:00:00+00") in chosen.examples
    assert {other.field for other in chosen.alternatives} >= {"birth_date"}
    assert "acquired_at: {from: Geburtstag, format: '%d/%m/%Y'}" in session.suggestion.to_yaml()


def test_a_field_that_is_taken_is_taken_over_and_the_loser_is_told(session: MappingSession) -> None:
    session.choose("Ort", "email", table="contacts")
    loser = next(one for one in session.suggestion.table("contacts").columns if one.column == "E-Mail-Adresse")
    assert (loser.field, loser.conflict) == (None, "email goes to `Ort`")
    assert field_of(session, "Ort") == "email"


def test_what_was_proposed_comes_back_as_it_was(session: MappingSession) -> None:
    before = session.suggestion
    session.choose("Geburtstag", None, table="contacts")
    assert field_of(session, "Geburtstag") is None
    assert "Geburtstag" not in session.suggestion.to_yaml()
    session.choose("Geburtstag", "birth_date", table="contacts")
    assert session.suggestion == before


def test_a_new_name_makes_a_field_of_ones_own(session: MappingSession) -> None:
    session.choose("Ort", "home_town", table="contacts")
    recipe = session.suggestion.recipe()
    assert {"home_town", session.own_field("Schuhgröße", table="contacts")} == {one["name"] for one in recipe["fields"]}
    assert session.faults() == []


def test_a_contact_without_its_id_is_found_by_its_email(session: MappingSession) -> None:
    session.choose("Kundennummer", None, table="contacts")
    assert session.suggestion.recipe()["sources"][0]["keys"] == ["email"]
    session.choose("Kundennummer", "contact_id", table="contacts")
    assert "keys" not in session.suggestion.recipe()["sources"][0]


def test_choices_that_can_not_be_are_refused(session: MappingSession) -> None:
    with pytest.raises(InvalidOption, match="`column` must be"):
        session.choose("Otr", "city", table="contacts")
    with pytest.raises(InvalidOption, match="`table` must be"):
        session.choose("Ort", "city", table="interactions")
    with pytest.raises(InvalidOption, match="Did you mean `home_town`"):
        session.choose("Ort", "Home Town!", table="contacts")


def test_a_table_in_memory_is_chosen_and_counted_alike() -> None:
    people = pd.DataFrame({"Id": [1, 2], "Mail": ["a@b.example", "c@d.example"], "Size": [39, 40]})
    changed = choose_field(
        suggest_mapping(people), "Size", "household_size", table="contacts", cells=read_cells(people)
    )
    (trial,) = try_mapping(changed, source=people)
    assert (trial.read, trial.accepted, trial.refused) == (2, 2, 0)


# Faults and counts


def test_a_mapping_that_finds_nobody_is_no_recipe(session: MappingSession) -> None:
    for column in ("Kundennummer", "E-Mail-Adresse"):
        session.choose(column, None, table="contacts")
    (fault,) = session.faults()
    assert "must have `contact_id`, or another key" in fault
    assert "import.yml" not in fault


def test_a_count_tells_outcomes_and_reasons_and_writes_nothing(session: MappingSession, shop: Workspace) -> None:
    (trial,) = session.count()
    assert (trial.read, trial.accepted, trial.refused, trial.skipped) == (4, 3, 1, 0)
    assert trial.reasons == {"`Kundennummer` is empty": 1}
    assert describe_trials([trial]) == (
        "contacts: 3 of 4 rows would be accepted, 1 refused and 0 skipped. Refused: `Kundennummer` is empty (1)."
    )
    assert shop.table("contacts").num_rows == shop.table("imports").num_rows == 0
    assert load_recipe(shop).sources == []
    assert session.count() == [trial]


def test_interactions_are_counted_against_the_contacts_that_are_there(session: MappingSession, shop: Workspace) -> None:
    session.write()
    import_files(shop)
    orders = MappingSession(shop.folder / "raw" / "orders.csv", workspace=shop, table="interactions")
    strict = {**orders.suggestion.tables[0].settings, "unknown_contacts": "quarantine"}
    table = orders.suggestion.tables[0]
    orders.suggestion = type(orders.suggestion)(
        **{**vars(orders.suggestion), "tables": (type(table)(**{**vars(table), "settings": strict}),)}
    )
    (trial,) = orders.count()
    assert (trial.accepted, trial.refused) == (2, 1)
    assert trial.reasons == {"the contact_id is not among the contacts": 1}
    assert shop.table("interactions").num_rows == 0


# Writing


def test_writing_puts_the_choices_into_the_recipe_which_imports(session: MappingSession, shop: Workspace) -> None:
    session.choose("Schuhgröße", "household_size", table="contacts")
    assert [path.name for path in session.write()] == ["import.yml"]
    text = (shop.folder / "definitions" / "import.yml").read_text(encoding="utf-8")
    assert text.startswith("# Ours.\n")
    assert "household_size: Schuhgröße" in text
    (result,) = import_files(shop).results
    assert (result.rows_accepted, result.rows_quarantined) == (3, 1)
    assert session.questions()[0] == "the file is read by the source `people` already"
    with pytest.raises(InvalidDefinition, match="a source `people` is there"):
        session.write()
    assert session.write(replace=True) == []


def test_nothing_is_written_without_a_workspace_or_a_file(shop: Workspace) -> None:
    with pytest.raises(InvalidOption, match="`workspace` must be given"):
        MappingSession(shop.folder / "raw" / "people.csv").write()
    with pytest.raises(InvalidOption, match="save it first"):
        MappingSession(
            pd.DataFrame({"Id": ["1", "2"], "E-Mail": ["a@b.example", "b@b.example"]}), workspace=shop
        ).write()


def test_a_table_that_only_explains_codes_is_no_source() -> None:
    codes = pd.DataFrame({"code": ["A", "B"], "meaning": ["x", "y"]})
    (fault,) = find_faults(suggest_mapping(codes, table="contacts"))
    assert "must have `contact_id`" in fault


# What is shown


def test_page_shows_shapes_instead_of_people(session: MappingSession) -> None:
    page = mapping_page(session)
    for private in ("Ann", "ann@", "bob", "carol", "Bilbao", "1980", "31/12"):
        assert private not in page.html, private
        assert private not in page.text, private
    assert "Kundennummer" in page.html
    assert "99/99/9999 → 9999-99-99" in page.html
    assert "<script" not in page.html
    assert "<img" not in page.html


def test_examples_in_sentences_are_left_out() -> None:
    assert without_values("3 as iso, e.g. `2024-01-13 08:54:50`; 1 as %d, e.g. `31/02/2026`.") == "3 as iso; 1 as %d"
    assert without_values("all are so, e.g. 5 Jan 1980 10:00.") == "all are so"
    assert without_values("the header says so") == "the header says so"


def test_state_holds_what_json_can_hold_and_raw_cells_as_they_are(session: MappingSession) -> None:
    state = session_state(session)
    (table,) = state["tables"]
    columns = {one["column"]: one for one in table["columns"]}
    assert ["01/02/1990", "1990-02-01"] in columns["Geburtstag"]["examples"]
    assert columns["Schuhgröße"]["custom"].startswith("new field of type integer")
    assert yaml.safe_load(state["recipe"])["sources"][0]["name"] == "people"


def test_without_a_front_end_the_wizard_is_a_page(shop: Workspace) -> None:
    assert not has_window()
    page = show.mapping_wizard(shop.folder / "raw" / "people.csv", workspace=shop)
    assert page._repr_html_().startswith("<div")
    assert "no file to map yet" in repr(show.mapping_wizard(None))


def test_papermill_and_nbconvert_get_the_page(shop: Workspace) -> None:
    source = f"from segment_lib import show\nshow.mapping_wizard({str(shop.folder / 'raw' / 'people.csv')!r})"
    notebook = new_notebook(cells=[new_code_cell(source)])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    (output,) = [one for one in notebook.cells[0].outputs if one.output_type == "execute_result"]
    assert "Kundennummer" in output.data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" not in output.data
    nbformat.validate(notebook)


# The window's side in Python


def window_of(session: MappingSession) -> Any:
    """The widget, without a browser."""
    pytest.importorskip("anywidget", reason="the extra `lab` is not installed")
    from segment_lib.show.mapping_window import MappingWizard

    return MappingWizard(session)


def test_messages_change_the_mapping_and_the_recipe_that_is_shown(session: MappingSession) -> None:
    window = window_of(session)
    window.answer({"do": "choose", "table": "contacts", "column": "Ort", "field": "region"})
    assert "region: Ort" in window.state["recipe"]
    assert window.status["text"] == "Ort: region."
    window.answer({"do": "choose", "table": "contacts", "column": "Ort", "field": ""})
    assert "Ort" not in window.state["recipe"]
    window.answer({"do": "choose", "table": "contacts", "column": "Ort", "field": "(own)"})
    assert "name: ort" in window.state["recipe"]


def test_the_same_answer_twice_is_two_answers(session: MappingSession) -> None:
    window = window_of(session)
    window.answer({"do": "count"})
    first = window.status
    window.answer({"do": "count"})
    assert window.status["text"] == first["text"]
    assert window.status != first
    assert "3 of 4 rows" in first["text"]


def test_a_fault_is_an_answer_and_not_an_exception(session: MappingSession) -> None:
    window = window_of(session)
    window.answer({"do": "choose", "table": "contacts", "column": "Nobody", "field": "city"})
    assert window.status["fault"]
    assert "`column` must be" in window.status["text"]
    window.answer({"do": "write"})
    window.answer({"do": "write"})
    assert "is there" in window.status["text"]
    window.answer({"do": "write", "replace": True})
    assert window.status["text"].startswith("Written")


def test_saved_notebooks_hold_the_page_beside_the_window(session: MappingSession) -> None:
    data, _ = window_of(session)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert "Kundennummer" in data["text/html"]
    assert "bob@" not in data["text/html"] + data["text/plain"]


def test_the_windows_files_load_nothing_and_write_no_html() -> None:
    static = Path(show.__file__).parent / "static"
    for file in ("mapping_wizard.js", "mapping_wizard.css"):
        text = (static / file).read_text(encoding="utf-8")
        assert "http" not in text
        assert "innerHTML" not in text
        assert "import " not in text
