"""What the sample shop sells, and when each category is in season."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from segment_lib.loading.synthetic.buying_types import CATEGORIES, per_type


@dataclass(frozen=True)
class Product:
    """A product with its list price in EUR at the beginning of the data and its popularity within the category."""

    name: str
    category: str
    price: float
    popularity: float


PRODUCTS: Final = (
    Product("Orange box 10 kg", "Citrus", 27.0, 4.0),
    Product("Mandarin box 5 kg", "Citrus", 19.5, 3.0),
    Product("Lemon box 5 kg", "Citrus", 15.0, 1.5),
    Product("Juice oranges 15 kg", "Citrus", 31.5, 1.5),
    Product("Pineapple, single", "Pineapple", 8.0, 1.5),
    Product("Pineapple trio", "Pineapple", 21.5, 3.0),
    Product("Pineapple box of six", "Pineapple", 37.5, 2.5),
    Product("Mango box 4 kg", "Tropical", 26.0, 3.0),
    Product("Avocado box 3 kg", "Tropical", 22.5, 3.0),
    Product("Papaya box 4 kg", "Tropical", 18.0, 1.0),
    Product("Strawberry tray 2 kg", "Berries", 14.5, 3.0),
    Product("Blueberry tray 1 kg", "Berries", 16.5, 2.0),
    Product("Cherry box 2 kg", "Berries", 23.0, 2.0),
    Product("Vegetable box, small", "Vegetables", 17.5, 2.5),
    Product("Vegetable box, family", "Vegetables", 26.5, 3.5),
    Product("Tomato selection 4 kg", "Vegetables", 13.5, 1.5),
    Product("Olive oil 500 ml", "Olive oil", 9.5, 2.0),
    Product("Olive oil 3 l", "Olive oil", 30.5, 2.5),
    Product("Olive oil 5 l", "Olive oil", 47.0, 2.0),
    Product("Fruit basket", "Gift boxes", 41.5, 2.0),
    Product("Gourmet hamper", "Gift boxes", 57.0, 3.0),
    Product("Christmas hamper", "Gift boxes", 77.5, 3.0),
)

# Rows follow CATEGORIES, columns January ... December.
_SEASON: Final = np.array(
    [
        [2.2, 2.0, 1.6, 1.1, 0.7, 0.3, 0.2, 0.2, 0.3, 0.8, 1.6, 2.2],
        [0.8, 0.8, 0.9, 1.0, 1.1, 1.3, 1.3, 1.1, 0.9, 0.8, 0.8, 1.2],
        [0.6, 0.6, 0.7, 0.8, 0.8, 0.8, 1.0, 1.3, 1.8, 1.7, 1.2, 0.7],
        [0.2, 0.4, 1.0, 1.8, 2.6, 2.8, 1.7, 0.8, 0.3, 0.2, 0.1, 0.1],
        [0.8, 0.8, 0.9, 1.0, 1.1, 1.3, 1.3, 1.2, 1.2, 1.0, 0.8, 0.6],
        [1.0, 0.8, 0.7, 0.7, 0.8, 0.9, 0.9, 0.9, 0.9, 1.0, 1.6, 1.8],
        [0.2, 0.3, 0.2, 0.3, 0.7, 0.2, 0.1, 0.1, 0.2, 0.4, 2.0, 7.0],
    ]
)

PRODUCT_NAMES: Final = tuple(product.name for product in PRODUCTS)
PRICES: Final = np.array([product.price for product in PRODUCTS])
CATEGORY_OF_PRODUCT: Final = np.array([CATEGORIES.index(product.category) for product in PRODUCTS], dtype=np.int64)


def choice_table() -> npt.NDArray[np.float64]:
    """Compute how likely each buying type chooses each product in each month.

    Returns
    -------
    Probabilities of shape (buying types, 12 months, products); each last axis sums to 1.

    Examples
    --------
    >>> table = choice_table()
    >>> table.shape
    (8, 12, 22)
    >>> bool(np.allclose(table.sum(axis=-1), 1))
    True
    """
    popularity = np.array([product.popularity for product in PRODUCTS])
    within = popularity * PRICES ** per_type("price_taste")[:, None]
    membership = np.eye(len(CATEGORIES))[CATEGORY_OF_PRODUCT]
    within = within / (within @ membership)[:, CATEGORY_OF_PRODUCT]
    category = per_type("categories")[:, None, :] * _SEASON.T[None, :, :]
    weights = category[:, :, CATEGORY_OF_PRODUCT] * within[:, None, :]
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def draw_products(
    buying_type: npt.NDArray[np.int64], month: npt.NDArray[np.int64], rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Draw one product (its place in `PRODUCTS`) for each pair of buying type and month (0 to 11)."""
    table = choice_table().reshape(-1, len(PRODUCTS))
    row = buying_type * 12 + month
    # One ascending ladder for all rows: the cumulated probabilities of row r lie between r and r + 1.
    ladder = (np.cumsum(table, axis=1) + np.arange(len(table))[:, None]).ravel()
    place = np.searchsorted(ladder, row + rng.random(len(row)), side="right")
    return np.clip(place - row * len(PRODUCTS), 0, len(PRODUCTS) - 1)
