"""Loading: files become contacts and interactions."""

from segment_lib.loading.fields import columns_of, load_fields
from segment_lib.loading.identity.duplicates import propose_duplicates
from segment_lib.loading.identity.history import load_history
from segment_lib.loading.identity.merging import load_merges, merge_contacts, unmerge_contacts
from segment_lib.loading.importing import import_files
from segment_lib.loading.in_the_way import InTheWay
from segment_lib.loading.ledger import load_imports, summarise_quarantine
from segment_lib.loading.mending import export_quarantine, import_mended
from segment_lib.loading.recipe import load_recipe
from segment_lib.loading.results import ImportReport, ImportResult
from segment_lib.loading.suggesting import suggest_mapping, write_mapping
from segment_lib.loading.undoing import UndoReport, undo_import

__all__ = [
    "ImportReport",
    "ImportResult",
    "InTheWay",
    "UndoReport",
    "columns_of",
    "export_quarantine",
    "import_files",
    "import_mended",
    "load_fields",
    "load_history",
    "load_imports",
    "load_merges",
    "load_recipe",
    "merge_contacts",
    "propose_duplicates",
    "suggest_mapping",
    "summarise_quarantine",
    "undo_import",
    "unmerge_contacts",
    "write_mapping",
]
