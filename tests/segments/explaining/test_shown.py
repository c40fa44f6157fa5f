"""Previews, explanations and funnels as tables and on the command line."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner, Result

from segment_lib import Workspace, save_segmentation, segment_contacts
from segment_lib.cli import main
from segment_lib.engine import add_table, open_connection
from segment_lib.segments.explaining import explain
from segment_lib.segments.preview import Preview, preview
from segment_lib.show.explanations import table_evidence, table_explanation, table_funnel, table_preview
from segment_lib.show.tables import ReportTable

DAY = "2026-10-31"
NASTY = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def shop(tiny_workspace: Callable[..., Workspace]) -> Workspace:
    people = [f"c{n}" for n in range(8)]
    row = {"kind": "purchase", "amount": 12.5, "occurred_at": "2026-10-01", "order_id": NASTY}
    rows = [{"contact_id": one, **row, "amount": 10.0 + n} for n, one in enumerate(people)]
    segments = {
        "smart_views": [{"name": "Big & <b>", "rule": "total('purchase') > 14 and count('purchase') >= 1"}],
        "clusters": {"features": ["recency_days", "total_spend"], "n_clusters": 2, "candidates": [2]},
        "rfm": None,
    }
    contacts = [{"contact_id": one, "email": f"{one}@x.example", "last_name": "Secret"} for one in people]
    shop = tiny_workspace(contacts=contacts, interactions=rows, segments=segments)
    save_segmentation(shop, segment_contacts(shop, as_of=shop.as_of(DAY)))
    return shop


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def check(table: ReportTable) -> str:
    """Heads have scopes, there is one caption, nothing runs and nobody is named."""
    tags = _Tags(table.html).found
    assert [tag for tag, _ in tags].count("caption") == 1
    assert all("scope" in attributes for tag, attributes in tags if tag == "th")
    assert not {"script", "b"} & {tag for tag, _ in tags}
    assert "@x.example" not in table.html
    assert "Secret" not in table.html
    return table.text


def test_a_preview_as_a_table(shop: Workspace) -> None:
    text = check(table_preview(preview(shop, "total('purchase') > 14", as_of=shop.as_of(DAY))))
    assert text.splitlines()[2].split() == ["In", "3", "38%"]
    assert "€48" in text
    fault = Preview("contry = 'ES'", shop.as_of(DAY), fault="can't find a column `contry`.\n  contry = 'ES'\n  ^^^^^^")
    assert "^^^^^^" in check(table_preview(fault))


def test_an_explanation_and_its_interactions_as_tables(shop: Workspace) -> None:
    found = explain(shop, "Big & <b>", "c7", as_of=shop.as_of(DAY))
    text = check(table_explanation(found))
    assert text.startswith("c7 is in Big & <b> as of 2026-10-31.")
    assert "total('purchase') is 17, 3 above 14" in text
    assert NASTY in check(table_evidence(found))
    cluster = found_cluster(shop)
    assert "Distances are in standard deviations" in check(
        table_explanation(explain(shop, cluster, "c7", as_of=shop.as_of(DAY)))
    )
    nobody = explain(shop, "Big & <b>", "nobody", as_of=shop.as_of(DAY))
    assert "Nothing to show." in check(table_explanation(nobody))
    assert "Nothing to show." in check(table_evidence(nobody))


def found_cluster(shop: Workspace) -> str:
    return next(s.name for s in segment_contacts(shop, as_of=shop.as_of(DAY)).segments if s.kind == "cluster")


def test_a_funnel_as_a_table(shop: Workspace) -> None:
    text = check(table_funnel(explain(shop, "Big & <b>", as_of=shop.as_of(DAY))))
    assert "3 of 8 contacts" in text
    assert "Most hangs on: total('purchase') > 14." in text
    assert "8 contacts" in check(table_funnel(explain(shop, found_cluster(shop), as_of=shop.as_of(DAY))))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def test_the_commands_tell_what_the_functions_return(shop: Workspace) -> None:
    folder, day = str(shop.folder), ("--as-of", DAY)
    shown = run("preview", folder, "total('purchase') > 14", *day, "--members")
    assert shown.exit_code == 0, shown.output
    assert "in               3" in shown.output
    assert "\nc5\nc6\nc7\n" in shown.output
    assert "3 of 8 contacts" in run("explain", folder, "Big & <b>", *day).output
    assert "c0 is not in Big & <b>" in run("explain", folder, "Big & <b>", "--contact", "c0", *day).output
    text = run("sql", folder, "Big & <b>", *day).output
    with open_connection() as connection:
        for name in ("contacts", "interactions"):
            add_table(connection, name, shop.table(name))
        assert connection.sql(text).fetchall() == [("c5",), ("c6",), ("c7",)]
    assert "CAST(" in run("sql", folder, "Big & <b>", "--engine", "spark", *day).output


def test_the_commands_fail_where_the_input_is_at_fault(shop: Workspace) -> None:
    folder, day = str(shop.folder), ("--as-of", DAY)
    fault = run("preview", folder, "contry = 'ES'", *day)
    assert (fault.exit_code, "^^^^^^" in fault.output) == (2, True)
    assert run("explain", folder, "Bigg & <b>", *day).exit_code == 2
    assert run("explain", folder, "Big & <b>", "--contact", "nobody", *day).exit_code == 2
    assert run("sql", folder, "true", "--as-of", "yesterday").exit_code == 2
