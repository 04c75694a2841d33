"""Nets, fences, cables, webs and lace: thin lines around many holes."""

import cv2
import numpy as np
import pytest

from penumbra.data.procedural.families import draw_foreground


@pytest.mark.parametrize("family", ["net", "fence", "web", "lace"])
def test_meshes_have_many_holes(family: str) -> None:
    """The background is cut into dozens of pieces: that is what makes these hard."""
    for seed in range(2):
        alpha = draw_foreground(family, seed, 256, 256).alpha
        holes, _ = cv2.connectedComponents((alpha < 0.5).astype(np.uint8), connectivity=4)

        assert holes > 30


@pytest.mark.parametrize("family", ["net", "fence", "cables", "web", "lace"])
def test_lines_are_thin(family: str) -> None:
    """Few pixels survive a wide erosion, unlike those of any solid body."""
    survivors = []
    for seed in range(3):
        covered = (draw_foreground(family, seed, 256, 256).alpha > 0.5).astype(np.uint8)
        survivors.append(cv2.erode(covered, np.ones((13, 13), np.uint8)).sum() / covered.sum())

    assert np.median(survivors) < 0.1


def test_webs_are_finer_than_a_pixel() -> None:
    """Threads cover pixels in part only: hardly any is opaque."""
    alpha = draw_foreground("web", 0, 256, 256).alpha
    visible = alpha[alpha > 0.02]

    assert ((visible > 0.02) & (visible < 0.98)).mean() > 0.7
