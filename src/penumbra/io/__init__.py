"""Files to arrays and back: photographs, mattes, trimaps, masks, scribbles, cut-outs."""

from penumbra.io.decoded import MAX_PIXELS
from penumbra.io.images import Bits, Photograph, load_image, read_photograph
from penumbra.io.kinds import READABLE
from penumbra.io.layers import LAYER_SUFFIXES
from penumbra.io.mattes import load_alpha, load_mask, load_opacity, load_trimap
from penumbra.io.outputs import (
    ALPHA_SUFFIXES,
    CUTOUT_SUFFIXES,
    IMAGE_SUFFIXES,
    check_suffix,
    encode_alpha,
    encode_cutout,
    encode_image,
    encode_layered,
    output_notes,
    save_alpha,
    save_cutout,
    save_image,
)
from penumbra.io.scribbles import load_scribbles
from penumbra.io.writing import append_line, check_not_input, write_atomically

__all__ = [
    "ALPHA_SUFFIXES",
    "CUTOUT_SUFFIXES",
    "IMAGE_SUFFIXES",
    "LAYER_SUFFIXES",
    "MAX_PIXELS",
    "READABLE",
    "Bits",
    "Photograph",
    "append_line",
    "check_not_input",
    "check_suffix",
    "encode_alpha",
    "encode_cutout",
    "encode_image",
    "encode_layered",
    "load_alpha",
    "load_image",
    "load_mask",
    "load_opacity",
    "load_scribbles",
    "load_trimap",
    "output_notes",
    "read_photograph",
    "save_alpha",
    "save_cutout",
    "save_image",
    "write_atomically",
]
