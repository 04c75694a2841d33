"""The review pile of a batch, as the server's page goes through it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penumbra.batch.cut_job import Wish
from penumbra.batch.folder import JobFolder
from penumbra.batch.hint_files import FileKind, hint_files
from penumbra.batch.review import Decisions
from penumbra.cli.backdrop import parse_backdrop
from penumbra.cli.finish_options import parse_finish
from penumbra.core.budget import parse_budget
from penumbra.core.errors import InputError
from penumbra.core.hints import Hints
from penumbra.io import Photograph
from penumbra.server.review import Item, Opening
from penumbra.session.session import Session


class FolderPile:
    """What somebody should look at in the folder of a batch, as it was when this was made.

    Args:
        folder: OUTPUT, locked.
        wish: What the batch was asked for.
    """

    def __init__(self, folder: JobFolder, wish: Wish) -> None:
        self.name = folder.root.absolute().name
        self.decisions = Decisions(folder, wish)
        self._records = {record.key: record for record in folder.pile()}
        self.items = [
            Item(record.key, record.risk, record.spot, record.notes)
            for record in self._records.values()
        ]

    def open(self, item: Item) -> Opening:
        """Return what the batch made the matte from; raises as `Decisions.photograph_of`."""
        record, wish = self._records[item.key], self.decisions.wish
        if record.model is None:
            raise InputError(f"{item.key} must have been answered by a model, got none")
        data = self.decisions.photograph_of(record)
        hints = self.decisions.hints_of(record)
        return Opening(data, hints, record.model, wish.licence, wish.budget)

    def accept(
        self, item: Item, photograph: Photograph, session: Session[Any], is_changed: bool
    ) -> None:
        """Write the result; see `Decisions.accept`."""
        self.decisions.accept(self._records[item.key], photograph, session, is_changed)

    def reject(self, item: Item) -> None:
        """Take the result away; see `Decisions.reject`."""
        self.decisions.reject(self._records[item.key])


def wish_of(manifest: Mapping[str, Any]) -> Wish:
    """Return what a batch was asked for.

    Raises:
        InputError: The manifest does not say, or what it names is gone.
    """
    options = manifest.get("options")
    if not isinstance(options, Mapping):
        raise InputError(f"manifest must say its options, got {options!r}")
    kinds: tuple[FileKind, ...] = ("trimap", "mask")
    pictures = [(kind, Path(str(options[kind]))) for kind in kinds if options.get(kind)]
    refine = options.get("refine")
    return Wish(
        hints=Hints(),
        files=hint_files(*pictures[0], is_several=True) if pictures else None,
        model=str(options.get("model", "auto")),
        licence="open" if options.get("licence") == "open" else "any",
        backdrop=parse_backdrop(str(options.get("background", "transparent"))),
        budget=None if refine is None else parse_budget(str(refine)),
        is_doubt_wanted=True,
        finish=parse_finish(
            options.get("outline"),
            options.get("shadow"),
            options.get("crop"),
            bool(options.get("square")),
        ),
    )
