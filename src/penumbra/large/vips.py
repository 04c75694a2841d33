"""libvips, which the extra `large` brings."""

from types import ModuleType

from penumbra.core.errors import InputError


def has_vips() -> bool:
    """Tell whether the extra `large` is installed and works."""
    try:
        require_vips()
    except InputError:
        return False
    return True


def require_vips() -> ModuleType:
    """Return the module pyvips.

    Raises:
        InputError: It is not installed, or does not find its library.
    """
    try:
        import pyvips
    except (ImportError, OSError) as error:
        raise InputError(
            "pyvips must be installed for large pictures (pip install 'penumbra[large]'), got none"
        ) from error
    # It would keep what it has opened, and with it memory, from one picture to the next.
    pyvips.cache_set_max(0)
    return pyvips
