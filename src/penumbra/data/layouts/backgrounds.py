"""The collected backgrounds: one folder, whose files say by their prefix where they are from."""

from dataclasses import replace
from pathlib import Path

from penumbra.data.layouts.found import Found
from penumbra.data.layouts.matched import singles

_TERMS = {"kodak24": "free to use", "bsds": "research", "in": "research"}
_UNCHECKED = "each author's own, unchecked"
_ALL = singles({"all": "."}, ("background",))


def collected_backgrounds(root: Path, split: str) -> Found:
    """Find "all" with the terms of each, or those that are "free"."""
    whole = _ALL(root, "all")
    samples = (
        replace(sample, licence=_TERMS.get(sample.name.partition("_")[0], _UNCHECKED))
        for sample in whole.samples
    )
    is_wanted = split == "all"
    chosen = (it for it in samples if is_wanted or it.licence == _TERMS["kodak24"])
    return Found(tuple(chosen), whole.missing)
