"""What the network is told while it learns: clicks at random, then some that correct it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

from penumbra.data.simulate import corrective_click
from penumbra.systems.clicks.network import ClicksNetwork
from penumbra.training.clicking import Clicking, painted, random_clicks
from penumbra.training.compose import Batch
from penumbra.training.validation import evaluating


def clicked(network: ClicksNetwork, batch: Batch, how: Clicking) -> tuple[Tensor, Tensor]:
    """Return a map of hints, and the matte that they correct; both (B, 1, H, W).

    On some batches a few rounds are played without learning from them: each adds a click in the
    middle of the worst region of the network's own answer.  Half of these samples begin with no
    click at all, as people do.

    Args:
        network: Is asked in evaluation mode, and left as it was.
        batch: Of samples.
        how: Clicks are simulated.

    Source:
        Rounds: Sofiiuk et al., "Reviving iterative training with mask guidance for interactive
        segmentation", ICIP 2022.
    """
    height, width = batch.alpha.shape[2:]
    clicks = random_clicks(batch.alpha, batch.distractor, how)
    hints = painted(clicks, how.radius, height, width)
    previous = torch.zeros_like(hints)
    if not (how.has_hints and float(torch.rand(())) < how.corrected):
        return hints, previous
    clicks[torch.rand(len(clicks), device=clicks.device) < 0.5] = 0
    hints = painted(clicks, how.radius, height, width)
    truths = batch.alpha[:, 0].cpu().numpy()
    rounds = int(torch.randint(how.rounds + 1, ()))
    with ThreadPoolExecutor(torch.get_num_threads()) as workers:
        for _ in range(rounds):
            with evaluating(network), torch.no_grad():
                previous = network(batch.image, hints, previous).float()
            answers = previous[:, 0].cpu().numpy()
            more = list(workers.map(_correction, answers, truths, clicks.tolist()))
            clicks = torch.cat([clicks, torch.tensor(more, device=clicks.device)[:, None]], dim=1)
            hints = painted(clicks, how.radius, height, width)
    return hints, previous


def _correction(
    answer: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    truth: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
    clicks: list[list[int]],
) -> list[int]:
    """Return column, row and label of the next click; label 0 where none is needed."""
    taken = [(row, col) for col, row, label in clicks if label]
    click = corrective_click(answer, truth, taken)
    if click is None:
        return [0, 0, 0]
    row, col = click.pixel
    return [col, row, 1 if click.is_foreground else -1]
