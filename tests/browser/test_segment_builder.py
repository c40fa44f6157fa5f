"""The segment builder in a real JupyterLab: by keyboard alone, with a real kernel behind it."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab_server import open_lab, press_until, run_cell, type_text

from segment_lib import Workspace

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(find_spec(name) for name in ("jupyterlab", "anywidget")), reason="the extra `lab` is not installed"
    ),
]

BUILDER = ".sl-builder"
SHIFT = 8
EVIL = "<b>Fig</b>"
ADDED = f"count('purchase', within => '90 days', where => category in ('{EVIL}')) >= 2"
SEGMENTS = (
    "# Ours.\nsmart_views:\n  - name: Spanish  # the first\n    rule: country = 'ES'\nrfm: null\nclusters: null\n"
)
SOURCE = """import segment_lib as sl
from segment_lib.show.segment_builder import segment_builder
shop = sl.open_workspace("shop")
segment_builder(shop, as_of=shop.as_of("2026-10-31"))"""
CONTACTS = [{"contact_id": "ana", "country": "ES"}, {"contact_id": "ben", "country": "ES"}, {"contact_id": EVIL}]
INTERACTIONS = [
    {"contact_id": one, "kind": "purchase", "order_id": f"{one}{n}", "amount": 10.0, "category": EVIL,
     "occurred_at": "2026-10-01", "interaction_id": f"{one}{n}"}
    for one, orders in (("ana", 2), ("ben", 1), (EVIL, 2)) for n in range(orders)
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, tiny_workspace: Callable[..., Workspace]) -> Path:
    """Three contacts, of whom two bought twice."""
    shop = tiny_workspace(contacts=CONTACTS, interactions=INTERACTIONS)
    (shop.folder / "definitions" / "segments.yml").write_text(SEGMENTS, encoding="utf-8")
    base = tmp_path / "lab"
    base.mkdir()
    shop.folder.rename(base / "shop")
    return base


def find(selector: str) -> str:
    """JavaScript for what a selector finds in the window."""
    return f"document.querySelector({json.dumps(f'{BUILDER} {selector}')})"


def says(selector: str, text: str) -> str:
    """JavaScript that tells whether what a selector finds holds a text."""
    return f"({find(selector)}?.textContent ?? '').includes({json.dumps(text)})"


def at(label: str) -> str:
    """JavaScript that tells whether the keyboard is at a control of that name."""
    name = "a.getAttribute('aria-label') || a.labels?.[0]?.querySelector('span')?.textContent || a.textContent"
    return f"(() => {{ const a = document.activeElement; return ({name}).trim() === {json.dumps(label)}; }})()"


def rule_of(tab: Any) -> str:
    """The rule as it stands in its field, on one line."""
    return " ".join(tab.evaluate(f"{find('textarea')}.value").split())


def test_builder_is_used_by_keyboard_in_a_real_jupyterlab(
    browser_tab: Callable[..., AbstractContextManager[Any]], folder: Path, tmp_path: Path
) -> None:
    with open_lab(folder, SOURCE) as address, browser_tab(address, profile=tmp_path / "profile") as tab:
        tab.call("Page.enable")
        run_cell(tab, f"{find('textarea')} !== null")
        tab.evaluate(f"{find('textarea')}.focus()")
        _mend_a_fault(tab, folder)
        _add_a_condition(tab)
        _see_why(tab, folder)
        _take_a_condition_out(tab)
        _save(tab, folder)
        _look_around(tab, address)


def _mend_a_fault(tab: Any, folder: Path) -> None:
    type_text(tab, "contry = 'ES'")
    tab.wait_for(says(".fault", "Did you mean `country`?"))
    assert tab.evaluate(says(".fault .quoted[aria-hidden]", "^^^^^^"))
    assert tab.evaluate(f"{find('.fault')}.getAttribute('aria-live')") == "polite"
    assert tab.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
    tab.press("Home", modifiers=SHIFT)
    type_text(tab, "country = 'ES'")
    tab.wait_for(says(".counts .said", "2 in, 0 out, 1 unknown, of 3 contacts (66.7% in)."))
    assert tab.evaluate(f"{find('.counts .said')}.getAttribute('aria-live')") == "polite"
    assert tab.evaluate(f"{find('.fault')}.textContent") == ""
    assert tab.evaluate(at("Rule"))
    assert tab.evaluate(says(".sentence", "Contacts who are in Spain."))
    # While what is typed can't be understood, the last counts stay, and say what they are.
    type_text(tab, " and")
    tab.wait_for(says(".counts.stale .said", "Before the fault: 2 in"))
    tab.screenshot(folder / "fault.png")
    tab.press("Home", modifiers=SHIFT)
    type_text(tab, "country = 'ES'")
    tab.wait_for(f"{says('.counts .said', '2 in')} && !{says('.counts .said', 'Before')}")


def _add_a_condition(tab: Any) -> None:
    press_until(tab, "Tab", at("Search"))
    type_text(tab, "count")
    press_until(tab, "Tab", at("Within the last"))
    assert tab.evaluate(says(".add p.soft", "How many interactions of a kind"))
    type_text(tab, "90")
    press_until(tab, "Tab", at("Only those whose"))
    type_text(tab, "Cat")
    press_until(tab, "Tab", at("Category"))
    type_text(tab, "is o")
    tab.wait_for(says(".checks", f"{EVIL} 5"))
    tab.press("Tab")
    tab.press("Space")
    press_until(tab, "Tab", at("The answer"))
    type_text(tab, "is at l")
    press_until(tab, "Tab", at("The answer: value"))
    type_text(tab, "2")
    tab.press("Tab")
    assert tab.evaluate(at("Add the condition"))
    tab.press("Space")
    tab.wait_for(says(".counts .said", "1 in, 1 out, 1 unknown"))
    assert rule_of(tab) == f"country = 'ES' and {ADDED}"
    tab.wait_for(says(".status", f"Added: {ADDED}."))
    assert tab.evaluate(at("Add the condition"))
    tab.wait_for(says(".conditions", "lets 2 through, unknown for 1; without it 1 more"))


def _see_why(tab: Any, folder: Path) -> None:
    press_until(tab, "Tab", at("A member"))
    tab.press("Enter")
    tab.wait_for(says(".tree .reason", "ana is in the segment of this rule as of 2026-10-31"))
    assert tab.evaluate(says(".tree", "is 2, exactly 2; 2 interactions, the last on 2026-10-01"))
    assert tab.evaluate(f"[...document.querySelectorAll('{BUILDER} .mark')].every((m) => m.textContent === 'yes')")
    press_until(tab, "Tab", at("Contact (id or e-mail)"))
    # Coming by Tab selects what is there.
    type_text(tab, EVIL)
    tab.press("Enter")
    tab.wait_for(says(".tree .reason", f"Whether {EVIL} is in the segment of this rule is not known"))
    tab.screenshot(folder / "why.png")


def _take_a_condition_out(tab: Any) -> None:
    press_until(tab, "Tab", at("Remove country = 'ES'"), modifiers=SHIFT)
    tab.press("Enter")
    tab.wait_for(says(".status", "Removed: country = 'ES'."))
    assert rule_of(tab) == ADDED
    # The keyboard is with what has taken the place.
    assert tab.evaluate(at(f"Remove {ADDED}"))


def _save(tab: Any, folder: Path) -> None:
    press_until(tab, "Tab", at("Name"))
    type_text(tab, "Spanish")
    press_until(tab, "Tab", at("Save to segments.yml"))
    tab.press("Enter")
    tab.wait_for(says(".status.bad", "Spanish is there already. Replaced by this rule: Spanish goes from 2 to 2"))
    assert (folder / "shop" / "definitions" / "segments.yml").read_text(encoding="utf-8") == SEGMENTS
    press_until(tab, "Tab", at("Name"), modifiers=SHIFT)
    type_text(tab, "Twice")
    press_until(tab, "Tab", at("Save to segments.yml"))
    tab.press("Enter")
    tab.wait_for(says(".status", "Saved as Twice in segments.yml."))
    text = (folder / "shop" / "definitions" / "segments.yml").read_text(encoding="utf-8")
    assert text.startswith(SEGMENTS.partition("rfm")[0])
    assert yaml.safe_load(text)["smart_views"][1] == {"name": "Twice", "rule": ADDED}


def _look_around(tab: Any, address: str) -> None:
    # What comes from the data is shown as text, every control has a name, and nothing is loaded from elsewhere.
    assert tab.evaluate(f"document.querySelectorAll('{BUILDER} b').length") == 0
    named = "(c.getAttribute('aria-label') || c.labels?.[0]?.textContent || c.textContent).trim() !== ''"
    controls = f"[...document.querySelectorAll('{BUILDER} :is(input, select, textarea, button)')]"
    assert tab.evaluate(f"{controls}.length") > 20
    assert tab.evaluate(f"{controls}.filter((c) => !({named})).map((c) => c.outerHTML)") == []
    loaded = "performance.getEntriesByType('resource').map((e) => e.name).filter((n) => /^http/.test(n))"
    assert [one for one in tab.evaluate(loaded) if not one.startswith(address.partition("/lab/")[0])] == []
    root = f"document.querySelector('{BUILDER}')"
    for width in (360, 1400):
        tab.evaluate(f"{root}.style.width = '{width}px'; {root}.style.maxWidth = 'none'")
        assert tab.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), width
