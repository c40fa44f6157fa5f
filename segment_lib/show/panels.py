"""Two panels in the place of one chart, under one title."""

from matplotlib.axes import Axes

from segment_lib.show.canvas import clear_frame


def split_chart(ax: Axes, *boxes: tuple[float, float, float, float]) -> list[Axes]:
    """Put panels into a chart, whose own axes then only carry the title.

    Parameters
    ----------
    ax : the chart.
    boxes : left, bottom, width and height of each panel, as shares of the chart.

    Returns
    -------
    list of matplotlib.axes.Axes
        The panels in the order of the boxes.
    """
    clear_frame(ax)
    ax.patch.set_visible(False)
    return [ax.inset_axes(box) for box in boxes]
