"""Loading: files become contacts and interactions."""

from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.loading.importing import ImportReport, ImportResult, import_files
from segment_lib.loading.ledger import load_imports, load_skips, summarise_quarantine
from segment_lib.loading.recipe import load_recipe

__all__ = [
    "ImportReport",
    "ImportResult",
    "columns_of",
    "import_files",
    "load_fields",
    "load_imports",
    "load_recipe",
    "load_skips",
    "summarise_quarantine",
]
