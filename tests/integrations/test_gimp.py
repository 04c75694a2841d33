"""The plug-in of GIMP, with a stand-in for GIMP, against a real server."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from penumbra.io import read_photograph
from tests.integrations.conftest import load
from tests.integrations.gimp_stub import Image, Layer, Status, install
from tests.scenes import photograph, soft_disk

ALPHA = soft_disk(96, radius=30)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch, address: str) -> ModuleType:
    """As GIMP loads it, with the address of the server in its environment."""
    install(monkeypatch)
    monkeypatch.setenv("PENUMBRA_ADDRESS", address)
    return load("integrations/gimp/penumbra_cut/penumbra_cut.py")


def picture(selection: tuple[int, int, int, int] | None = (32, 22, 104, 94)) -> Image:
    """A ball on a layer that does not begin at the corner of the image."""
    scene = np.rint(photograph(ALPHA).image * 255).astype(np.uint8)
    layer = Layer(np.dstack([scene, np.full((96, 96), 255, np.uint8)]), offsets=(20, 10))
    return Image([layer], selection)


def run(plugin: ModuleType, image: Image, layers: list[Any]) -> tuple[Status, str]:
    """As GIMP runs it."""
    procedure = plugin.Penumbra().do_create_procedure(plugin.NAME)
    answer: tuple[Status, str] = procedure.said[3](procedure, None, image, layers, None, None)
    return answer


def test_it_is_in_the_menu(plugin: ModuleType) -> None:
    """For pictures in colour and grey."""
    instance = plugin.Penumbra()
    procedure = instance.do_create_procedure("penumbra-cut")

    assert instance.do_query_procedures() == ["penumbra-cut"]
    assert procedure.said[1:3] == ("penumbra-cut", "plugin")
    assert procedure.__dict__["add_menu_path"] == ("<Image>/Layer/Transparency",)
    assert procedure.__dict__["set_image_types"] == ("RGB*, GRAY*",)


def test_a_layer_with_a_mask_is_added_above(plugin: ModuleType) -> None:
    """At its place, opaque below its mask, as one step to undo."""
    image = picture()
    status, _ = run(plugin, image, image.layers[:])
    above, below = image.layers

    assert status is Status.SUCCESS
    assert (above.name, below.name) == ("photo (cut out)", "photo")
    assert above.offsets == (20, 10)
    assert image.undo == ["start", "end"]
    assert above.mask is not None
    assert np.abs(above.mask / 255 - ALPHA).mean() < 0.05
    assert above.pixels[:, :, 3].min() == 255
    assert below.mask is None


def test_without_a_selection_nothing_is_said(
    plugin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor with one that is the whole layer: the server's model for no hint answers."""
    boxes: list[Any] = []

    def refuse(address: str, png: bytes, box: object) -> None:
        boxes.append(box)
        raise ValueError("not now")

    monkeypatch.setattr(plugin, "ask", refuse)

    for selection in (None, (0, 0, 500, 500), (0, 0, 5, 5)):
        image = picture(selection)
        assert run(plugin, image, image.layers) == (Status.EXECUTION_ERROR, "not now")
    assert boxes == [None, None, None]


@pytest.mark.parametrize("chosen", [0, 2])
def test_one_layer_must_be_chosen(plugin: ModuleType, chosen: int) -> None:
    """GIMP 3 hands over as many as are."""
    image = picture()

    assert run(plugin, image, image.layers * chosen) == (
        Status.EXECUTION_ERROR,
        "one layer must be chosen",
    )


def test_without_a_server_it_says_how_to_start_one(
    plugin: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the image is as it was."""
    image = picture()
    monkeypatch.setattr(plugin, "ADDRESS", "http://127.0.0.1:9")
    status, message = run(plugin, image, image.layers)

    assert status is Status.EXECUTION_ERROR
    assert "penumbra serve" in message
    assert len(image.layers) == 1


def test_what_the_server_refuses_is_told(plugin: ModuleType, address: str) -> None:
    """In its words."""
    with pytest.raises(ValueError, match="must be"):
        plugin.ask(address, b"no picture", None)


def test_pixels_travel_unchanged(plugin: ModuleType) -> None:
    """The PNG is made without help: GIMP's Python has none."""
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 4), np.uint8)
    back = read_photograph(plugin.as_png(pixels.tobytes(), 7, 5))

    assert back.alpha is not None
    samples = np.dstack([back.rgb, back.alpha])
    np.testing.assert_array_equal(np.rint(samples * 255).astype(np.uint8), pixels)
