"""ComfyUI node that asks a Penumbra server on this machine to cut the object out of a picture.

The folder goes into `custom_nodes`.  Nothing is computed here, and nothing is needed but what
ComfyUI has already: pictures travel as PNG over HTTP.
"""

import base64
import io
import json
import os
import urllib.error
import urllib.request
import uuid
import zlib
from typing import Any

import numpy as np
from PIL import Image

ADDRESS = "http://127.0.0.1:8700"
MODELS = ["auto", "aim", "clicks", "dfimat", "safe", "classical"]
LONGEST = 600  # seconds to wait for an answer


class PenumbraCut:
    """Cut the object out: its own colours, and its matte."""

    CATEGORY = "mask"
    FUNCTION = "cut"
    RETURN_TYPES = ("IMAGE", "MASK")
    RETURN_NAMES = ("foreground", "matte")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802, the name ComfyUI asks for
        """Say what the node takes; points are "x y x y ...", a box is "x0 y0 x1 y1"."""
        words = ("STRING", {"default": ""})
        return {
            "required": {"image": ("IMAGE",), "model": (MODELS,)},
            "optional": {
                "mask": ("MASK",),
                "on": words,
                "off": words,
                "box": words,
                "text": words,
                "address": ("STRING", {"default": ADDRESS}),
            },
        }

    def cut(
        self,
        image: Any,
        model: str = "auto",
        mask: Any = None,
        on: str = "",
        off: str = "",
        box: str = "",
        text: str = "",
        address: str = ADDRESS,
    ) -> tuple[Any, Any]:
        """Return foreground (B, H, W, 3) and matte (B, H, W), tensors of floats in [0, 1].

        Args:
            image: (B, H, W, 3) in [0, 1].
            model: That answers; "auto" lets the server choose.
            mask: (B, H, W) or (1, H, W), where 1 is roughly the object; or None.
            on: Points on the object, in pixels: "x y x y ...".
            off: Points off it.
            box: That holds it: "x0 y0 x1 y1".
            text: What it is.
            address: Of the server; its token, if it has one, is in PENUMBRA_TOKEN.

        Raises:
            ValueError: What was said is not as above, or the server refuses it, and why.
            ConnectionError: No server answers.
        """
        import torch  # of ComfyUI

        pictures = np.rint(np.asarray(image).clip(0, 1) * 255).astype(np.uint8)
        masks = None if mask is None else np.asarray(mask)
        foregrounds, mattes = [], []
        for index, picture in enumerate(pictures):
            hints = said(on, off, box, text)
            if masks is not None:
                plane = masks[index % len(masks)] >= 0.5
                if plane.shape != picture.shape[:2]:
                    raise ValueError(
                        f"mask must be of the size {picture.shape[:2]}, got {plane.shape}"
                    )
                hints["mask"] = packed(plane)
            answer = ask(address, as_png(picture), hints, model)
            with Image.open(io.BytesIO(answer)) as cutout:
                samples = np.asarray(cutout.convert("RGBA"), np.float32) / 255
            foregrounds.append(samples[..., :3])
            mattes.append(samples[..., 3])
        return torch.from_numpy(np.stack(foregrounds)), torch.from_numpy(np.stack(mattes))


def said(on: str, off: str, box: str, text: str) -> dict[str, Any]:
    """Return hints as the server takes them.

    Example:
        >>> said("", "", "0 0 8 9", "")
        {'box': [0.0, 0.0, 8.0, 9.0]}
    """
    hints: dict[str, Any] = {}
    clicks = [
        {"x": x, "y": y, "is_foreground": is_on}
        for words, is_on in ((on, True), (off, False))
        for x, y in np.reshape(numbers(words, 2), (-1, 2)).tolist()
    ]
    if clicks:
        hints["clicks"] = clicks
    if box.strip():
        hints["box"] = numbers(box, 4)
        if len(hints["box"]) != 4:
            raise ValueError(f"box must be x0 y0 x1 y1, got {box!r}")
    if text.strip():
        hints["text"] = text.strip()
    return hints


def numbers(words: str, each: int) -> list[float]:
    """Return the numbers of a text, which come `each` at a time."""
    try:
        found = [float(word) for word in words.replace(",", " ").split()]
    except ValueError as error:
        raise ValueError(f"coordinates must be numbers, got {words!r}") from error
    if len(found) % each:
        raise ValueError(f"coordinates must come {each} at a time, got {words!r}")
    return found


def packed(plane: Any) -> dict[str, Any]:
    """Return a mask, (H, W) of booleans, as the server takes it."""
    height, width = plane.shape
    squeezed = zlib.compress(plane.astype(np.uint8).tobytes())
    return {"height": height, "width": width, "zlib": base64.b64encode(squeezed).decode()}


def as_png(picture: Any) -> bytes:
    """Return the file of (H, W, 3) bytes."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue()


def ask(address: str, picture: bytes, hints: dict[str, Any], model: str) -> bytes:
    """Return the cut-out as a PNG; errors as in `PenumbraCut.cut`."""
    edge = uuid.uuid4().hex
    parts = {
        'name="image"; filename="image.png"': picture,
        'name="hints"': json.dumps(hints).encode(),
        'name="model"': model.encode(),
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


NODE_CLASS_MAPPINGS = {"PenumbraCut": PenumbraCut}
NODE_DISPLAY_NAME_MAPPINGS = {"PenumbraCut": "Cut out (Penumbra)"}
