"""The node of ComfyUI, with tensors, against a real server."""

from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
from numpy.testing import assert_allclose

from tests.integrations.conftest import load
from tests.scenes import photograph, soft_disk

torch = pytest.importorskip("torch", reason="ComfyUI brings it, and it is not installed here")

node = load("integrations/comfyui/__init__.py")
ALPHA = soft_disk(96, radius=30)
SCENE = photograph(ALPHA)


def cut(**said: Any) -> tuple[Any, Any]:  # noqa: ANN401
    """Run the node as ComfyUI does: by what it says of itself."""
    kind = node.NODE_CLASS_MAPPINGS["PenumbraCut"]
    answers = getattr(kind(), kind.FUNCTION)(**said)
    assert len(answers) == len(kind.RETURN_TYPES)
    foreground, matte = answers
    return foreground, matte


def batch(count: int = 1) -> Any:  # noqa: ANN401
    """Pictures as ComfyUI has them."""
    return torch.from_numpy(np.stack([SCENE.image] * count))


def test_the_node_says_what_it_takes() -> None:
    """ComfyUI draws it after this, and hands over what is named here."""
    kind = node.NODE_CLASS_MAPPINGS["PenumbraCut"]
    inputs = kind.INPUT_TYPES()

    assert set(node.NODE_DISPLAY_NAME_MAPPINGS) == set(node.NODE_CLASS_MAPPINGS)
    assert kind.RETURN_TYPES == ("IMAGE", "MASK")
    assert set(inputs["required"]) == {"image", "model"}
    assert set(inputs["optional"]) == {"mask", "on", "off", "box", "text", "address"}


def test_a_box_gives_colours_and_matte(address: str) -> None:
    """For every picture of a batch, shaped as ComfyUI wants them."""
    foreground, matte = cut(image=batch(2), box="12 12 84 84", address=address)

    assert (foreground.shape, matte.shape) == ((2, 96, 96, 3), (2, 96, 96))
    assert foreground.dtype == matte.dtype == torch.float32
    assert np.abs(matte[1].numpy() - ALPHA).mean() < 0.05
    inside = ALPHA == 1
    assert_allclose(foreground[0].numpy()[inside], SCENE.image[inside], atol=0.02)


def test_a_mask_and_points_are_hints(address: str) -> None:
    """One mask serves all pictures."""
    mask = torch.from_numpy((ALPHA > 0.5).astype(np.float32))[None]
    _, masked = cut(image=batch(2), mask=mask, address=address)
    _, clicked = cut(image=batch(), on="48 48, 40 50", off="5 5", address=address)

    assert np.abs(masked[1].numpy() - ALPHA).mean() < 0.05
    assert clicked[0, 48, 48] > 0.9


def test_what_the_server_refuses_is_told(address: str) -> None:
    """In its words."""
    with pytest.raises(ValueError, match="click must lie inside the 96x96 image"):
        cut(image=batch(), on="500 1", address=address)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"on": "1 2 3"}, "2 at a time"),
        ({"on": "here"}, "must be numbers"),
        ({"box": "1 2 3 4 5 6 7 8"}, "x0 y0 x1 y1"),
        ({"mask": torch.zeros(1, 3, 3)}, "mask must be of the size"),
    ],
)
def test_what_makes_no_sense_is_refused(said: dict[str, Any], message: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ValueError, match=message):
        cut(image=batch(), **said)


def test_without_a_server_it_says_how_to_start_one() -> None:
    """The first thing that goes wrong."""
    with pytest.raises(ConnectionError, match="penumbra serve"):
        cut(image=batch(), address="http://127.0.0.1:9")


def test_a_token_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the environment: a workflow, which people share, must not hold it."""
    sent: list[Any] = []
    monkeypatch.setenv("PENUMBRA_TOKEN", "a-token-of-16-letters")

    def refuse(request: Any, timeout: float) -> None:  # noqa: ANN401
        sent.append(request)
        raise URLError("nobody is there")

    monkeypatch.setattr(node.urllib.request, "urlopen", refuse)

    with pytest.raises(ConnectionError, match="nobody is there"):
        cut(image=batch())
    assert sent[0].get_header("Authorization") == "Bearer a-token-of-16-letters"
