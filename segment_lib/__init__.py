"""Customer segmentation in Jupyter: from raw files to segments, plans and evidence, on your own machine."""

from segment_lib.asof import AsOf
from segment_lib.engine import StoredTable, Table, run_sql
from segment_lib.errors import SegmentLibError
from segment_lib.features import CATALOGUE, Feature, build_features, features_at, load_features, write_features
from segment_lib.goals import Goal, GoalsFile, KnockOuts, Kpi
from segment_lib.loading import import_files
from segment_lib.segments import (
    Models,
    Segmentation,
    fit_rfm_cut_points,
    save_segmentation,
    score_rfm,
    segment_contacts,
)
from segment_lib.workspace import Workspace, new_workspace, open_workspace

__version__ = "0.1.0"

__all__ = [
    "CATALOGUE",
    "AsOf",
    "Feature",
    "Goal",
    "GoalsFile",
    "KnockOuts",
    "Kpi",
    "Models",
    "SegmentLibError",
    "Segmentation",
    "StoredTable",
    "Table",
    "Workspace",
    "__version__",
    "build_features",
    "features_at",
    "fit_rfm_cut_points",
    "import_files",
    "load_features",
    "new_workspace",
    "open_workspace",
    "run_sql",
    "save_segmentation",
    "score_rfm",
    "segment_contacts",
    "write_features",
]
