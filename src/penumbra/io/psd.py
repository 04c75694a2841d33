"""Photoshop documents: layers with a mask out, the flattened picture in.

"Adobe Photoshop File Formats Specification", November 2019.  psd-tools (extra `layers`) reads and
writes the structure.  Documents of 16 bits keep their layers in the block `Lr16`, as those of
Photoshop do.
"""

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from penumbra.core.errors import ImageError, OutputError
from penumbra.io.decoded import Decoded, check_size, decoding, rgb_profile
from penumbra.io.samples import Integers

if TYPE_CHECKING:
    from psd_tools.psd.document import PSD
    from psd_tools.psd.layer_and_mask import ChannelDataList, LayerRecord

LONGEST = 30_000
"""Pixels of a side; larger documents are another format, PSB."""

BACKGROUND, OBJECT = "Background", "Object"
"""Names of the layers, from below."""

_INSTALL = "with the extra 'layers' (pip install 'penumbra[layers]')"


def encode_psd(
    colours: Integers,
    mask: Integers,
    background: Integers,
    merged: Integers,
    icc_profile: bytes | None,
) -> bytes:
    """Encode a document of two layers: a background, and above it the object with a layer mask.

    Args:
        colours: Of the object, (H, W, 3), straight; the mask hides what is not of it.
        mask: (H, W) of the same integers.
        background: (H, W, 3).
        merged: What programs show that know no layers: (H, W, 3), or (H, W, 4) with straight
            alpha, which also means that the background is hidden.
        icc_profile: Embedded as it is.

    Raises:
        OutputError: A side is too long, or psd-tools is missing.
    """
    height, width = mask.shape
    if max(height, width) > LONGEST:
        came = f"{width}x{height}"
        raise OutputError(f"output must have sides of at most {LONGEST} pixels, got {came}")
    try:
        from psd_tools.constants import ColorMode, Compression, Resource, Tag
        from psd_tools.psd.document import PSD
        from psd_tools.psd.header import FileHeader
        from psd_tools.psd.image_data import ImageData
        from psd_tools.psd.image_resources import ImageResource, ImageResources
        from psd_tools.psd.layer_and_mask import (
            GlobalLayerMaskInfo,
            LayerAndMaskInformation,
            LayerInfo,
        )
        from psd_tools.psd.tagged_blocks import TaggedBlocks
    except ImportError as error:
        raise OutputError(f"output must be written {_INSTALL}, got PSD without it") from error
    has_alpha = merged.shape[2] == 4
    depth = 8 * mask.itemsize
    header = FileHeader(
        channels=merged.shape[2], height=height, width=width, depth=depth, color_mode=ColorMode.RGB
    )
    layers = [_layer(BACKGROUND, background, None), _layer(OBJECT, colours, mask)]
    layers[0][0].flags.visible = not has_alpha
    described = _described(layers, has_alpha)
    blocks = TaggedBlocks()
    if depth == 16:
        if has_alpha:  # first, as Photoshop has it: some readers know no other order
            blocks.set_data(Tag.SAVING_MERGED_TRANSPARENCY16)
        blocks.set_data(Tag.LAYER_16, **described)
    resources = ImageResources()
    if icc_profile is not None:
        key = Resource.ICC_PROFILE
        resources[key] = ImageResource(key=key, data=icc_profile)
    shown = ImageData(compression=Compression.RLE)
    shown.set_data(_planes(_over_white(merged)), header)
    information = LayerAndMaskInformation(
        LayerInfo() if depth == 16 else LayerInfo(**described), GlobalLayerMaskInfo(), blocks
    )
    file = BytesIO()
    PSD(
        header,
        image_resources=resources,
        layer_and_mask_information=information,
        image_data=shown,
    ).write(file)
    return file.getvalue()


def read_psd(data: bytes, name: str, max_pixels: int) -> Decoded:
    """Decode the flattened picture that a document has beside its layers.

    Args:
        data: The file.
        name: What to call the file in an error.
        max_pixels: Refuse larger pictures before decoding them.

    Raises:
        ImageError: Damaged, too large, not grey or RGB of 8 or 16 bits, saved without that
            picture, or psd-tools is missing.
    """
    try:
        from psd_tools.compression import PSDDecompressionWarning
        from psd_tools.constants import ColorMode, Resource
        from psd_tools.psd.document import PSD
        from psd_tools.psd.header import FileHeader
    except ImportError as error:
        raise ImageError(f"{name} must be opened {_INSTALL}, got PSD without it") from error
    with decoding("PSD", name), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", PSDDecompressionWarning)  # it would turn damage black
        header = FileHeader.read(BytesIO(data))
        check_size(header.width, header.height, name, max_pixels)
        colours = {ColorMode.GRAYSCALE: 1, ColorMode.RGB: 3}.get(header.color_mode)
        if colours is None or header.depth not in (8, 16) or header.channels < colours:
            model = f"{header.color_mode.name} of {header.depth} bits"
            raise ImageError(f"{name} must be grey or RGB of 8 or 16 bits, got {model}")
        document = PSD.read(BytesIO(data))
        about = document.image_resources.get_data(Resource.VERSION_INFO)
        if about is not None and not about.has_composite:
            raise ImageError(f"{name} must be saved with its flattened picture, got layers alone")
        kind = np.dtype(f">u{header.depth // 8}")
        _check_whole(document)
        shown = document.image_data.get_data(header)
        assert not isinstance(shown, bytes), "it comes split into its channels"
        flat = np.frombuffer(b"".join(shown), kind)
        planes = flat.reshape(header.channels, header.height, header.width)
        profile = rgb_profile(document.image_resources.get_data(Resource.ICC_PROFILE))
        samples = np.stack([planes[index % colours] for index in range(3)], axis=2)
        samples = samples.astype(kind.newbyteorder("="))
        if header.channels > colours and _has_merged_alpha(document):
            return Decoded(_off_white(samples, planes[colours]), None, profile)
        return Decoded(samples, None, profile)


