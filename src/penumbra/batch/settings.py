"""What a batch is to do with every input, and how that is said in its manifest."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from penumbra.batch.cut_job import AUTO, Load, Wish, model_for
from penumbra.batch.folder import JobFolder
from penumbra.core.errors import InputError
from penumbra.core.hints import Hints
from penumbra.core.version import __version__
from penumbra.systems import registry
from penumbra.weights import entries


@dataclass(frozen=True)
class Settings:
    """What workers are told when they begin; it can be sent to other processes.

    Attributes:
        root: OUTPUT, absolute.
        wish: What is asked for.
        sides: Which results there are beside the cut-outs, of `folder.SIDES`.
        at_once: How many pictures of like sizes go through a network together.
        device: What networks run on: "cpu" or "cuda".
        suffix: Of the cut-outs' files.
        loader: Makes models ready for use; the registry's when omitted.
    """

    root: Path
    wish: Wish
    sides: tuple[str, ...] = ()
    at_once: int = 1
    device: str = "cpu"
    suffix: str = ".png"
    loader: Load | None = field(default=None, repr=False)

    @property
    def load(self) -> Load:
        """Makes models ready for use."""
        return self.loader or partial(registry.load_predictor, licence=self.wish.licence)


def model_expected(wish: Wish) -> str:
    """Return the name of the model that will answer all inputs, from the kind of hints."""
    if wish.model != AUTO or wish.files is None:
        return model_for(wish.hints, wish)
    seen: dict[str, Any] = {
        "trimap": {"trimap": np.full((1, 1), 0.5, np.float32)},
        "mask": {"mask": np.ones((1, 1), np.bool_)},
    }
    return model_for(replace(Hints(), **seen[wish.files.kind]), wish)


def manifest_of(source: str, options: Mapping[str, Any], model: str) -> dict[str, Any]:
    """Return what the manifest of a batch says.

    Args:
        source: INPUT.
        options: What was asked for, as JSON holds it; all of it changes the results.
        model: The model that answers.

    Raises:
        InputError: There is no model of that name.
        WeightsError: The list of the weights is damaged.
    """
    rooms = registry.card(model).rooms
    weights = {each.file: each.sha256 for each in entries() if each.room in rooms}
    return {
        "penumbra": __version__,
        "input": source,
        "options": dict(options),
        "model": model,
        "weights": weights,
    }


def begin(folder: JobFolder, manifest: Mapping[str, Any], is_again: bool) -> int:
    """Begin a batch in a folder, or go on with the one that was begun there.

    Another version of this program is no other batch, as long as its weights are the same.

    Args:
        folder: OUTPUT, made and locked.
        manifest: What is asked for.
        is_again: Whether to do everything anew, which another manifest needs.

    Returns:
        The generation: how often everything was begun anew.

    Raises:
        InputError: Input, options, model or weights are not those of the beginning.
        OutputError: The manifest cannot be written.
    """
    generation = 0
    if folder.is_begun:
        begun = folder.manifest()
        generation = int(begun.get("generation", 0)) + is_again
        if not is_again:
            _check_same(manifest, begun, folder.root)
            return generation
    folder.write_manifest({**manifest, "generation": generation})
    return generation


def _check_same(manifest: Mapping[str, Any], begun: Mapping[str, Any], root: Path) -> None:
    for name in ("input", "options", "model", "weights"):
        now, then = _flat(name, manifest.get(name)), _flat(name, begun.get(name))
        for place in sorted({*now, *then}):
            if now.get(place) != then.get(place):
                raise InputError(
                    f"{place} must be {then.get(place)!r} as when {root} was begun, got "
                    f"{now.get(place)!r}; --again does everything anew"
                )


def _flat(name: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(value, Mapping):
        return {name: value}
    return {f"{name} {key}": inner for key, inner in value.items()}
