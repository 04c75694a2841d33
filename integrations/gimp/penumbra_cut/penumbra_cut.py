#!/usr/bin/env python3
"""GIMP 3 plug-in that asks a Penumbra server on this machine to cut the object out of a layer.

A new layer has the object's own colours and the matte as its layer mask, which can be painted on.
A selection says where the object is: its box is the hint.  Only what Python brings is needed.
"""

import json
import os
import struct
import sys
import tempfile
import urllib.error
import urllib.request
import uuid
import zlib
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, Gio, GLib  # noqa: E402

NAME = "penumbra-cut"
ADDRESS = os.environ.get("PENUMBRA_ADDRESS", "http://127.0.0.1:8700")
LONGEST = 600  # seconds to wait for an answer


class Penumbra(Gimp.PlugIn):
    """What GIMP asks for by these names."""

    def do_query_procedures(self) -> list[str]:
        """Name what there is."""
        return [NAME]

    def do_set_i18n(self, name: str) -> bool:
        """Say that there are no translations."""
        return False

    def do_create_procedure(self, name: str) -> Any:
        """Describe it."""
        kind = Gimp.PDBProcType.PLUGIN
        procedure = Gimp.ImageProcedure.new(self, name, kind, run, None)
        procedure.set_image_types("RGB*, GRAY*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
        procedure.set_menu_label("_Cut out (Penumbra)")
        procedure.add_menu_path("<Image>/Layer/Transparency")
        procedure.set_documentation(
            "Cut the object out into a layer with a mask",
            "A selection says where the object is. `penumbra serve` must run.",
            name,
        )
        procedure.set_attribution("Penumbra", "Penumbra", "2026")
        return procedure


def run(procedure: Any, run_mode: Any, image: Any, drawables: Any, config: Any, data: Any) -> Any:
    """Add the cut-out above the one layer that is chosen."""
    status = Gimp.PDBStatusType
    try:
        if len(drawables) != 1 or not isinstance(drawables[0], Gimp.Layer):
            raise ValueError("one layer must be chosen")
        cut_layer(image, drawables[0])
    except (OSError, ValueError) as error:
        return procedure.new_return_values(status.EXECUTION_ERROR, GLib.Error(str(error)))
    return procedure.new_return_values(status.SUCCESS, GLib.Error())


def cut_layer(image: Any, layer: Any) -> None:
    """Add the cut-out of a layer above it, as one step that can be undone."""
    width, height = layer.get_width(), layer.get_height()
    _, left, top = layer.get_offsets()
    whole = Gegl.Rectangle.new(0, 0, width, height)
    pixels = layer.get_buffer().get(whole, 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    _, is_chosen, *box = Gimp.Selection.bounds(image)
    inside = within(box, left, top, width, height) if is_chosen else None
    answer = ask(ADDRESS, as_png(bytes(pixels), width, height), inside)
    with tempfile.TemporaryDirectory(prefix="penumbra-") as folder:
        path = os.path.join(folder, "cut-out.png")
        with open(path, "wb") as file:
            file.write(answer)
        image.undo_group_start()
        try:
            mode, place = Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path)
            cutout = Gimp.file_load_layer(mode, image, place)
            cutout.set_name(f"{layer.get_name()} (cut out)")
            image.insert_layer(cutout, layer.get_parent(), image.get_item_position(layer))
            cutout.set_offsets(left, top)
            cutout.add_mask(cutout.create_mask(Gimp.AddMaskType.ALPHA_TRANSFER))
        finally:
            image.undo_group_end()
    Gimp.displays_flush()


def within(
    box: list[int], left: int, top: int, width: int, height: int
) -> tuple[int, int, int, int] | None:
    """Return a box of the image in pixels of a layer; None, where it says nothing of it.

    Example:
        >>> within([10, 10, 40, 50], 20, 0, 100, 30)
        (0, 10, 20, 30)
    """
    x0, y0 = max(box[0] - left, 0), max(box[1] - top, 0)
    x1, y1 = min(box[2] - left, width), min(box[3] - top, height)
    is_all = (x0, y0, x1, y1) == (0, 0, width, height)
    return None if is_all or x0 >= x1 or y0 >= y1 else (x0, y0, x1, y1)


def as_png(pixels: bytes, width: int, height: int) -> bytes:
    """Return the file of RGBA bytes, row by row."""
    stride = 4 * width
    rows = b"".join(b"\0" + pixels[at : at + stride] for at in range(0, stride * height, stride))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 1)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def ask(address: str, picture: bytes, box: tuple[int, int, int, int] | None) -> bytes:
    """Return the cut-out as a PNG.

    Raises:
        ValueError: The server refuses it, and why.
        ConnectionError: No server answers.
    """
    edge = uuid.uuid4().hex
    parts = {
        'name="image"; filename="layer.png"': picture,
        'name="hints"': json.dumps({} if box is None else {"box": box}).encode(),
    }
    body = b"".join(
        f"--{edge}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + part + b"\r\n"
        for head, part in parts.items()
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    if token := os.environ.get("PENUMBRA_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    data = body + f"--{edge}--\r\n".encode()
    request = urllib.request.Request(f"{address.rstrip('/')}/v1/cut", data, headers)
    try:
        with urllib.request.urlopen(request, timeout=LONGEST) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        raise ValueError(json.loads(error.read())["error"]["message"]) from error
    except urllib.error.URLError as error:
        raise ConnectionError(
            f"a Penumbra server must run at {address} (penumbra serve), got {error.reason}"
        ) from error


if __name__ == "__main__":
    Gimp.main(Penumbra.__gtype__, sys.argv)
