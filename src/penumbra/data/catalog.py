"""Every dataset that can be read, by name."""

import difflib

from penumbra.core.errors import InputError
from penumbra.data.collected import COLLECTED
from penumbra.data.dataset import Dataset
from penumbra.data.published import PUBLISHED

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in PUBLISHED + COLLECTED}
"""In the order in which they are listed."""


def dataset(name: str) -> Dataset:
    """Return the entry of a dataset.

    Raises:
        InputError: There is none of that name; the message suggests the nearest.

    Example:
        >>> dataset("aim-500").splits
        {'all': 500}
    """
    if name not in DATASETS:
        near = difflib.get_close_matches(name.lower(), DATASETS, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"dataset must be one of {', '.join(DATASETS)}, got {name!r}{hint}")
    return DATASETS[name]
