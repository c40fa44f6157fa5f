"""The command `segment-lib`."""

from segment_lib.cli.commands import main

__all__ = ["main"]
