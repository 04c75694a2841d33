"""Teach the refinement network of `clicks` on windows of what the room answers.

    python scripts/polish_clicks.py runs/windows/a.npz runs/windows/b.npz --minutes 40 \
        --out runs/polish
    penumbra export clicks runs/polish/best

Goes on from the weights that ship; nothing else of the network changes.  Windows are those of
`scripts/polish_windows.py`, half of each batch from pictures that are more than twice as large as
what the networks see.  Learned is from absolute errors, from those of the worst fifth of the
pixels once more, and from squared ones: an absolute error is least at the likelier of black and
white, and makes sharp what is doubtful.  Of windows that are wrong by more than a quarter on
average, which are a matter of clicks, one in five is learned from, and counts a fifth; if they
counted as much, all edges would become softer.  Every tenth picture is held aside: what is printed
is the error of its windows after polish over that before, absolute and squared.  Writes OUT/best,
which is what to export, now and then and at the end.
"""

import argparse
import math
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from penumbra.nn.weights import load_weights
from penumbra.systems.clicks.graphs import network as make_network
from penumbra.systems.clicks.losses import hard_mean
from penumbra.systems.clicks.refine import REACH, RefineNetwork
from penumbra.systems.clicks.system import weights_of_room
from penumbra.training.checkpoint import save_best
from penumbra.training.ema import Ema
from penumbra.training.provenance import commit, hardware, versions
from penumbra.weights import Entry

BATCH = 48
LR, WARMUP = 5e-4, 100
DECAY = 0.998  # of the average, which is what is written
HARD = 0.2
SQUARED = 3.0
HOPELESS, SELDOM = 0.25, 0.2
LARGE = 2.0  # zoom beyond which pictures are large
HELD = 10  # every so many pictures one is held aside
EVERY = 150  # steps

Batch = tuple[Tensor, Tensor, Tensor]
"""Images (B, 3, H, W), alpha and true alpha, (B, 1, H, W)."""


class Windows:
    """All windows.

    Attributes:
        is_held: (N,) whether its picture is held aside.
        is_large: (N,) whether its picture is.
        mean: (N,) mean absolute error of alpha without the halo.
    """

    def __init__(self, files: list[Path]) -> None:
        found = [dict(np.load(file)) for file in files]
        self._image, self._alpha, self._true, zoom = (
            np.concatenate([each[name] for each in found])
            for name in ("image", "alpha", "alpha_true", "zoom")
        )
        numbers = np.concatenate([each["picture"] + n for n, each in enumerate(found)])
        self.is_held, self.is_large = numbers % HELD == 0, zoom > LARGE
        self.mean = np.empty(len(zoom), np.float32)
        for number, alpha in enumerate(self._alpha):
            error = np.abs(alpha - self._true[number] / np.float32(255))
            self.mean[number] = error[REACH:-REACH, REACH:-REACH].mean()

    def batch(self, chosen: NDArray[np.int64]) -> Batch:
        """Return windows by their numbers."""
        image = torch.from_numpy(self._image[chosen]).permute(0, 3, 1, 2).float() / 255
        alpha = torch.from_numpy(self._alpha[chosen]).float()[:, None]
        alpha_true = torch.from_numpy(self._true[chosen]).float()[:, None] / 255
        return image.contiguous(memory_format=torch.channels_last), alpha, alpha_true

    def learned(self, rng: np.random.Generator) -> list[NDArray[np.int64]]:
        """Return numbers of what is learned from, of small and of large pictures."""
        is_used = ~self.is_held & ((self.mean < HOPELESS) | (rng.random(len(self.mean)) < SELDOM))
        parts = [np.flatnonzero(is_used & kind) for kind in (~self.is_large, self.is_large)]
        return [part for part in parts if len(part)]


