"""CMYK pictures to sRGB."""

import io
import logging

from PIL import Image, ImageCms

_log = logging.getLogger(__name__)


def cmyk_to_rgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert through the embedded profile, or plainly where there is none to use.

    Args:
        image: Mode CMYK.
        profile: The ICC profile the file came with.

    Returns:
        Mode RGB, in sRGB: relative colorimetric with black-point compensation through the
        profile.  Without one, or with a profile that is damaged or not for CMYK, R = (1 - C)
        (1 - K) and so on, which knows no inks and comes out more vivid than print.
    """
    if profile:
        try:
            return _through_profile(image, profile)
        except (ImageCms.PyCMSError, OSError, ValueError) as error:
            _log.info("CMYK converted without its profile: %s", error)
    return image.convert("RGB")


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image,
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert converted is not None  # only an in-place conversion returns nothing
    return converted
