"""Runs: the notebooks executed for one workspace and one day, and the report that comes of it."""

from segment_lib.runner.parameters import read_parameter
from segment_lib.runner.reporting import NOTEBOOKS, Report, find_notebooks, run_report

__all__ = ["NOTEBOOKS", "Report", "find_notebooks", "read_parameter", "run_report"]
