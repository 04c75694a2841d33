"""What the three stages of training minimise.

Wei et al., CVPR 2021, equations 1 to 7; the sheet `clicks`, section 4.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate, pad

from penumbra.core.errors import require
from penumbra.systems.clicks.network import MULTIPLE, ClicksNetwork
from penumbra.systems.clicks.rounds import clicked
from penumbra.systems.clicks.windows import crops, hard_windows
from penumbra.training.clicking import Clicking
from penumbra.training.compose import Batch
from penumbra.training.validation import evaluating

GradMode = Literal["mag", "xy"]
Density = Literal["laplace", "gauss"]

_NOTHING = 100.0  # pixels that are right whatever is answered
_SMOOTH = 1e-6  # under the root of a gradient's size
_SELDOM = 0.2  # of its error counts where a window is hopeless
_COARSE = (2, 4, 8)  # what a coarsened matte is shrunk by, before it is enlarged again


@dataclass(frozen=True)
class AlphaLoss:
    """Of the first stage, which learns alpha from pictures and simulated clicks.

    Attributes:
        clicking: How clicks are simulated.
        grad_mode: Whether sizes of gradients are compared, or both of their components.
        grad_scale: What Sobel's responses are divided by.
        overlap: Weight of `overlap_loss`; the paper has none.
        silent: Whether every sample is learned from a second time, without any click: so a network
            that learns to be told learns to guess from as many samples as one that never is.
    """

    clicking: Clicking = field(default_factory=Clicking)
    grad_mode: GradMode = "mag"
    grad_scale: float = 8.0
    overlap: float = 0.0
    silent: bool = False

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        whole = _network(network)
        hints, previous = clicked(whole, batch, self.clicking)
        if self.silent:
            # One batch, so that what is normalised is the same mixture as at inference.
            batch = Batch(*(torch.cat([plane, plane]) for plane in batch))
            hints, previous = (torch.cat([it, torch.zeros_like(it)]) for it in (hints, previous))
        return self.terms(whole(batch.image, hints, previous), batch)

    def terms(self, alpha: Tensor, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the loss of an alpha, (B, 1, H, W)."""
        apart = gradient_errors(alpha, batch.alpha, self.grad_mode, self.grad_scale)
        # The jagged edges of masks are no gradients of a matte.
        is_matte = batch.is_composite[:, None, None, None].float()
        terms = {
            "regression": regression_loss(alpha, batch.alpha),
            "gradient": (is_matte * apart).mean(),
        }
        if self.overlap > 0:
            terms["overlap"] = self.overlap * overlap_loss(alpha, batch.alpha)
        return terms


@dataclass(frozen=True)
class UncertaintyLoss:
    """Of the second stage, which learns how wrong alpha is; alpha itself stays as it is.

    Attributes:
        clicking: How clicks are simulated.
        density: Of errors: Laplace's, whose scale is the mean absolute error, or a normal one.
        beside: Of the first stage, with which the rest of the network learns on; the paper warns
            of that.  None leaves the rest as it is.
    """

    clicking: Clicking = field(default_factory=Clicking)
    density: Density = "laplace"
    beside: AlphaLoss | None = None

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        whole = _network(network)
        hints, previous = clicked(whole, batch, self.clicking)
        with ExitStack() as frozen:
            if self.beside is None:
                frozen.enter_context(evaluating(whole))
                frozen.enter_context(torch.no_grad())
            seen = whole.look(batch.image)
            maps = whole.think(seen, hints, previous)
            alpha = whole.alpha_of(seen, maps)
        scale = whole.log_uncertainty_of(seen, maps)
        terms = {"likelihood": likelihood_loss(scale, alpha, batch.alpha, self.density)}
        return terms if self.beside is None else terms | self.beside.terms(alpha, batch)


