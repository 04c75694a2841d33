"""What the segmentation network minimises."""

from torch import Tensor, nn

from penumbra.nn.losses import cross_entropy, soft_iou
from penumbra.training.compose import Batch


def losses(network: nn.Module, batch: Batch) -> dict[str, Tensor]:
    """Return the terms of the loss: every pixel counts, and every object as a whole."""
    logits = network(batch.image).float()  # half precision is too coarse near 0 and 1
    return {
        "cross_entropy": cross_entropy(logits, batch.alpha),
        "iou": soft_iou(logits.sigmoid(), batch.alpha),
    }


def alpha_of(network: nn.Module, batch: Batch) -> Tensor:
    """Return what the network answers, (B, 1, H, W) in [0, 1]; for previews."""
    return network(batch.image).float().sigmoid()
