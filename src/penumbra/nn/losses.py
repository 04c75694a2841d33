"""Losses that several rooms share; all are means over the batch, and scalars."""

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits


def cross_entropy(logits: Tensor, alpha_true: Tensor) -> Tensor:
    """Return the binary cross-entropy, mean over all pixels.

    Args:
        logits: (B, 1, H, W).
        alpha_true: (B, 1, H, W) in [0, 1].
    """
    return binary_cross_entropy_with_logits(logits, alpha_true)


def soft_iou(probability: Tensor, alpha_true: Tensor) -> Tensor:
    """Return 1 - IoU of each sample with products and sums in place of sets, mean over samples.

    Args:
        probability: (B, 1, H, W) in [0, 1].
        alpha_true: (B, 1, H, W) in [0, 1].

    Source:
        Rahman and Wang, "Optimizing intersection-over-union in deep neural networks for image
        segmentation", ISVC 2016, equation 3; a sample of nothing found as nothing has loss 0.
    """
    both = (probability * alpha_true).sum(dim=(1, 2, 3))
    either = (probability + alpha_true).sum(dim=(1, 2, 3)) - both
    return (1 - (both + 1) / (either + 1)).mean()