@dataclass(frozen=True)
class RefineLoss:
    """Of the third stage, which learns to polish the windows where alpha is most wrong.

    Attributes:
        clicking: How clicks are simulated.
        size: Side of the windows, pixels.
        count: Windows of each sample, at most.
        hard_share: Share of a window's pixels, those of the largest error, that count twice.
        hard_weight: How much they count the second time; 0 for the plain mean.
        shrinks: By one of which a sample is shrunk for alpha, all as likely: photographs are
            larger than what the network sees, and are refined at their own size.
        hopeless: Mean error of a window above which it is to stay as it is: what is wrong through
            and through is a matter of clicks, not of polish.  Few of these are looked at.
        coarsened: Share of the batches in which the matte to polish is the true one as a small
            working size would show it, so that polish is learned before alpha is any good.
        squared: Weight of squared errors beside the absolute ones; the paper has none.  An absolute
            error is least at the likelier of black and white, so it makes sharp what is doubtful.
    """

    clicking: Clicking = field(default_factory=Clicking)
    size: int = 64
    count: int = 8
    hard_share: float = 0.2
    hard_weight: float = 1.0
    shrinks: tuple[int, ...] = (1,)
    hopeless: float = 1.0
    coarsened: float = 0.0
    squared: float = 0.0

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        whole = _network(network)
        side = batch.alpha.shape[2]
        fitting = [it for it in self.shrinks if side % (it * MULTIPLE) == 0]
        require(bool(fitting), "size", f"a multiple of {min(self.shrinks) * MULTIPLE}", side)
        if float(torch.rand(())) < self.coarsened:
            by = _COARSE[int(torch.randint(len(_COARSE), ()))]
            small = avg_pool2d(batch.alpha, by)
            alpha = interpolate(small, scale_factor=float(by), mode="bilinear")
        else:
            alpha = self._answered(whole, batch, fitting[int(torch.randint(len(fitting), ()))])
        wrong = (alpha - batch.alpha).abs()
        ranked = torch.where(self._around(wrong) > self.hopeless, _SELDOM * wrong, wrong)
        corners = hard_windows(ranked, self.size, self.count)
        image, given, truth = (
            crops(plane, corners, self.size) for plane in (batch.image, alpha, batch.alpha)
        )
        is_hopeless = (given - truth).abs().mean(dim=(1, 2, 3), keepdim=True) > self.hopeless
        truth = torch.where(is_hopeless, given, truth)
        refined = whole.refiner(image, given)
        error = (refined - truth).abs()
        terms = {"window": error.mean()}
        if self.hard_weight > 0:
            terms["hard"] = self.hard_weight * hard_mean(error, self.hard_share)
        if self.squared > 0:
            terms["squared"] = self.squared * error.square().mean()
        return terms

    def _answered(self, whole: ClicksNetwork, batch: Batch, shrink: int) -> Tensor:
        """Return the network's own alpha of samples that it sees shrunk."""
        seen, how = _shrunk(batch, shrink), self.clicking
        clicking = replace(how, radius=how.radius / shrink, distance=how.distance / shrink)
        hints, previous = clicked(whole, seen, clicking)
        with evaluating(whole), torch.no_grad():
            alpha = whole(seen.image, hints, previous)
        return interpolate(alpha, scale_factor=float(shrink), mode="bilinear")

    def _around(self, plane: Tensor) -> Tensor:
        """Return means over about a window around each pixel, in blocks of 8 x 8."""
        reach = self.size // 16
        blocks = avg_pool2d(plane, 8)
        means = avg_pool2d(blocks, 2 * reach + 1, 1, reach, count_include_pad=False)
        return interpolate(means, scale_factor=8.0, mode="nearest")


def regression_loss(alpha: Tensor, alpha_true: Tensor) -> Tensor:
    """Return |d| over what is half transparent plus d^2 over the rest, means of each picture.

    Args:
        alpha: (B, 1, H, W) in [0, 1].
        alpha_true: (B, 1, H, W) in [0, 1].

    Source:
        Equation 1; the mean over pictures is taken afterwards, so that those with much hair do not
        weigh more.
    """
    error = (alpha - alpha_true).flatten(1)
    truth = alpha_true.flatten(1)
    is_soft = ((truth > 0) & (truth < 1)).float()
    soft = (is_soft * error.abs()).sum(dim=1) / is_soft.sum(dim=1).clamp(min=1)
    solid = ((1 - is_soft) * error.square()).sum(dim=1) / (1 - is_soft).sum(dim=1).clamp(min=1)
    return (soft + solid).mean()


