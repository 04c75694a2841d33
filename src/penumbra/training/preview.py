"""Sheets that show what a network answers: pictures, truth and answer, one sample a column."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from penumbra.core.errors import OutputError
from penumbra.io.writing import write_atomically
from penumbra.training.recipe import Preview
from penumbra.training.validation import evaluating

SAMPLES = 8  # columns of a sheet
SIDE = 160  # pixels; larger samples are shown smaller
FOLDER = "previews"


def write_preview(out: Path, step: int, network: nn.Module, batch: Any, preview: Preview) -> Path:  # noqa: ANN401
    """Write a sheet into the folder of previews of a run.

    Args:
        out: Folder of the run.
        step: Names the file.
        network: Asked in evaluation mode; every part is then as it was.
        batch: With `image` (B, 3, H, W) and `alpha` (B, 1, H, W), both in [0, 1].
        preview: How the network is asked.

    Returns:
        The file.
    """
    with evaluating(network), torch.no_grad():
        alpha = preview(network, batch).float().clamp(0, 1)
    sheet = _sheet([batch.image, batch.alpha.expand_as(batch.image), alpha.expand_as(batch.image)])
    data = io.BytesIO()
    Image.fromarray(sheet).save(data, "PNG")
    path = out / FOLDER / f"{step:07d}.png"
    try:
        path.parent.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path.parent} must be a folder, got {error.strerror!r}") from error
    write_atomically(path, data.getvalue())
    return path


def _sheet(rows: list[Tensor]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return rows (B, 3, H, W) below each other, as (rows * H, B * W, 3)."""
    shown = []
    for row in rows:
        scale = min(1.0, SIDE / max(row.shape[2:]))
        size = [max(1, round(extent * scale)) for extent in row.shape[2:]]
        small = torch.nn.functional.interpolate(
            row.float(), size, mode="bilinear", align_corners=False, antialias=True
        )
        shown.append(torch.cat(tuple(small), dim=2))  # (3, H, B * W)
    sheet = torch.cat(shown, dim=1).permute(1, 2, 0)
    return (sheet.clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()
