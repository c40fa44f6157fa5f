"""Small groups: a report shows nothing of segments so small that single people could be recognised."""

import pandas as pd

SEGMENT_COLUMNS = ("segment", "segment_a", "segment_b")


def hide_small_groups(frame: pd.DataFrame, summary: pd.DataFrame, *, smallest_group: int) -> pd.DataFrame:
    """Return a table without the rows of segments of fewer contacts than a report may show.

    Parameters
    ----------
    frame : any table by `segment`, or by `segment_a` and `segment_b`.
    summary : `segment` and `contacts`.
    smallest_group : as workspace.yml says; empty segments stay, for they are nobody.

    Returns
    -------
    pandas.DataFrame

    Examples
    --------
    >>> sizes = pd.DataFrame({"segment": ["Few", "Many"], "contacts": [2, 40]})
    >>> hide_small_groups(sizes, sizes, smallest_group=5)["segment"].tolist()
    ['Many']
    """
    small = set(summary.loc[summary["contacts"].between(1, smallest_group - 1), "segment"])
    shown = pd.Series(True, index=frame.index)
    for column in SEGMENT_COLUMNS:
        if column in frame.columns:
            shown &= ~frame[column].isin(small)
    return frame[shown].reset_index(drop=True)
