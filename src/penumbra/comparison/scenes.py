"""One picture that everybody is asked about, with its truth."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.trimap import from_alpha

Protocol = Literal["none", "trimap", "clicks", "box"]
"""What is said of a picture."""

REACH = 7.5
"""Pixels around all that is partly opaque which a made trimap leaves open: a disc 15 wide."""


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture and its truth, decoded.

    Attributes:
        image: (H, W, 3).
        alpha_true: Matte or mask, (H, W) in [0, 1].
        trimap: (H, W), given or made; None where a mask is the truth, or where the trimap would
            not know both object and background somewhere.
        foreground_true: Straight colours of the object, (H, W, 3), where they are known.
    """

    image: RGB
    alpha_true: Alpha
    trimap: Trimap | None = None
    foreground_true: RGB | None = None


@dataclass(frozen=True, eq=False)
class Case:
    """A picture of a group, by name.

    Attributes:
        group: The set it is one of.
        picture: Unique within the group, and fit for a file.
        kind: What it shows, for breakdowns; "" where not known.
        is_free: Whether anybody may be shown it.
        origin: Dataset and name of the object as training packs write them: "ccp/0004".
        read: Decodes it.
    """

    group: str
    picture: str
    kind: str
    is_free: bool
    origin: str
    read: Callable[[], Scene]


@dataclass(frozen=True, eq=False)
class Group:
    """A set of pictures that were held aside.

    Attributes:
        name: Key of the group.
        note: What it holds, and what is to be known of it.
        protocols: What may be said of its pictures.
        cases: In a fixed order.
    """

    name: str
    note: str
    protocols: frozenset[Protocol]
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Places:
    """Where pictures are found.

    Attributes:
        data: Folder of the datasets, or None.
        object_mattes: Mattes with colours of held-aside portraits, or None.
        made: Where pictures that are made are kept.
    """

    data: Path | None
    object_mattes: Path | None
    made: Path


def made_trimap(alpha: Alpha) -> Trimap | None:
    """Return the trimap of a matte that leaves `REACH` pixels open, None if it knows one side only.

    Args:
        alpha: (H, W) in [0, 1].

    Example:
        >>> alpha = np.zeros((1, 40), np.float32)
        >>> alpha[:, 20:] = 1
        >>> made_trimap(alpha)[0, 10:30].tolist().count(0.5)
        14
        >>> made_trimap(alpha / 2) is None
        True
    """
    trimap = from_alpha(alpha, REACH)
    return trimap if bool((trimap == 0).any() and (trimap == 1).any()) else None


def rounded(values: Alpha) -> Alpha:
    """Return the values, (H, W) or (H, W, 3) in [0, 1], as 8 bits hold them."""
    steps: Alpha = np.rint(np.clip(values, 0, 1) * np.float32(255)) / np.float32(255)
    return steps


def spread(count: int, most: int) -> list[int]:
    """Return at most `most` numbers below `count`, evenly spread.

    Example:
        >>> spread(10, 4)
        [0, 2, 5, 7]
    """
    kept = min(count, most)
    return [number * count // kept for number in range(kept)]
