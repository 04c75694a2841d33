"""One objective at work: its parameters, its optimiser, one step at a time."""

from collections.abc import Sequence
from difflib import get_close_matches

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from penumbra.core.errors import InputError
from penumbra.training.recipe import Objective, Stage
from penumbra.training.schedule import factor


class Turn:
    """An objective with its parameters and its optimiser."""

    def __init__(self, objective: Objective, network: nn.Module) -> None:
        self.objective = objective
        self.everything = list(network.parameters())
        self.parameters = _chosen(objective, network)
        self.optimiser = _optimiser(objective, self.parameters)
        self.learners = {id(parameter) for parameter in self.parameters}

    def begin(self, step: int, steps: int) -> float:
        """Let only this objective's parameters learn; return the learning rate of this step."""
        for parameter in self.everything:
            parameter.requires_grad_(id(parameter) in self.learners)
            parameter.grad = None
        rate = self.objective.lr * factor(self.objective.schedule, step, steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        return rate

    def gradient(self, accelerator: Accelerator, total: Tensor) -> Tensor:
        """Fill in the gradient of a loss, averaged over all processes, and clip it.

        Args:
            accelerator: Knows the other processes.
            total: The loss, a scalar.

        Returns:
            (2,) norm of the gradient before clipping, and the loss averaged over all processes.
        """
        accelerator.backward(total)
        total = total.detach().float()
        if accelerator.num_processes > 1:
            total = _average(accelerator, self.parameters, total)
        limit = self.objective.clip or float("inf")
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, limit)
        return torch.stack([norm.float(), total])


def turns_of(stage: Stage, network: nn.Module) -> list[Turn]:
    """Return the objectives of a stage, ready to work.

    Raises:
        InputError: A prefix fits no parameter of the network.
    """
    return [Turn(objective, network) for objective in stage.objectives]


def _chosen(objective: Objective, network: nn.Module) -> list[nn.Parameter]:
    named = dict(network.named_parameters())
    for prefix in objective.parameters:
        if not any(name.startswith(prefix) for name in named):
            near = get_close_matches(prefix, [name for name, _ in network.named_modules()])
            raise InputError(
                f"parameters of objective {objective.name!r} must begin like those of the network,"
                f" got {prefix!r}" + (f"; did you mean {' or '.join(near)}?" if near else "")
            )
    return [each for name, each in named.items() if name.startswith(objective.parameters)]


def _optimiser(objective: Objective, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    decay = objective.weight_decay
    if objective.optimiser == "sgd":
        return torch.optim.SGD(
            parameters, objective.lr, objective.momentum, weight_decay=decay, fused=True
        )
    kind = torch.optim.Adam if objective.optimiser == "adam" else torch.optim.AdamW
    return kind(parameters, objective.lr, objective.betas, weight_decay=decay, fused=True)


def _average(accelerator: Accelerator, parameters: Sequence[nn.Parameter], total: Tensor) -> Tensor:
    """Average gradients in place, and the loss, over all processes in one message.

    Every process sends the same numbers of them, so what a loss did not reach counts as zero.
    """
    for parameter in parameters:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    flat = torch.cat([*(each.reshape(-1) for each in gradients), total.reshape(1)])
    flat = accelerator.reduce(flat, "mean")
    sizes = [each.numel() for each in gradients]
    for gradient, part in zip(gradients, flat.split([*sizes, 1]), strict=False):
        gradient.copy_(part.view(gradient.shape))
    return flat[-1]
