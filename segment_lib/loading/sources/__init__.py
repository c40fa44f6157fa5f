"""How any file or query becomes rows of text."""

from segment_lib.loading.sources.databases import inspect_query
from segment_lib.loading.sources.reading import inspect_source, preview_source, read_source
from segment_lib.loading.sources.source import ReadOptions, Rows, SourceFile

__all__ = ["ReadOptions", "Rows", "SourceFile", "inspect_query", "inspect_source", "preview_source", "read_source"]
