"""The catalogue of features to leaf through: a part for each family that opens, every feature with an example."""

from collections.abc import Sequence

import pandas as pd
from jinja2 import Environment

from segment_lib.checks import check_option
from segment_lib.errors import NoData
from segment_lib.features import CATALOGUE, Feature, table_features
from segment_lib.show.style import ACCENT, PAPER, SOFT
from segment_lib.show.tables import ReportTable, table_html

# So many features are read at a glance: their parts are open from the start.
FEW = 12
STYLE = f"""
.feature-catalogue {{ background:{PAPER} }}
.feature-catalogue details {{ overflow-x:auto }}
.feature-catalogue summary {{ cursor:pointer; padding:.35rem 0; color:{ACCENT}; font-weight:600 }}
.feature-catalogue table.report-table.report-table tr > :is(th, td) {{ vertical-align:top }}
.feature-catalogue table.report-table.report-table tbody :is(th, td:last-child) {{
  font-family:ui-monospace, "DejaVu Sans Mono", monospace; font-size:.85em }}
.feature-catalogue table.report-table.report-table td:last-child {{ overflow-wrap:anywhere; color:{SOFT} }}
"""
PAGE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(
    """<style>{{ style | safe }}</style>
<div class="feature-catalogue">
{% for family, table in tables.items() %}
<details{% if few %} open{% endif %}><summary>{{ family }}</summary>
{{ table.html | safe }}
</details>
{% endfor %}
</div>
"""
)


def table_catalogue(
    features: Sequence[Feature] = CATALOGUE, *, family: str | None = None, containing: str = ""
) -> ReportTable:
    """Write features as one table a family, each with its meaning, an example and how it is computed.

    Parameters
    ----------
    features : what to show; those of `load_catalogue(workspace)` hold a workspace's own too.
    family : show this one alone.
    containing : show the features alone that have this text in name, unit, meaning or formula; capitals do not matter.

    Returns
    -------
    ReportTable
        A part for each family, which opens by a click or a key and is open where few features are left.

    Raises
    ------
    InvalidOption
        No feature is of that family.
    NoData
        Nothing has that text.

    Examples
    --------
    >>> table_catalogue(containing="largest_basket")
    Behavioural features (1), each with its value for Ana of the example.
    Feature         Unit    Meaning                      Example  Computed as
    largest_basket  pieces  Pieces of the largest order        4  max(units) of orders
    """
    if family is not None:
        check_option(family, sorted({feature.family for feature in features}), name="family")
    rows = [row for row in table_features(features) if family in (None, row["family"])]
    rows = [row for row in rows if containing.lower() in "\n".join(row.values()).lower()]
    if not rows:
        raise NoData(f"can't find a feature with {containing!r} in its name, unit, meaning or formula.")
    tables = {
        str(name): _table(str(name), found.drop(columns="family"))
        for name, found in pd.DataFrame(rows).groupby("family", sort=False)
    }
    html = PAGE.render(style=STYLE, tables=tables, few=len(rows) <= FEW)
    return ReportTable(html, "\n\n".join(table.text for table in tables.values()))


def _table(family: str, rows: pd.DataFrame) -> ReportTable:
    return table_html(
        rows,
        caption=f"{family.capitalize()} features ({len(rows)}), each with its value for Ana of the example.",
        heads={"sql": "Computed as"},
        right=["example"],
    )
