"""`--outline`, `--shadow`, `--crop`: looks of cut-outs, for every command that makes some."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from penumbra.core.finish import Colour, Finish, Shadow

Command = TypeVar("Command", bound=Callable[..., object])

FORMATS = ("png", "tif", "webp", "avif", "jpg", "exr", "psd", "ora")
"""Of files that hold cut-outs, by their endings."""

_OPTIONS = (
    click.option("--outline", metavar="WIDTH[,COLOUR]", help="A sticker's edge: 2%,white or 12px."),
    click.option(
        "--shadow",
        metavar="drop|floor[,...]",
        help="Below the object; also x=, y=, blur=, opacity=, colour=.",
    ),
    click.option(
        "--crop", metavar="MARGIN", help="Cut to the object, leaving 5% or 20px around it."
    ),
    click.option("--square", is_flag=True, help="With --crop: as high as it is wide."),
)


def finish_options(command: Command) -> Command:
    """Add the options; what they say goes to `parse_finish` under their names."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def parse_finish(
    outline: str | None, shadow: str | None, crop: str | None, square: bool
) -> "Finish | None":
    """Return what the options say; None, if nothing.

    Raises:
        InputError: A length, a colour or a shadow is none.
        click.UsageError: A square is wanted without a crop.
    """
    from penumbra.core.finish import Crop, Finish, Outline, parse_length

    if square and crop is None:
        raise click.UsageError("--square needs --crop")
    edge = None
    if outline is not None:
        width, comma, colour = outline.partition(",")
        edge = Outline(parse_length(width, "outline"))
        if comma:
            edge = Outline(edge.width, _colour(colour, "outline"))
    cut = None if crop is None else Crop(parse_length(crop, "crop"), square)
    wish = Finish(edge, None if shadow is None else _shadow(shadow), cut)
    return None if wish == Finish() else wish


def _shadow(text: str) -> "Shadow":
    """Return a shadow such as `drop`, or `floor,blur=3%,opacity=40%,colour=#203040`."""
    from penumbra.core.errors import InputError
    from penumbra.core.finish import DROP, FLOOR, parse_length

    kind, _, rest = text.partition(",")
    if kind not in ("drop", "floor"):
        raise InputError(f"shadow must be drop or floor, got {kind!r}")
    changes: dict[str, Any] = {}
    # A colour may hold commas, and so comes last.
    words, has_colour, colour = rest.partition("colour=")
    if has_colour:
        changes["colour"] = _colour(colour, "colour of the shadow")
    for word in filter(None, words.split(",")):
        name, _, value = word.partition("=")
        if name == "opacity":
            changes[name] = parse_length(value, "opacity of the shadow").pixels(1)
        elif name in ("x", "y", "blur"):
            changes[name] = parse_length(value, f"{name} of the shadow", is_signed=name != "blur")
        else:
            raise InputError(f"shadow must have x, y, blur, opacity and colour, got {word!r}")
    return replace(DROP if kind == "drop" else FLOOR, **changes)


def _colour(text: str, name: str) -> "Colour":
    from penumbra.core.errors import InputError
    from penumbra.session.backdrop import parse_colour

    colour = parse_colour(text, name)
    if colour is None:
        raise InputError(f"{name} must be a colour, got {text!r}")
    red, green, blue = map(float, colour)
    return red, green, blue
