"""What is said where the extra `synth` is not installed; the sheet `smpmat`, section 11."""

from collections.abc import Iterator
from contextlib import contextmanager

from penumbra.core.errors import WeightsError

REMEDY = 'pip install "penumbra[synth]"'

_PACKAGES = ("diffusers", "transformers")


@contextmanager
def needs_synth() -> Iterator[None]:
    """Say how to install what is imported inside of the block.

    Raises:
        WeightsError: It is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in _PACKAGES:
            raise
        message = f"networks of diffusion must be installed ({REMEDY}), got no {error.name}"
        raise WeightsError(message) from error