def _check_whole(document: "PSD") -> None:
    """Raise `ValueError` where the flattened picture ends too early; psd-tools would fill it up."""
    from psd_tools.constants import Compression

    header, packed = document.header, document.image_data
    rows = header.height * header.channels
    needed = 0
    if packed.compression == Compression.RAW:
        needed = rows * header.width * header.depth // 8
    elif packed.compression == Compression.RLE:  # begins with the length of every row
        lengths = np.frombuffer(packed.data, ">u4" if header.version == 2 else ">u2", rows)
        needed = lengths.nbytes + int(lengths.sum(dtype=np.int64))
    if len(packed.data) < needed:
        raise ValueError("pixel data is cut short")


def _layer(
    name: str, colours: Integers, mask: Integers | None
) -> tuple["LayerRecord", "ChannelDataList"]:
    """Return a layer as large as the document: what is said about it, and its channels."""
    from psd_tools.constants import ChannelID, Compression, Tag
    from psd_tools.psd.layer_and_mask import (
        ChannelData,
        ChannelDataList,
        ChannelInfo,
        LayerRecord,
        MaskData,
    )

    height, width = colours.shape[:2]
    opaque = np.full((height, width), np.iinfo(colours.dtype).max, colours.dtype)
    planes = {ChannelID.TRANSPARENCY_MASK: opaque}
    planes |= {ChannelID(index): colours[:, :, index] for index in range(3)}
    if mask is not None:
        planes[ChannelID.USER_LAYER_MASK] = mask
    channels = ChannelDataList()
    depth = 8 * colours.itemsize
    packing = Compression.RLE if depth == 8 else Compression.ZIP_WITH_PREDICTION
    for plane in planes.values():
        channel = ChannelData(compression=packing)
        channel.set_data(_big_endian(plane), width, height, depth)
        channels.append(channel)
    record = LayerRecord(
        bottom=height,
        right=width,
        channel_info=[ChannelInfo(id=key) for key in planes],  # lengths are found on writing
        mask_data=None if mask is None else MaskData(bottom=height, right=width),
        name=name,
    )
    record.tagged_blocks.set_data(Tag.UNICODE_LAYER_NAME, name)
    return record, channels


def _described(
    layers: list[tuple["LayerRecord", "ChannelDataList"]], has_alpha: bool
) -> dict[str, Any]:
    """Return the fields of a `LayerInfo`, whose count is negative if the merged has alpha."""
    from psd_tools.psd.layer_and_mask import ChannelImageData, LayerRecords

    records, channels = zip(*layers, strict=True)
    return {
        "layer_count": -len(layers) if has_alpha else len(layers),
        "layer_records": LayerRecords(list(records)),
        "channel_image_data": ChannelImageData(list(channels)),
    }


def _has_merged_alpha(document: "PSD") -> bool:
    """Tell whether the first channel after the colours is the transparency of the picture."""
    from psd_tools.constants import Tag

    info, blocks = document._get_layer_info(), document.layer_and_mask_information.tagged_blocks
    keys = Tag.SAVING_MERGED_TRANSPARENCY, Tag.SAVING_MERGED_TRANSPARENCY16
    is_marked = blocks is not None and any(key in blocks for key in keys)
    return is_marked or (info is not None and info.layer_count < 0)


def _over_white(merged: Integers) -> Integers:
    """Lay straight RGBA over white, as merged pictures are kept; alpha stays beside it."""
    if merged.shape[2] == 3:
        return merged
    full = np.float32(np.iinfo(merged.dtype).max)
    alpha = merged[:, :, 3:] / full
    shown = np.rint(merged[:, :, :3] * alpha + full * (1 - alpha)).astype(merged.dtype)
    return np.concatenate([shown, merged[:, :, 3:]], axis=2)


def _off_white(shown: Integers, alpha: Integers) -> Integers:
    """Undo `_over_white`: (H, W, 4), straight."""
    full = np.float32(np.iinfo(shown.dtype).max)
    weight = np.maximum(alpha[:, :, None], 1) / full
    colour = ((shown - full * (1 - weight)) / weight).clip(0, full)
    return np.concatenate(
        [np.rint(colour).astype(shown.dtype), alpha[:, :, None].astype(shown.dtype)], axis=2
    )


def _planes(samples: Integers) -> list[bytes]:
    return [_big_endian(samples[:, :, index]) for index in range(samples.shape[2])]


def _big_endian(plane: Integers) -> bytes:
    return plane.astype(plane.dtype.newbyteorder(">")).tobytes()
