"""How the capture network learns: simulated users speak in rounds, and it answers each.

The sheet `dfimat`, sections 4.7 and 6.  Users look at masks of a quarter of the size, as the
network answers them, so that hours do not go into finding where to click.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from penumbra.core.arrays import Alpha
from penumbra.core.errors import require
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.data.users import (
    ROUNDS,
    ProtocolName,
    Target,
    UserOptions,
    first_round,
    joined,
    next_round,
)
from penumbra.systems.dfimat.gathering import SceneBatch
from penumbra.systems.dfimat.iscn.conflicts import CLICK_RADIUS
from penumbra.systems.dfimat.iscn.losses import MaskPoints, Truth, iscn_loss, mask_targets
from penumbra.systems.dfimat.iscn.network import PIXEL_STRIDE, Answer, IscnNetwork, Seen
from penumbra.systems.dfimat.iscn.points import Points, along, points_of, thinned
from penumbra.systems.dfimat.iscn.prompts import Prompts
from penumbra.systems.dfimat.iscn.raster import (
    Strokes,
    conflicts_of,
    masks_before,
    paint_strokes,
)
from penumbra.systems.dfimat.text.encoder import load_text_encoder
from penumbra.systems.dfimat.text.phrases import Encoded

Mix = tuple[float, float, float, float, float]

PROTOCOLS: tuple[ProtocolName, ...] = ("mixed", "click", "scribble", "box", "text")
MIXED: Mix = (0.6, 0.1, 0.1, 0.1, 0.1)
"""How often users follow each protocol."""

_HAND = UserOptions(width=(3.0 / PIXEL_STRIDE, 10.0 / PIXEL_STRIDE), jitter=0.1)
_MARKS = 16  # points of a scribble's line when it is painted


@dataclass(frozen=True)
class CaptureLoss:
    """Of the rounds of an episode, their mean.

    Attributes:
        mix: How often users follow each of `PROTOCOLS`.
        rounds: At most; a protocol may have fewer.
        unroll: Whether all rounds are learned from, or one of them, drawn, alone ("last").
        nobody: Share of the users who ask for somebody who is not there.
        spoilt: Share of the previous masks that are made worse, lest they are trusted too much.
        modality_drop: Probability that what a mixed user writes is not heard.
    """

    mix: Mix = MIXED
    rounds: int = 5
    unroll: str = "all"
    nobody: float = 0.07
    spoilt: float = 0.2
    modality_drop: float = 0.0

    def __post_init__(self) -> None:
        is_right = len(self.mix) == len(PROTOCOLS) and min(self.mix) >= 0 and sum(self.mix) > 0
        require(is_right, "mix", f"{len(PROTOCOLS)} numbers, not below 0 nor all 0", self.mix)
        require(self.rounds >= 1, "rounds", "at least 1", self.rounds)
        require(self.unroll in ("all", "last"), "unroll", "all or last", self.unroll)
        for name in ("nobody", "spoilt", "modality_drop"):
            share = getattr(self, name)
            require(0 <= share <= 1, name, "in [0, 1]", share)

    def __call__(self, network: nn.Module, batch: SceneBatch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        return self.episode(_network(network), batch).terms

    def episode(self, network: IscnNetwork, batch: SceneBatch) -> "Episode":
        """Let users speak and the network answer, all rounds."""
        rng = np.random.default_rng(int(torch.randint(1 << 31, ())))
        points = MaskPoints(network.config.loss_points)
        seen = network.look(batch.image)
        talk = Conversation(batch, rng, self)
        truth = talk.truth(batch)
        last = int(rng.integers(1, self.rounds + 1)) if self.unroll == "last" else self.rounds
        counted: list[dict[str, Tensor]] = []
        memory: Tensor | None = None
        for number in range(1, last + 1):
            is_learned = self.unroll == "all" or number == last
            with torch.set_grad_enabled(is_learned and torch.is_grad_enabled()):
                prompts, conflicts = talk.prompts(network, memory)
                answer = network.round(seen, prompts, memory, conflicts)
                if is_learned:
                    has_objects = not counted
                    counted.append(iscn_loss(answer, truth, points, has_objects))
            memory = talk.answered(answer)
            if number < last:
                talk.go_on(memory)
        names = dict.fromkeys(name for terms in counted for name in terms)
        terms = {
            name: torch.stack([terms[name] for terms in counted if name in terms]).sum()
            / (1 if name.startswith("object") else len(counted))
            for name in names
        }
        is_there = torch.tensor([not it for it in talk.is_nobody], device=batch.image.device)
        return Episode(terms, seen, answer.mask, is_there)


class Episode(NamedTuple):
    """What came out of all rounds.

    Attributes:
        terms: Of the loss.
        seen: Of the images.
        logits: (B, 1, H / 4, W / 4) of the last mask, with their gradient.
        is_there: (B,) bool, whether anybody was asked for who is there.
    """

    terms: dict[str, Tensor]
    seen: Seen
    logits: Tensor
    is_there: Tensor


class Conversation:
    """Simulated users of a batch, what they said so far, and what is new.

    Args:
        batch: The pictures.
        rng: Draws everything.
        how: Which users there are.
    """

    def __init__(self, batch: SceneBatch, rng: np.random.Generator, how: CaptureLoss) -> None:
        self._size = (batch.image.shape[2], batch.image.shape[3])
        self._device = batch.image.device
        self._how = how
        small = torch.nn.functional.avg_pool2d(batch.alphas, PIXEL_STRIDE).cpu().numpy()
        wanted, chances = batch.wanted.tolist(), np.array(how.mix) / sum(how.mix)
        self.is_nobody = [
            bool(rng.random() < how.nobody) and bool(others) for others in batch.strangers
        ]
        numbers = rng.choice(len(PROTOCOLS), len(wanted), p=chances).tolist()
        self._users = [
            _User(alphas, person, sentences, rng.spawn(1)[0], PROTOCOLS[number])
            for alphas, person, sentences, number in zip(
                small, wanted, batch.sentences, numbers, strict=True
            )
        ]
        strangers = zip(self._users, self.is_nobody, batch.strangers, strict=True)
        for user, is_nobody, others in strangers:
            if is_nobody:
                user.ask_for(others)
            elif how.modality_drop > 0 and user.rng.random() < how.modality_drop:
                user.fall_silent()

    def truth(self, batch: SceneBatch) -> Truth:
        """Return what the network is to answer."""
        people = mask_targets(batch.alphas)
        target = mask_targets(batch.alpha)
        is_there = torch.tensor([not it for it in self.is_nobody], device=self._device)
        target = target * is_there[:, None, None, None]
        is_person = batch.is_person & people.flatten(2).any(dim=2)
        return Truth(target, people, is_person)

    def prompts(self, network: IscnNetwork, memory: Tensor | None) -> tuple[Prompts, Tensor | None]:
        """Return all that was said, and where what is new contradicts the mask before."""
        config = network.config
        said = [user.points(config.scribble_points, config.token_budget, config.box_tokens)
                for user in self._users]  # fmt: skip
        texts = [user.text for user in self._users]
        conflicts = None
        if memory is not None and network.reasoning is not None:
            is_all = config.crm_scope == "all"
            marks = [user.marks(is_all) for user in self._users]
            boxes = None
            if config.crm_box:
                sides = [user.inside(is_all) for user in self._users]
                boxes = torch.tensor(sides, dtype=torch.float32, device=self._device)
            painted = paint_strokes(_strokes(marks, self._device), *self._size, boxes)
            conflicts = conflicts_of(painted, masks_before(memory, *self._size))
        return _prompts(said, texts, config.text_encoder, self._device), conflicts

    def answered(self, answer: Answer) -> Tensor:
        """Return the logits that the next round remembers, some of them made worse."""
        logits = answer.mask.detach().float()
        is_spoilt = torch.rand(len(logits)) < self._how.spoilt
        if not is_spoilt.any():
            return logits
        worse = logits.clone()
        for row in is_spoilt.nonzero()[:, 0].tolist():
            worse[row, 0] = _spoilt(logits[row, 0], self._users[row].rng)
        return worse

    def go_on(self, memory: Tensor) -> None:
        """Let every user look at the answer, and say what is wrong."""
        shown = memory.sigmoid().cpu().numpy()[:, 0]
        with ThreadPoolExecutor(max_workers=4) as workers:
            list(workers.map(_User.look, self._users, shown))


class _User:
    """One user; coordinates at a quarter of the size.

    Args:
        alphas: (P, h, w), all people.
        person: Who is wanted.
        sentences: About that one.
        rng: Draws everything.
        protocol: How the user speaks.
    """

    def __init__(
        self,
        alphas: NDArray[np.float32],
        person: int,
        sentences: tuple[str, ...],
        rng: np.random.Generator,
        protocol: ProtocolName,
    ) -> None:
        self.rng = rng
        alpha = alphas[person]
        if not (alpha > 0.5).any():  # too small for this grid
            alpha = alpha / max(float(alpha.max()), 1e-6)
        others = np.asarray((np.delete(alphas, person, axis=0) > 0.5).any(axis=0))
        self._target = Target(np.clip(alpha, 0, 1), others, sentences)
        self._protocol = protocol if sentences or protocol != "text" else "box"
        self._new = first_round(self._target, self._protocol, rng, _HAND)
        self._older = Hints()
        self._left = ROUNDS[self._protocol] - 1

    @property
    def text(self) -> str:
        """What was written; nothing if nothing was."""
        return joined(self._older, self._new).text or ""

    def ask_for(self, strangers: tuple[str, ...]) -> None:
        """Want somebody else, by words alone: one who is not there."""
        self._new = Hints(text=strangers[int(self.rng.integers(len(strangers)))])
        self._left = 0

    def fall_silent(self) -> None:
        """Take back what was written, if anything else was said."""
        if self._new.kinds > {"text"}:
            self._new = replace(self._new, text=None)

    def look(self, shown: Alpha) -> None:
        """Answer a mask, (h, w) in [0, 1]."""
        self._older = joined(self._older, self._new)
        self._new = Hints()
        if self._left > 0:
            self._left -= 1
            given = self._older
            self._new = next_round(self._target, shown, self._protocol, self.rng, given, _HAND)

    def points(self, per_scribble: int, budget: int, has_grid: bool) -> Points:
        """Return all points, as shares of the picture."""
        height, width = self._target.alpha.shape
        older, newest = (
            points_of(_marks(it, has_box=True), height, width, per_scribble, has_grid)
            for it in (self._older, self._new)
        )
        return thinned(older, newest, budget)

    def marks(self, is_all: bool) -> list[Click | Scribble]:
        """Return the clicks and scribbles of this round, or of all, in pixels of the picture."""
        hints = self._said(is_all)
        return [_enlarged(it) for it in _marks(hints, has_box=False) if not isinstance(it, Box)]

    def inside(self, is_all: bool) -> tuple[float, float, float, float]:
        """Return the box of this round, or of all, in pixels of the picture; all of it without."""
        height, width = self._target.alpha.shape
        box = self._said(is_all).box or Box(0, 0, width, height)
        x0, y0, x1, y1 = (PIXEL_STRIDE * it for it in (box.x0, box.y0, box.x1, box.y1))
        return x0, y0, x1, y1

    def _said(self, is_all: bool) -> Hints:
        return joined(self._older, self._new) if is_all else self._new


def _marks(hints: Hints, has_box: bool) -> list[Click | Scribble | Box]:
    marks: list[Click | Scribble | Box] = [*hints.clicks, *hints.scribbles]
    if has_box and hints.box is not None:
        marks.insert(0, hints.box)
    return marks


def _enlarged(mark: Click | Scribble) -> Click | Scribble:
    if isinstance(mark, Click):
        return replace(mark, x=PIXEL_STRIDE * mark.x, y=PIXEL_STRIDE * mark.y)
    points = tuple((PIXEL_STRIDE * x, PIXEL_STRIDE * y) for x, y in mark.points)
    return replace(mark, points=points, width=PIXEL_STRIDE * mark.width)


def _prompts(
    said: Sequence[Points], texts: Sequence[str], encoder: str, device: torch.device
) -> Prompts:
    """Return what a batch said; None for what nobody did."""
    prompts = Prompts()
    most = max(len(it.kinds) for it in said)
    if most:
        places = np.zeros((len(said), most, 2), np.float32)
        kinds = np.zeros((len(said), most), np.int64)
        padding = np.ones((len(said), most), np.bool_)
        for row, it in enumerate(said):
            count = len(it.kinds)
            places[row, :count], kinds[row, :count], padding[row, :count] = *it, False
        prompts = prompts._replace(
            points=torch.from_numpy(places).to(device),
            kinds=torch.from_numpy(kinds).to(device),
            point_padding=torch.from_numpy(padding).to(device),
        )
    require(encoder != "clip", "text_encoder", "one that is here: minilm or toy", encoder)
    read: Encoded = load_text_encoder("toy" if encoder == "toy" else "minilm").encode(texts)
    if read.mask.any():
        prompts = prompts._replace(
            text=torch.from_numpy(read.tokens).to(device),
            text_padding=torch.from_numpy(~read.mask).to(device),
            sentence=torch.from_numpy(read.sentence).to(device),
        )
    return prompts


def _strokes(marks: Sequence[Sequence[Click | Scribble]], device: torch.device) -> Strokes:
    """Return clicks and scribbles of a batch, for painting."""
    most = max(1, *(len(it) for it in marks))
    points = np.zeros((len(marks), most, _MARKS, 2), np.float32)
    widths = np.ones((len(marks), most), np.float32)
    signs = np.zeros((len(marks), most), np.int64)
    for row, each in enumerate(marks):
        for column, mark in enumerate(each):
            if isinstance(mark, Click):
                line = np.floor([(mark.x, mark.y)]) + 0.5
                widths[row, column] = 2.0 * CLICK_RADIUS
            else:
                line = along(mark.points, _MARKS)
                widths[row, column] = mark.width
            points[row, column] = line[-1]
            points[row, column, : len(line)] = line
            signs[row, column] = 1 if mark.is_foreground else -1
    return Strokes(*(torch.from_numpy(it).to(device) for it in (points, widths, signs)))


def _spoilt(logits: Tensor, rng: np.random.Generator) -> Tensor:
    """Return a mask, (h, w), eroded or dilated by up to 15 pixels of the picture, or nothing."""
    if rng.random() < 0.1:
        return torch.full_like(logits, -8.0)
    size = 2 * int(rng.integers(1, 15 // PIXEL_STRIDE + 1)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    change = cv2.erode if rng.random() < 0.5 else cv2.dilate
    worse = np.asarray(change(logits.cpu().numpy(), kernel), np.float32)
    return torch.from_numpy(worse).to(logits.device)


def captured(network: nn.Module, batch: SceneBatch) -> Tensor:
    """Return 1 - IoU after one round of the mixed protocol and one of corrections, (B,) mean.

    For validation.
    """
    whole, how = _network(network), CaptureLoss(spoilt=0.0, nobody=0.0)
    talk = Conversation(batch, np.random.default_rng(0), how)
    seen, memory = whole.look(batch.image), None
    for _ in range(2):
        prompts, conflicts = talk.prompts(whole, memory)
        memory = talk.answered(whole.round(seen, prompts, memory, conflicts))
        talk.go_on(memory)
    assert memory is not None
    found, wanted = memory > 0, mask_targets(batch.alpha) > 0
    both = (found & wanted).flatten(1).sum(dim=1)
    either = (found | wanted).flatten(1).sum(dim=1)
    return 1 - (both / either.clamp(min=1)).mean()


def mask_of(network: nn.Module, batch: SceneBatch) -> Tensor:
    """Return the mask after a first round, (B, 1, H, W) in [0, 1]; for previews."""
    whole = _network(network)
    talk = Conversation(batch, np.random.default_rng(0), CaptureLoss(nobody=0.0))
    prompts, _ = talk.prompts(whole, None)
    logits = whole(batch.image, prompts).mask
    size = batch.image.shape[2:]
    return torch.nn.functional.interpolate(logits.float(), size, mode="bilinear").sigmoid()


def _network(network: nn.Module) -> IscnNetwork:
    assert isinstance(network, IscnNetwork), "this loss knows the answers of this network alone"
    return network