def overlap_loss(alpha: Tensor, alpha_true: Tensor) -> Tensor:
    """Return 1 - the sum of minima / the sum of maxima, mean over pictures: 0 if and only if equal.

    A small object weighs as much as a large one, and a doubtful inside pulls as hard as a wrong
    one, where squares let go of both.  `_NOTHING` pixels are added to both sums, so that where
    there is no object, less is better, too.

    Args:
        alpha: (B, 1, H, W) in [0, 1].
        alpha_true: (B, 1, H, W) in [0, 1].

    Source:
        The weighted form of Jaccard's index (Ruzicka); for masks Rahman, Wang, "Optimizing
        intersection-over-union in deep neural networks for image segmentation", ISVC 2016.
    """
    ours, theirs = alpha.flatten(1), alpha_true.flatten(1)
    both = torch.minimum(ours, theirs).sum(dim=1) + _NOTHING
    either = torch.maximum(ours, theirs).sum(dim=1) + _NOTHING
    return (1 - both / either).mean()


def gradient_errors(
    alpha: Tensor, alpha_true: Tensor, mode: GradMode = "mag", scale: float = 8.0
) -> Tensor:
    """Return how far the gradients of two mattes are apart at each pixel, (B, 1, H, W).

    Args:
        alpha: (B, 1, H, W).
        alpha_true: (B, 1, H, W).
        mode: "mag" compares sizes, "xy" adds what both components differ by.
        scale: What Sobel's responses are divided by.

    Source:
        Equation 2.
    """
    ours, theirs = (_sobel(plane) / scale for plane in (alpha, alpha_true))
    if mode == "xy":
        return (ours - theirs).abs().sum(dim=1, keepdim=True)
    return (_length(ours) - _length(theirs)).abs()


def likelihood_loss(
    scale: Tensor, alpha: Tensor, alpha_true: Tensor, density: Density = "laplace"
) -> Tensor:
    """Return the negative log-likelihood of the error of alpha, mean over all pixels.

    Args:
        scale: (B, 1, H, W) logarithm of the uncertainty, float32.
        alpha: (B, 1, H, W); nothing is learned through it.
        alpha_true: (B, 1, H, W).
        density: "laplace", s + |d| / exp(s), or "gauss", s + d^2 / (2 exp(2 s)); without
            constants.

    Source:
        Equations 3 to 6.
    """
    error = (alpha.detach().float() - alpha_true).abs()
    if density == "gauss":
        return (scale + 0.5 * error.square() * (-2 * scale).exp()).mean()
    return (scale + error * (-scale).exp()).mean()


def hard_mean(error: Tensor, share: float) -> Tensor:
    """Return the mean over the pixels of the largest error, share by window.

    Args:
        error: (B, 1, H, W), at least 0.
        share: Of the pixels, rounded up; in (0, 1].

    Source:
        Equation 7, which ranks by the error of the refined matte.
    """
    flat = error.flatten(1)
    count = -int(-share * flat.shape[1] // 1)
    return flat.topk(count, dim=1).values.mean()


def alpha_shown(clicking: Clicking, network: nn.Module, batch: Batch) -> Tensor:
    """Return what the network answers to simulated clicks, (B, 1, H, W); for previews."""
    whole = _network(network)
    hints, previous = clicked(whole, batch, clicking)
    return whole(batch.image, hints, previous)


def _shrunk(batch: Batch, by: int) -> Batch:
    """Return what is seen of samples at a smaller size: means of by x by pixels."""
    if by == 1:
        return batch
    image, alpha, distractor = (
        avg_pool2d(plane, by) for plane in (batch.image, batch.alpha, batch.distractor)
    )
    return batch._replace(image=image, alpha=alpha, distractor=distractor)


def _sobel(plane: Tensor) -> Tensor:
    """Return both responses of a plane (B, 1, H, W), (B, 2, H, W); its border is repeated.

    Sums and differences instead of a convolution, which would be in 16 bits on a card.
    """
    wide = pad(plane, (1, 1, 1, 1), mode="replicate")
    across = wide[..., 2:] - wide[..., :-2]
    down = wide[..., 2:, :] - wide[..., :-2, :]
    across = across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]
    down = down[..., :-2] + 2 * down[..., 1:-1] + down[..., 2:]
    return torch.cat([across, down], dim=1)


def _length(gradient: Tensor) -> Tensor:
    return (gradient.square().sum(dim=1, keepdim=True) + _SMOOTH).sqrt()


def _network(network: nn.Module) -> ClicksNetwork:
    assert isinstance(network, ClicksNetwork), "this loss knows the parts of this network alone"
    return network
