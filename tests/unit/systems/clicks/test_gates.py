"""What has to hold after each stage of training, on networks that are as good as can be or deaf."""

import torch
from torch import Tensor

from penumbra.systems.clicks.config import S
from penumbra.systems.clicks.gates import (
    HARD,
    RANDOM,
    RANKS,
    TURNED,
    AlphaGate,
    RefineGate,
    UncertaintyGate,
)
from penumbra.systems.clicks.network import ClicksNetwork, Seen
from penumbra.systems.clicks.paper import Maps
from penumbra.training.clicking import Clicking
from penumbra.training.compose import Batch
from tests.clicked_batch import batch_of

CLICKING = Clicking(radius=3)


def two_squares(count: int = 2) -> Batch:
    """One wanted on the left, another one on the right."""
    alpha, other = torch.zeros(2, count, 1, 128, 128)
    alpha[..., 32:96, 8:56], other[..., 32:96, 72:120] = 1, 1
    return batch_of(alpha, other)


class Listening(ClicksNetwork):
    """Answers the half in which it is clicked on."""

    def forward(self, image: Tensor, hints: Tensor, previous: Tensor | None = None) -> Tensor:
        """Find it."""
        answer = torch.zeros_like(hints)
        half = image.shape[3] // 2
        answer[..., :half] = (hints[..., :half] > 0).flatten(1).any(1)[:, None, None, None].float()
        answer[..., half:] = (hints[..., half:] > 0).flatten(1).any(1)[:, None, None, None].float()
        return answer


class Deaf(ClicksNetwork):
    """Answers the left half whatever is said, unsure on the right of it."""

    def forward(self, image: Tensor, hints: Tensor, previous: Tensor | None = None) -> Tensor:
        """Answer."""
        return self.alpha_of(self.look(image), ())

    def alpha_of(self, seen: Seen, maps: Maps) -> Tensor:
        """Answer."""
        answer = torch.zeros_like(seen.image[:, :1])
        answer[..., : answer.shape[3] // 2] = 1
        return answer


class Knowing(Deaf):
    """Knows where it is wrong: where the square is not."""

    def log_uncertainty_of(self, seen: Seen, maps: Maps) -> Tensor:
        """Be unsure of what is wrong."""
        return (self.alpha_of(seen, maps) - two_squares().alpha).abs().log1p()


class Even(Deaf):
    """Is as unsure everywhere."""

    def log_uncertainty_of(self, seen: Seen, maps: Maps) -> Tensor:
        """Be unsure."""
        return torch.zeros_like(seen.image[:, :1])


class Halving(torch.nn.Module):
    """Takes half of the opacity away, which is right or wrong."""

    def forward(self, image: Tensor, alpha: Tensor) -> Tensor:
        """Refine."""
        return alpha / 2


def test_of_two_objects_the_one_is_answered_that_is_clicked_on() -> None:
    """By a network that listens the answers share nothing, by a deaf one everything."""
    batch = two_squares()

    assert AlphaGate(CLICKING)(Listening(S).eval(), batch) == {TURNED: 0}
    assert AlphaGate(CLICKING)(Deaf(S).eval(), batch) == {TURNED: 1}


def test_one_object_alone_says_nothing_about_clicks() -> None:
    """There is nothing else to take."""
    batch = two_squares()
    alone = batch_of(batch.alpha, torch.zeros_like(batch.alpha))

    assert AlphaGate(CLICKING)(Listening(S).eval(), alone) == {}


def test_who_knows_where_it_is_wrong_has_the_ranks_of_its_errors() -> None:
    """And whose uncertainty is the same everywhere has none."""
    batch = two_squares()

    found = UncertaintyGate(CLICKING)(Knowing(S).eval(), batch)

    assert abs(found[RANKS] - 1) < 1e-6
    assert UncertaintyGate(CLICKING)(Even(S).eval(), batch) == {}


def test_polish_is_measured_where_alpha_is_worst_and_anywhere() -> None:
    """An untrained one leaves all as it is; half of a wrong opacity is half of the error."""
    network, batch = Deaf(S).eval(), two_squares()
    batch = batch._replace(alpha=0 * batch.alpha)  # the left half is wrong by 1

    with torch.no_grad():
        before = RefineGate(CLICKING)(network, batch)
        network.refiner = Halving()  # type: ignore[assignment]  # stands for it
        after = RefineGate(CLICKING)(network, batch)

    assert before.keys() == after.keys() == {HARD, RANDOM}
    assert all(abs(value - 1) < 2e-3 for value in before.values())
    assert all(abs(value - 0.5) < 1e-6 for value in after.values())


def test_windows_without_an_error_cannot_be_compared() -> None:
    """Nothing is nothing's multiple."""
    network, batch = Deaf(S).eval(), two_squares()
    perfect = batch._replace(alpha=network.alpha_of(network.look(batch.image), ()))

    assert RefineGate(CLICKING)(network, perfect) == {}
