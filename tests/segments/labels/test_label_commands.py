"""The commands about labels: what they print, and with what they exit."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from label_words import MakeWorkspace, carried

from segment_lib import Workspace
from segment_lib.cli import main


@pytest.fixture
def shop(tiny_workspace: MakeWorkspace) -> Workspace:
    labels = [
        {"name": "Client", "rule": "purchases >= 1", "expires_after": "30 days", "group": "kind"},
        {"name": "Prospect", "group": "kind"},
    ]
    return tiny_workspace(
        contacts=[{"contact_id": "a", "email": "ana@a.es"}, "b"],
        interactions=[{"contact_id": "a", "occurred_at": "2026-01-02", "kind": "purchase"}],
        time_zone="Europe/Madrid",
        labels={"labels": labels},
    )


def run(shop: Workspace, command: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["label", command, str(shop.folder), *arguments])


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [line for line in result.output.splitlines() if not line.startswith("Next:")]


def test_labels_by_hand_from_start_to_end(shop: Workspace) -> None:
    put_on = run(shop, "add", "Client", "ana@a.es", "b", "--reason", "a fair", "--at", "2026-01-05T10:00")
    assert lines(put_on) == ["2 contacts carry Client now."]
    assert "label remove" in put_on.output
    again = run(shop, "add", "Client", "b", "--at", "2026-01-05T11:00")
    assert lines(again) == ["0 contacts carry Client now.", "1 carried it by hand before: b"]
    assert lines(run(shop, "remove", "Client", "b", "--at", "2026-01-06")) == ["1 contacts carry Client no more."]
    assert lines(run(shop, "release", "Client", "b", "--at", "2026-01-07")) == [
        "1 contacts are left to the rule of Client."
    ]
    assert lines(run(shop, "list", "--as-of", "2026-01-05")) == ["        2  Client"]
    assert lines(run(shop, "list", "--as-of", "2026-01-06", "--label", "Client")) == [
        "a  Client  since 2026-01-05 by manual until 2026-02-04: a fair"
    ]
    assert lines(run(shop, "list", "--as-of", "2026-01-04", "--contact", "ana@a.es")) == [
        f"{shop.name}: nobody of that kind carries a label on 2026-01-04."
    ]
    assert len(lines(run(shop, "history", "--contact", "b"))) == 3
    shown = lines(run(shop, "history", "--contact", "b", "--most", "2"))
    assert shown[0] == "  ... 1 earlier; `--most 3` shows all"
    assert shown[-1].startswith("2026-01-07 00:00  b  Client  left to the rule by ")


def test_rules_are_applied_and_conflicts_told(shop: Workspace) -> None:
    dry = run(shop, "apply", "--as-of", "2026-01-05", "--dry-run")
    assert "  Client: 1 put on; 1 carry it (only shown)" in lines(dry)
    assert carried(shop, "2026-01-05") == {}
    lines(run(shop, "add", "Prospect", "a", "--at", "2026-01-05T10:00"))
    done = lines(run(shop, "apply", "--as-of", "2026-01-05"))
    assert done == [
        "Labels by rule as of 2026-01-05", "  Client: 1 put on; 1 carry it", "  conflicts in the group kind: 1 contacts"
    ]  # fmt: skip
    listed = run(shop, "list", "--as-of", "2026-01-05")
    assert "1 contacts carry several labels of the group kind; Prospect would win." in listed.output


def test_files_are_gone_through_and_refused_rows_written(shop: Workspace, tmp_path: Path) -> None:
    (tmp_path / "fair.csv").write_text("contact_id\nb\nnobody\n", encoding="utf-8")
    refused = tmp_path / "refused.csv"
    given = [str(tmp_path / "fair.csv"), "--label", "Prospect", "--at", "2026-01-05T10:00"]
    shown = lines(run(shop, "import", *given, "--refused", str(refused)))
    assert shown[0].startswith("fair.csv: 2 rows read, 1 accepted, 1 refused; 1 labels changed")
    assert "  row 2: can't find the contact 'nobody'" in shown
    assert refused.read_text(encoding="utf-8-sig").splitlines()[1] == "2,can't find the contact 'nobody',nobody"
    assert carried(shop, "2026-01-05") == {"b Prospect": "manual"}
    twice = run(shop, "import", *given, "--refused", str(refused))
    assert (twice.exit_code, "is there already" in twice.output) == (2, True)
    lines(run(shop, "import", *given[:-1], "2026-01-06T10:00", "--remove"))
    assert carried(shop, "2026-01-06") == {}


def test_input_at_fault_is_told_in_one_message(shop: Workspace) -> None:
    for arguments, told in (
        (("add", "Clint", "a"), "can't find the label 'Clint'"),
        (("add", "Client", "x"), "can't find the contact 'x'"),
        (("add", "Client", "a", "--at", "soon"), "`at` must be an instant in the form 2026-10-31T14:00, got 'soon'"),
        (("apply", "--as-of", "31/10/2026"), "`as_of` must be a day in the form 2026-10-31"),
    ):
        result = run(shop, *arguments)
        assert result.exit_code == 2
        assert told in result.output
        assert "Traceback" not in result.output


def test_workspace_without_labels_is_told_so(tiny_workspace: MakeWorkspace) -> None:
    empty = tiny_workspace(contacts=["a"])
    assert lines(run(empty, "list")) == [line for line in lines(run(empty, "list")) if "nobody carries a label" in line]
    assert lines(run(empty, "history")) == [f"{empty.name}: there is no such history."]
    result = run(empty, "add", "Client", "a")
    assert (result.exit_code, "labels.yml declares them" in result.output) == (2, True)
