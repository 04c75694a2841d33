"""Small parts that several networks share."""

import torch
from torch import Tensor, nn

# Mean and standard deviation of ImageNet's photographs, RGB in [0, 1].
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)


class Normalise(nn.Module):
    """Photographs of [0, 1] to zero mean and unit deviation, as ImageNet's are."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(_MEAN)[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor(_DEVIATION)[:, None, None], persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        """Return (B, 3, H, W) of an image (B, 3, H, W) in [0, 1]."""
        return (image - self.mean) / self.deviation
