"""Labels of a day: what each means, who carries it, and what the rules changed."""

import pandas as pd

from segment_lib.segments.labels import LabelRulesReport, LabelsFile
from segment_lib.show.tables import ReportTable, table_html
from segment_lib.show.words import is_missing

_CHANGES = ["put_on", "taken_off", "expired", "unknown"]


def table_labels(
    labels: LabelsFile, carried: pd.DataFrame, report: LabelRulesReport | None = None, *, smallest_group: int = 5
) -> ReportTable:
    """Show every label with its rule, how many carry it, and what the rules of a day changed.

    Parameters
    ----------
    labels : the definitions; labels that the data hold beside them are listed too.
    carried : of a day, as `segment_lib.segments.labels.labels_at` returns it.
    report : of the rules of that day.
    smallest_group : smaller counts are shown as fewer than that.

    Returns
    -------
    ReportTable

    Examples
    --------
    >>> carried = pd.DataFrame({"contact_id": ["a", "b"], "label": ["VIP", "VIP"], "sources": ["manual", "import"]})
    >>> table_labels(LabelsFile(), carried, smallest_group=1)
    Labels: who carries what at the end of the day.
    Label    Description    Put on by                 Contacts
    VIP                     by hand and by imports           2
    """
    counts = {str(label): int(n) for label, n in carried.groupby("label")["contact_id"].nunique().items()}
    by = {
        str(label): {source for text in found for source in str(text).split(", ")}
        for label, found in carried.groupby("label")["sources"]
    }
    described = {label.name: label for label in labels.labels}
    names = [*described, *(name for name in sorted(counts) if name not in described)]
    frame = pd.DataFrame(
        {
            "label": names,
            "description": [described[name].description if name in described else "" for name in names],
            "put_on_by": [_sources(by.get(name, set())) for name in names],
            "contacts": [counts.get(name, 0) for name in names],
        }
    )
    if report is not None and len(report.table):
        changed = report.table.set_index("label")[_CHANGES]
        frame = frame.join(changed, on="label")
    numbers = [column for column in ("contacts", *_CHANGES) if column in frame]
    return table_html(
        frame,
        caption="Labels: who carries what at the end of the day.",
        heads={"put_on": "Put on by rule", "taken_off": "Taken off", "unknown": "Not known"},
        formats={column: lambda count: _count(count, smallest_group) for column in numbers},
        right=numbers,
    )


def _sources(found: set[str]) -> str:
    words = {"manual": "by hand", "rule": "by rule", "import": "by imports", "workflow": "by workflows"}
    return " and ".join(word for source, word in words.items() if source in found)


def _count(count: object, smallest: int) -> str:
    if is_missing(count):
        return ""
    count = int(str(count).partition(".")[0])
    return f"fewer than {smallest}" if 0 < count < smallest else f"{count:,}"
