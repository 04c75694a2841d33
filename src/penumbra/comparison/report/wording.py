"""How numbers and names are written."""

import re

from penumbra.comparison.report.statistics import Difference
from penumbra.comparison.scenes import Protocol

PROTOCOL_WORDS: dict[Protocol, str] = {
    "none": "the picture alone",
    "trimap": "a trimap",
    "clicks": "clicks",
    "box": "a box",
}
"""What an entrant is told, to be read after "given"."""

REGION_WORDS = {"image": "the whole picture", "unknown": "the unknown region of the trimap"}


def number(value: float | None) -> str:
    """Return three significant digits without an exponent; a dash where there is no number.

    Example:
        >>> [number(it) for it in (None, 0.0, 0.012345, 3.1, 1234.5)]
        ['-', '0', '0.0123', '3.10', '1234']
    """
    if value is None:
        return "-"
    if value == 0:
        return "0"
    size = abs(value)
    decimals = next((n for n in range(3) if size >= 10 ** (2 - n)), None)
    if decimals is not None:
        return f"{value:.{decimals}f}"
    return f"{value:#.3g}" if size >= 1e-4 else f"{value:.1e}"


def against(found: Difference | None) -> str:
    """Return a difference with its interval.

    Example:
        >>> against(Difference(1.5, 0.5, 2.5, 9)), against(Difference(-1.0, None, None, 2))
        ('+1.50 (+0.500 to +2.50)', '-1.00 (too few)')
    """
    if found is None:
        return "-"
    if found.low is None or found.high is None:
        return f"{_signed(found.mean)} (too few)"
    return f"{_signed(found.mean)} ({_signed(found.low)} to {_signed(found.high)})"


def given(protocol: Protocol) -> str:
    """Return what is said under a protocol, in words."""
    return PROTOCOL_WORDS[protocol]


def region(name: str) -> str:
    """Return where errors are summed, in words."""
    return REGION_WORDS.get(name, name)


def listed(names: tuple[str, ...]) -> str:
    """Join names with commas and an "and".

    Example:
        >>> listed(("a",)), listed(("a", "b", "c"))
        ('a', 'a, b and c')
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def stem(*names: str) -> str:
    """Return names as one name of a file.

    Example:
        >>> stem("none", "u2net (onnx)", "soft hair")
        'none-u2net-onnx-soft-hair'
    """
    return re.sub(r"[^a-z0-9]+", "-", "-".join(names).lower()).strip("-")


def _signed(value: float) -> str:
    return f"+{number(value)}" if value > 0 else number(value)
