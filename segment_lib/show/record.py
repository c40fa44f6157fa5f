"""What a notebook hands on: figures for people, records for the report, both as outputs of its cells."""

import base64
import io
import json
from typing import TYPE_CHECKING, Any

from segment_lib.errors import InvalidOption

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from nbformat import NotebookNode

RECORD = "application/vnd.segment-lib.record+json"
DPI = 150
# Browsers and JupyterLab count 96 pixels to the inch.
SCREEN_DPI = 96


def record(name: str, value: Any) -> None:
    """Hand a value on to the report by way of the notebook's own outputs; nothing is shown.

    Parameters
    ----------
    name : what it is called; a later record of the same name replaces it.
    value : anything that JSON can hold; NumPy's scalars and days are converted.

    Raises
    ------
    InvalidOption
        JSON cannot hold the value, for example because a number in it is not finite.

    Notes
    -----
    Outside a kernel nothing happens, so that code which records can be called anywhere.

    Examples
    --------
    >>> record("summary", {"contacts": 5012})
    """
    try:
        plain = json.loads(json.dumps(value, default=_plain, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InvalidOption(f"the record `{name}` must hold what JSON can hold: {error}.") from None
    # A MIME type that no front end draws keeps the notebook as it looks.
    _display({RECORD: {"name": name, "value": plain}}, {"segment_lib": {"record": name}})


def read_records(notebook: "NotebookNode") -> dict[str, Any]:
    """Return what an executed notebook recorded.

    Parameters
    ----------
    notebook : with its outputs.

    Returns
    -------
    dict
        Name to value, in the order of the first record of each name.
    """
    found: dict[str, Any] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            held = output.get("data", {}).get(RECORD)
            if held is not None:
                found[held["name"]] = held["value"]
    return found


def show_figure(figure: "Figure", alt: str) -> None:
    """Show a figure once, with a text for those who cannot see it, and close it.

    Parameters
    ----------
    figure : what a plot function drew.
    alt : what the figure says, in a sentence or two.

    Raises
    ------
    InvalidOption
        The text is empty.
    """
    if not alt.strip():
        raise InvalidOption("`alt` must say what the figure shows, got an empty text.")
    from matplotlib import pyplot as plt  # for notebooks; whoever reads records is spared it

    png = figure_png(figure)
    # Closed before the cell ends, or the inline backend would show it a second time.
    plt.close(figure)
    width = int.from_bytes(png[16:20], "big") * SCREEN_DPI // DPI
    data = {"image/png": base64.b64encode(png).decode("ascii"), "text/plain": alt}
    _display(data, {"image/png": {"alt": alt, "width": width}})


def figure_png(figure: "Figure") -> bytes:
    """Return a figure as a PNG file; the same figure gives the same bytes.

    Parameters
    ----------
    figure : what a plot function drew.

    Returns
    -------
    bytes
    """
    target = io.BytesIO()
    figure.savefig(target, format="png", dpi=DPI, bbox_inches="tight", metadata={"Software": None})
    return target.getvalue()


def _display(data: dict[str, Any], metadata: dict[str, Any]) -> None:
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is not None:
        display(data, raw=True, metadata=metadata)  # type: ignore[no-untyped-call]


def _plain(value: Any) -> Any:
    """Convert what JSON does not know: NumPy's scalars and arrays by `tolist`, days and instants by `isoformat`."""
    for method in ("tolist", "isoformat"):
        if hasattr(value, method):
            return getattr(value, method)()
    raise TypeError(f"got a {type(value).__name__}")
