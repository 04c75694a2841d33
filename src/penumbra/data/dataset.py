"""What the catalogue says about one dataset."""

from collections.abc import Mapping
from dataclasses import dataclass

from penumbra.data.layouts.found import Layout
from penumbra.data.sample import Track


@dataclass(frozen=True)
class Dataset:
    """One dataset: what it is, under which terms, and how its files lie.

    Attributes:
        name: Key in the catalogue.
        title: What it holds, in a few words.
        citation: Whom to cite; "unstated" where nobody said.
        licence: Terms in words, as far as known.
        track: What weights trained on it may be used for.
        where: Where to ask for it.
        splits: Split to the number of samples published, None where it is not known.  The number
            is reported beside what a copy holds and decides nothing.
        read: Finds a split in a copy.
        pictures: Different photographs or foregrounds published, None where it is not known.
        gigabytes: Size of the whole as downloaded, None where it is not known.
        notes: What else a reader must know, and what was written from memory.
        free: Splits that may be used for anything, though the whole may not.
    """

    name: str
    title: str
    citation: str
    licence: str
    track: Track
    where: str
    splits: Mapping[str, int | None]
    read: Layout
    pictures: int | None = None
    gigabytes: float | None = None
    notes: str = ""
    free: frozenset[str] = frozenset()

    def terms(self, split: str) -> tuple[str, Track]:
        """Return the licence and the track of a split."""
        return ("free", "open") if split in self.free else (self.licence, self.track)