def main() -> None:
    """Read windows, learn, write a checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("windows", type=Path, nargs="+")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    torch.manual_seed(1)
    entry = next(it for it in weights_of_room() if it.graph == "refine")
    # Weights of before there was `reach` are without it.
    config = {"reach": False, **entry.config}
    whole = make_network(config)
    header = load_weights(shipped(entry), whole, entry.torch_sha256)
    windows = Windows(arguments.windows)
    run = {
        "room": entry.room,
        "variant": entry.variant,
        "commit": commit(),
        "hardware": hardware(torch.device("cpu"), 1),
        "data": [{"name": it.name, "terms": it.terms} for it in entry.data],
        "track": entry.licence,
        "versions": versions(),
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    refiner = deepcopy(whole.refiner)
    for learned in learn(refiner, windows, arguments.minutes):
        how = {"steps": learned.steps, "minutes": learned.minutes, "windows": len(windows.mean)}
        whole.refiner.load_state_dict(learned.average.state_dict())
        about = replace(header, config=config, recipe={**header.recipe, "polish": how})
        minutes = {"minutes": entry.minutes + learned.minutes}
        print(f"wrote {save_best(arguments.out, whole, about, run | minutes)}", flush=True)


def shipped(entry: Entry) -> Path:
    """Return the weights for torch of what ships; they are in the repository alone."""
    return Path(str(files("penumbra.weights"))) / f"{entry.room}-{entry.variant}.safetensors"


class Learned(NamedTuple):
    """What was learned so far.

    Attributes:
        steps: So far.
        minutes: So far.
        average: The averaged network.
    """

    steps: int
    minutes: float
    average: nn.Module


def learn(refiner: RefineNetwork, windows: Windows, minutes: float) -> Iterator[Learned]:
    """Learn for some minutes; yield what was learned every so many steps and at the end."""
    rng = np.random.default_rng(1)
    parts = windows.learned(rng)
    print("windows learned from, of small and of large pictures:", [len(part) for part in parts])
    network = refiner.train()
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its stubs
    average = Ema(network, DECAY)
    optimiser = torch.optim.AdamW(network.parameters(), lr=LR, weight_decay=1e-3)
    began, step, minute = time.monotonic(), 0, 0.0
    print(step, told(average.network, windows), flush=True)
    while minute < minutes:
        rate = LR * min(1, (step + 1) / WARMUP) * (0.5 + 0.5 * math.cos(math.pi * minute / minutes))
        for group in optimiser.param_groups:
            group["lr"] = rate
        chosen = [rng.choice(part, BATCH // len(parts)) for part in parts]
        loss = loss_of(network, turned(windows.batch(np.concatenate(chosen)), rng))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        average.update()
        step, minute = step + 1, (time.monotonic() - began) / 60
        if step % EVERY == 0 or minute >= minutes:
            print(step, f"{minute:.1f} minutes:", told(average.network, windows), flush=True)
            yield Learned(step, minute, average.network)


def loss_of(network: nn.Module, batch: Batch) -> Tensor:
    """Return what is learned from."""
    image, alpha, alpha_true = batch
    error = _inner(network(image, alpha) - alpha_true).abs()
    wrong = _inner(alpha - alpha_true).abs().mean(dim=(1, 2, 3), keepdim=True)
    weight = torch.where(wrong > HOPELESS, SELDOM, 1.0)
    absolute, squared = weight * error, weight * error.square()
    return absolute.mean() + hard_mean(absolute, HARD) + SQUARED * squared.mean()


def turned(batch: Batch, rng: np.random.Generator) -> Batch:
    """Return the batch on one of the eight sides that a square has."""
    image, alpha, alpha_true = batch
    for axes in ((2,), (3,)):
        if rng.random() < 0.5:
            image, alpha, alpha_true = (it.flip(axes) for it in (image, alpha, alpha_true))
    if rng.random() < 0.5:
        image, alpha, alpha_true = (it.transpose(2, 3) for it in (image, alpha, alpha_true))
    return image.contiguous(memory_format=torch.channels_last), alpha, alpha_true


def told(network: nn.Module, windows: Windows) -> str:
    """Return errors of windows held aside after polish over those before."""
    texts = []
    for name, kind in (("small", ~windows.is_large), ("large", windows.is_large)):
        for state, is_near in (("right", windows.mean < 0.1), ("wrong", windows.mean >= 0.1)):
            chosen = np.flatnonzero(windows.is_held & kind & is_near)[:1000]
            sums = np.zeros(4)
            for first in range(0, len(chosen), 100):
                image, alpha, alpha_true = windows.batch(chosen[first : first + 100])
                with torch.no_grad():
                    polished = network(image, alpha)
                before, after = (_inner(it - alpha_true).abs() for it in (alpha, polished))
                sums += [float((it**p).sum()) for p in (1, 2) for it in (after, before)]
            if len(chosen):
                texts.append(f"{name}, {state} {sums[0] / sums[1]:.3f} {sums[2] / sums[3]:.3f}")
    return "; ".join(texts)


def _inner(plane: Tensor) -> Tensor:
    """Return a window without its halo."""
    return plane[..., REACH:-REACH, REACH:-REACH]


if __name__ == "__main__":
    main()
