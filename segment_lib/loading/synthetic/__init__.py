"""A made-up shop with planted segments and effects: for the examples, the workshop, the tests and the benchmarks."""

from segment_lib.loading.synthetic.dirt import add_dirt
from segment_lib.loading.synthetic.exporting import ExportFile, ShopFiles, export_shop
from segment_lib.loading.synthetic.large import make_interactions, write_interactions
from segment_lib.loading.synthetic.shop import Shop, make_shop
from segment_lib.loading.synthetic.writing import write_shop

__all__ = [
    "ExportFile",
    "Shop",
    "ShopFiles",
    "add_dirt",
    "export_shop",
    "make_interactions",
    "make_shop",
    "write_interactions",
    "write_shop",
]
