"""Covers of a set of cells by few boxes: how a set of RFM codes is said in few words."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Cells: TypeAlias = npt.NDArray[np.bool_]
Box: TypeAlias = tuple[tuple[int, int], ...]


def cover_cells(cells: Cells) -> list[Box]:
    """Cover the cells that are true by few boxes, each as large as it can be; boxes may overlap.

    Parameters
    ----------
    cells : which cells of a grid of three axes belong to the set.

    Returns
    -------
    list of boxes
        First and last place on each axis. Largest first; empty for an empty set.

    Notes
    -----
    A greedy cover: each box is one that covers most of what is left, of these one that is open to most sides.

    Examples
    --------
    >>> cells = np.zeros((1, 2, 2), dtype=bool)
    >>> cells[0, 1, :] = cells[0, :, 1] = True
    >>> cover_cells(cells)
    [((0, 0), (1, 1), (0, 1)), ((0, 0), (0, 1), (1, 1))]
    """
    boxes = _full_boxes(cells)
    left, chosen = cells.copy(), []
    while left.any():
        gains = _sum_in(left, boxes)
        openness = sum((boxes[:, 2 * axis] == 0) + 0 for axis in range(3)) + sum(
            (boxes[:, 2 * axis + 1] == size) + 0 for axis, size in enumerate(cells.shape)
        )
        best = int(np.lexsort((openness, gains))[-1])
        first, last = boxes[best, ::2], boxes[best, 1::2]
        left[tuple(slice(low, high) for low, high in zip(first, last, strict=True))] = False
        chosen.append(best)
    needed = _without_spare(cells, boxes[chosen])
    return [tuple((int(box[2 * axis]), int(box[2 * axis + 1]) - 1) for axis in range(3)) for box in needed]


def _full_boxes(cells: Cells) -> npt.NDArray[np.int64]:
    """Return every box all of whose cells are true: first place and the one after the last, for each axis."""
    ends = [np.array([(low, high) for low in range(n) for high in range(low + 1, n + 1)]) for n in cells.shape]
    places = np.indices([len(axis) for axis in ends]).reshape(3, -1)
    boxes = np.hstack([axis[place] for axis, place in zip(ends, places, strict=True)])
    sizes = np.prod(boxes[:, 1::2] - boxes[:, ::2], axis=1)
    full: npt.NDArray[np.int64] = boxes[_sum_in(cells, boxes) == sizes]
    return full


def _sum_in(cells: Cells, boxes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Count the true cells in each box."""
    total = np.pad(cells.astype(np.int64), [(1, 0)] * 3).cumsum(0).cumsum(1).cumsum(2)
    counts = np.zeros(len(boxes), np.int64)
    for corner in np.ndindex(2, 2, 2):
        sign = -1 if (3 - sum(corner)) % 2 else 1
        counts += sign * total[tuple(boxes[:, 2 * axis + side] for axis, side in enumerate(corner))]
    return counts


def _without_spare(cells: Cells, boxes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Leave out boxes whose cells the others cover, the last chosen first."""
    times = np.zeros(cells.shape, np.int64)
    insides = [tuple(slice(box[2 * axis], box[2 * axis + 1]) for axis in range(3)) for box in boxes]
    for inside in insides:
        times[inside] += 1
    kept = []
    for place in reversed(range(len(boxes))):
        if (times[insides[place]] > 1).all():
            times[insides[place]] -= 1
        else:
            kept.append(place)
    needed: npt.NDArray[np.int64] = boxes[kept[::-1]]
    return needed
